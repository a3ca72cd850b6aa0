import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { SecretName } from "./adapters/secrets.ts";
import { fileNames, openCertificateFolder } from "./cli/certificate-folder.ts";
import { systemClock } from "./engine/base/clock.ts";
import { createLogger } from "./engine/base/logging.ts";
import { entryOf, harOf, packageOf } from "./engine/test-engine.ts";
import { type ServedHost, serveTestHost, testPin, testToken } from "./fixture-serving.ts";

// Known secrets go through every way in, at log level trace; none of them may be in the log, what is printed, the metrics, or the health page.

const base64 = (bytes: string) => Buffer.from(bytes).toString("base64");

/** What lets into something: no reply holds it either. */
const credentials = {
  pin: testPin,
  "wrong PIN": "90417236",
  token: testToken,
  "wrong token": "wrong-token-7d2e",
  "key of Claude's API": "sk-ant-api03-9f2c-known",
  cookie: "session-cookie-5b1a",
  "token over the network": "",
  "password of Kafka": "kafka-password-2f81",
  "key of the fleet": base64("fleet-key-of-32-bytes-for-a-test"),
  "key of S3": "s3-secret-key-64d0",
  "password of PostgreSQL": "postgres-password-a5c3",
  "token of the collector": "otlp-token-0b97",
  "secret of a SIEM": "siem-token-e41f",
};

/** What nobody may find in a log, by what it is. */
const secrets = {
  ...credentials,
  "password in a body": "hunter2-body-e03c",
  "password in an address": "hunter3-address-77d1",
  "payload of evidence": "select-secret-payload-41aa",
  "text for the agent": "words-of-a-case-c9d0",
  "user of a service": "ann-private-18ef",
};
type Kind = keyof typeof secrets;

