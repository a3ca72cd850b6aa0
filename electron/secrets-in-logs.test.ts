import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLogger } from "./engine/base/logging.ts";
import { entryOf, harOf, packageOf } from "./engine/test-engine.ts";
import { type ServedHost, serveTestHost, testPin, testToken } from "./fixture-serving.ts";

// Known secrets go through every way in, at log level trace; none of them may be in the log.

/** What nobody may find in a log, by what it is. */
const secrets = {
  pin: testPin,
  "wrong PIN": "90417236",
  token: testToken,
  "wrong token": "wrong-token-7d2e",
  "key of Claude's API": "sk-ant-api03-9f2c-known",
  cookie: "session-cookie-5b1a",
  "password in a body": "hunter2-body-e03c",
  "password in an address": "hunter3-address-77d1",
  "payload of evidence": "select-secret-payload-41aa",
  "text for the agent": "words-of-a-case-c9d0",
  "user of a service": "ann-private-18ef",
} as const;
type Kind = keyof typeof secrets;

let folder: string;
let served: ServedHost;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-secrets-"));
  mkdirSync(join(folder, "mounted"));
  writeFileSync(join(folder, "mounted", "claude_api_key"), secrets["key of Claude's API"], { mode: 0o400 });
  served = await serveTestHost({
    SENTINEL_SECRETS: join(folder, "mounted"),
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
  await reply?.body?.cancel();
  return reply?.status;
}

describe("no secret is in the log", () => {
  test("whatever is sent to any route", { timeout: 120_000 }, async () => {
    const right = { Authorization: `Bearer ${secrets.token}` };
    const answers = new Set<number | undefined>();
    for (const route of served.host.router.routes) {
      if (route.reply === "stream" || route.path.includes("panic")) continue;
      const path = route.path.replaceAll(/\{\w+\}/g, secrets["password in an address"]);
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
        await reply.body?.cancel();
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

  // Last, so that it sees what all of the above left.
  test.each(Object.keys(secrets) as Kind[])("%s", (kind) => {
    expect(served.log()).not.toBe("");
    expect(linesWith(served.log(), secrets[kind])).toEqual([]);
  });
});