let folder: string;
let served: ServedHost;
let ca: string;
let printed = "";
const replies: string[] = [];
beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    vi.spyOn(stream, "write").mockImplementation((chunk, ...rest) => {
      printed += String(chunk);
      return write(chunk, ...(rest as []));
    });
  }
  folder = mkdtempSync(join(tmpdir(), "sentinel-secrets-"));
  mkdirSync(join(folder, "mounted"));
  const mounted: Partial<Record<SecretName, string>> = {
    claude_api_key: secrets["key of Claude's API"],
    kafka_password: secrets["password of Kafka"],
    fleet_key: secrets["key of the fleet"],
    s3_access_key: "s3-access-key",
    s3_secret_key: secrets["key of S3"],
    postgres_password: secrets["password of PostgreSQL"],
    otlp_token: secrets["token of the collector"],
  };
  for (const [name, secret] of Object.entries(mounted)) {
    writeFileSync(join(folder, "mounted", name), secret, { mode: 0o400 });
  }
  const certificates = join(folder, "certificates");
  const files = await openCertificateFolder(certificates, systemClock);
  await files.server(["127.0.0.1"]);
  credentials["token over the network"] = secrets["token over the network"] = files.token("a.program", "admin");
  ca = readFileSync(join(certificates, fileNames.authority), "utf8");
  served = await serveTestHost({
    SENTINEL_SECRETS: join(folder, "mounted"),
    // Nobody answers at any of these, which is told in the log.
    SENTINEL_KAFKA_BROKERS: "127.0.0.1:1",
    SENTINEL_KAFKA_TLS: "true",
    SENTINEL_KAFKA_USER: "sentinel",
    SENTINEL_S3_ENDPOINT: "http://127.0.0.1:1",
    SENTINEL_S3_BUCKETS: "evidence",
    SENTINEL_S3_SHELF: "shelf",
    SENTINEL_POSTGRES_HOST: "127.0.0.1",
    SENTINEL_POSTGRES_PORT: "1",
    SENTINEL_OTLP_ENDPOINT: "http://127.0.0.1:1",
    SENTINEL_TLS_PORT: "0",
    SENTINEL_REDIRECT_PORT: "off",
    SENTINEL_TLS_CERT_FILE: join(certificates, fileNames.server),
    SENTINEL_TLS_KEY_FILE: join(certificates, fileNames.serverKey),
    SENTINEL_TLS_TOKENS_FILE: join(certificates, fileNames.tokens),
    // Nobody answers there: the planner's calls fail, which is told in the log.
    ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
    SENTINEL_RATE_CHANGE: "10000",
    SENTINEL_RATE_AGENT: "10000",
    SENTINEL_RATE_TASKS: "60000",
  });
});
afterAll(async () => {
  await served?.close();
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

/** Fields of any route, each with something that must not be told. */
const body = {
  password: secrets["password in a body"],
  text: secrets["text for the agent"],
  request: secrets["text for the agent"],
  payload: secrets["payload of evidence"],
  user_id: secrets["user of a service"],
  reason: secrets["password in a body"],
  nested: { deep: { deeper: { token: secrets["password in a body"] } } },
};

const linesWith = (log: string, secret: string) => log.split("\n").filter((line) => line.includes(secret));

async function send(method: string, path: string, content: string | null, headers: Record<string, string>) {
  const reply = await fetch(`${served.origin}${path}`, {
    method,
    headers: { "Content-Type": "application/json", Cookie: `sid=${secrets.cookie}`, ...headers },
    ...(method === "GET" ? {} : { body: content }),
    signal: AbortSignal.timeout(20_000),
  }).catch(() => null);
  replies.push((await reply?.text()) ?? "");
  return reply?.status;
}

/** The same over the network. */
async function sendOverNetwork(path: string, token: string): Promise<number | undefined> {
  const { origin } = served.host.network as { origin: string };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { Authorization: `Bearer ${token}`, Cookie: `sid=${secrets.cookie}` };
  request(`${origin}${path}`, { ca, headers, agent: false }, resolve).once("error", reject).end();
  const reply = await promise;
  replies.push(await text(reply));
  return reply.statusCode;
}

describe("no secret is in the log", () => {
  test("whatever is sent to any route", { timeout: 120_000 }, async () => {
    const right = { Authorization: `Bearer ${secrets.token}` };
    const answers = new Set<number | undefined>();
    for (const route of served.host.router.routes) {
      if (route.reply === "stream" || route.path.includes("panic")) continue;
      const path = route.path.replaceAll(/:\w+/g, secrets["password in an address"]);
      const query = `?q=${secrets["password in an address"]}&token=${secrets["password in an address"]}`;
      const json = JSON.stringify(body);
      for (const content of [json, json.slice(0, -1)]) {
        answers.add(await send(route.method, `${path}${query}`, content, right));
        // As an admin in a window, who may call all of them.
        const request = new Request(`${served.origin}${path}${query}`, {
          method: route.method,
          headers: { "Content-Type": "application/json", Cookie: secrets.cookie },
          ...(route.method === "GET" ? {} : { body: content }),
        });
        const reply = await served.host.router.handle(request, { actor: "analyst", role: "admin", caller: "ui" });
        replies.push(await reply.text());
        answers.add(reply.status);
      }
      answers.add(await send(route.method, path, json, { Authorization: `Bearer ${secrets["wrong token"]}` }));
    }
    expect([...answers]).toEqual(expect.arrayContaining([400, 401, 404]));
    for (const pin of [secrets.pin, secrets["wrong PIN"]]) {
      answers.add(await send("GET", "/session/none", null, { "X-Sentinel-Pin": pin }));
    }
    await send("GET", `/no-such-page/${secrets["password in an address"]}`, null, {});
    await send("GET", "/health", null, { Origin: `https://${secrets.cookie}.example` });
  });

  test("what a SIEM is told with, and what comes over the network", async () => {
    const output = {
      name: "siem",
      format: "splunk_hec" as const,
      address: "http://127.0.0.1:1",
      secret: secrets["secret of a SIEM"],
    };
    const changes = { siem_outputs: [{ ...output, min_severity: "low", on: true } as const] };
    const { engine } = served.host;
    const { version } = await engine.settings.get();
    const admin = { actor: "analyst", role: "admin", caller: "ui" } as const;
    await engine.settings.change({ changes, base_version: version }, admin);
    expect(await sendOverNetwork("/api/v1/sentinel/settings", secrets["token over the network"])).toBe(200);
    expect(await sendOverNetwork(`/health?token=${secrets["wrong token"]}`, secrets["wrong token"])).toBe(401);
  });

  test("what is judged, stored, learned and asked for", { timeout: 60_000 }, async () => {
    const right = { Authorization: `Bearer ${secrets.token}` };
    const attack = entryOf(`http://shop.example/login?q=1%27+or+1=1--${secrets["payload of evidence"]}`, {
      form: `user=ann&password=${secrets["password in a body"]}`,
      cookie: `session=${secrets.cookie}`,
      headers: [["Authorization", `Bearer ${secrets["wrong token"]}`]],
    });
    const evidence = packageOf({ har: JSON.parse(harOf([attack])) });
    const post = (path: string, content: unknown) => send("POST", path, JSON.stringify(content), right);
    expect(await post("/api/v1/sentinel/analyze", { evidence })).toBe(200);
    expect(await post("/api/v1/sentinel/analyze", { evidence: { ...evidence, sha256: "0".repeat(64) } })).toBe(422);
    expect(await post("/api/v1/sentinel/predict-payload", { payload: secrets["payload of evidence"] })).toBe(200);
    const user_id = secrets["user of a service"];
    const sample = { latency: 900_000, input_length: 9e8, errors: 900, route: `/api/user/${user_id}`, user_id };
    expect(await post("/analyze-flow", sample)).toBe(200);
    expect(await post("/api/memory", { text: secrets["text for the agent"] })).toBe(200);
    await post("/task", { request: `Look at ${secrets["text for the agent"]}` });
  });

  test("what comes to MCP", async () => {
    expect(await send("POST", "/mcp/", "{}", { Authorization: `Bearer ${secrets["wrong token"]}` })).toBe(401);
    expect(await send("POST", "/mcp/", "{}", { "X-Sentinel-Pin": secrets.pin })).toBe(401);
  });

  test("what comes by the socket", async () => {
    for (const auth of [{ pin: secrets["wrong PIN"] }, { token: secrets["wrong token"] }, { token: secrets.token }]) {
      const socket = new WebSocket(`${served.origin.replace("http", "ws")}/ws`);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("open", resolve));
      socket.send(JSON.stringify({ type: "auth", ...auth }));
      socket.send(`{"type":"task","request":"${secrets["text for the agent"]}"`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      socket.terminate();
      await closed;
    }
  });

  test("a field that is not known to hold secrets would be seen", () => {
    const lines: string[] = [];
    const log = createLogger("trace", { write: (line) => void lines.push(line) });
    log.info({ payload: secrets.token, call: { headers: secrets.token } }, "kept");
    log.info({ unforeseen: secrets.token }, "told");
    expect(linesWith(lines.join(""), secrets.token)).toEqual([expect.stringContaining("told")]);
  });

  // From here on, what all of the above left.
  let pages: string[];
  test("the health page and the metrics are there", async () => {
    const read = async (path: string) => await (await fetch(`${served.origin}${path}`)).text();
    pages = [JSON.stringify(await served.host.engine.health()), await read("/health"), await read("/metrics")];
    for (const page of pages) expect(page.length).toBeGreaterThan(1000);
  });

  test.each(Object.keys(secrets) as Kind[])("%s", (kind) => {
    for (const [where, text] of Object.entries({ log: served.log(), printed, pages: pages.join("\n") })) {
      expect(linesWith(text, secrets[kind]), where).toEqual([]);
    }
    if (kind in credentials) expect(linesWith(replies.join("\n"), secrets[kind]), "replies").toEqual([]);
  });

  test("there is something in all of it", async () => {
    const log = served.log();
    for (const reason of ["token_unknown", "pin_wrong", "none"]) {
      expect(pages[2]).toMatch(new RegExp(`authentication_failures_total\\{reason="${reason}"\\} [1-9]`));
    }
    expect(log).toMatch(/"way":"program","reason":"pin_wrong"/);
    expect(log).toMatch(/Refused over the network/);
    expect(replies.filter((reply) => reply !== "").length).toBeGreaterThan(served.host.router.routes.length);
    const troubled = async () =>
      Object.entries((await served.host.engine.health()).components).flatMap(([name, { status }]) =>
        status === "degraded" ? [name] : [],
      );
    const away = ["kafka", "fleet", "siem siem", "traces"];
    await expect.poll(troubled, { timeout: 20_000 }).toEqual(expect.arrayContaining(away));
  }, 30_000);
});
