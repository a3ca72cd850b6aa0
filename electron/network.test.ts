import { X509Certificate } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request as httpRequest } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { routes } from "../shared/routes.ts";
import { createDocumentPages } from "./api/document-pages.ts";
import { allRoutes } from "./api/engine-routes.ts";
import { createLive } from "./api/live.ts";
import { createMcpDoor } from "./api/mcp-door.ts";
import { createNetworkAccess, type NetworkAccess } from "./api/network-access.ts";
import { tokenHash } from "./api/network-files.ts";
import { listenNetwork, type NetworkListener } from "./api/network-listener.ts";
import { createRateLimiter, defaultRateLimits } from "./api/rate-limit.ts";
import { createRouter } from "./api/router.ts";
import { createScriptedEngine } from "./api/scripted-engine.ts";
import { type CertificateFolder, fileNames, openCertificateFolder } from "./cli/certificate-folder.ts";
import { issueCertificate } from "./cli/issue-certificate.ts";
import { type Clock, systemClock } from "./engine/base/clock.ts";
import { createLogger } from "./engine/base/logging.ts";
import { createMetrics } from "./engine/base/metrics.ts";

const hour = 3_600_000;
const day = 24 * hour;
const patience = 20_000;
const sessions = "/api/v1/sentinel/network/sessions";
const revoke = "/api/v1/sentinel/network/revoke";
const viewerRoute = "/api/v1/sentinel/alerts";

const home = mkdtempSync(join(tmpdir(), "sentinel-network-"));
const folder = join(home, "certs");
const at = (name: string) => join(folder, name);
const shifted = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });
const lines: string[] = [];
const log = createLogger("debug", { write: (line: string) => void lines.push(line) });
const metrics = createMetrics({ processMetrics: false });
const revocations: object[] = [];
const engine = createScriptedEngine({ noteRevocation: async (what) => void revocations.push(what) });
const live = createLive(engine.live, systemClock);
let now = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + now };

interface Shown {
  readonly cert: string;
  readonly key: string;
}
let files: CertificateFolder;
let access: NetworkAccess;
let listener: NetworkListener;
let ca: string;
const clients: Record<string, Shown> = {};
const tokens: Record<string, string> = {};

async function clientOf(from: CertificateFolder, name: string, role: "viewer" | "analyst" | "approver" | "admin") {
  const path = await from.client(name, role);
  return { cert: readFileSync(path, "utf8"), key: readFileSync(path.replace(/crt$/, "key"), "utf8") };
}

async function start() {
  access = createNetworkAccess({
    tokensFile: at(fileNames.tokens),
    revokedFile: at(fileNames.revoked),
    ...{ clock, log, metrics },
  });
  const limiter = createRateLimiter(defaultRateLimits, systemClock);
  const router = createRouter({ bindings: allRoutes(engine, live, access), limiter, log, checkOutput: true });
  return await listenNetwork({
    ...{ address: "127.0.0.1", port: 0, redirectPort: 0 },
    ...{ certificateFile: at(fileNames.server), keyFile: at(fileNames.serverKey) },
    clientAuthorityFile: at(fileNames.authority),
    ...{ access, router, live, clock, log, lookMs: 50 },
    documents: createDocumentPages(routes, "0.0.0"),
    mcp: createMcpDoor({ router, limiter, version: "0.0.0" }),
    rendererDirectory: join(home, "page"),
  });
}

beforeAll(async () => {
  files = await openCertificateFolder(folder, systemClock);
  await files.server(["localhost", "127.0.0.1"]);
  ca = readFileSync(at(fileNames.authority), "utf8");
  for (const role of ["viewer", "analyst", "approver", "admin"] as const) {
    clients[role] = await clientOf(files, `${role}.person`, role);
    tokens[role] = files.token(`${role}.program`, role);
  }
  mkdirSync(join(home, "page"));
  writeFileSync(join(home, "page", "index.html"), "<!doctype html><title>Sentinel</title>");
  listener = await start();
});
// Each test has minutes of its own, since failures are counted by the minute.
let minutes = 0;
afterEach(() => {
  minutes += 2;
  now = minutes * 60_000;
});
afterAll(async () => {
  live.close();
  await listener.close();
  metrics.close();
  rmSync(home, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

function send(
  path: string,
  options: RequestOptions & { token?: string | undefined; body?: string } = {},
): Promise<Reply> {
  const { token, body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        ...{ host: "127.0.0.1", port: listener.port, path, ca, agent: false },
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...rest,
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function failuresBy(reason: string): Promise<number> {
  const { values } = await metrics.authenticationFailures.get();
  return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}

describe("the handshake", () => {
  const handshake = (options: object) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket: TLSSocket = connect({ host: "127.0.0.1", port: listener.port, ca, ...options }, () =>
        resolve(socket),
      );
      socket.on("error", reject);
    });

  test("is TLS 1.3 with the certificate of the folder's authority", async () => {
    const socket = await handshake({ servername: "localhost" });
    expect(socket.getProtocol()).toBe("TLSv1.3");
    expect(socket.authorized).toBe(true);
    expect((socket.getPeerCertificate() as PeerCertificate).subjectaltname).toBe("DNS:localhost, IP Address:127.0.0.1");
    socket.destroy();
  });

  test("that is not finished is ended", { timeout: patience }, async () => {
    const began = Date.now();
    const socket = createConnection({ host: "127.0.0.1", port: listener.port });
    await new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
    expect(Date.now() - began).toBeGreaterThan(8_000);
  });

  test("of TLS 1.2 is refused", async () => {
    await expect(handshake({ maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version|alert/i);
  });
});

describe("roles over the network", () => {
  test.each([
    { role: "viewer", read: 200, list: 403 },
    { role: "analyst", read: 200, list: 403 },
    { role: "approver", read: 200, list: 403 },
    { role: "admin", read: 200, list: 200 },
  ])("$role by certificate and by token", async ({ role, read, list }) => {
    for (const shown of [clients[role]!, { token: tokens[role] }]) {
      expect((await send(viewerRoute, shown)).status).toBe(read);
      expect((await send(sessions, shown)).status).toBe(list);
    }
  });

  test("a token that is given decides, and must be right", async () => {
    expect((await send(sessions, { ...clients.admin, token: tokens.viewer })).status).toBe(403);
    expect((await send(sessions, { ...clients.viewer, token: tokens.admin })).status).toBe(200);
    expect((await send(viewerRoute, { ...clients.admin, token: "wrong" })).status).toBe(401);
  });

  test("no route answers without a credential, also those that are open on loopback", async () => {
    const open = routes.filter((route) => route.open);
    expect(open.length).toBeGreaterThan(0);
    for (const { method, path } of open) expect((await send(path, { method })).status).toBe(401);
  });

  test("the page is there for everybody, and MCP for tokens alone, with an analyst's rights at most", async () => {
    const page = await send("/", { headers: { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" } });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining("<title>Sentinel") });
    expect(page.headers["content-security-policy"]).toContain("connect-src 'self';");
    const call = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "run_task", arguments: { request: "a" } },
    };
    const ask = (shown: object) =>
      send("/mcp/", {
        method: "POST",
        body: JSON.stringify(call),
        headers: { accept: "application/json, text/event-stream" },
        ...shown,
      });
    expect((await ask(clients.admin!)).status).toBe(401);
    expect((await ask({ token: tokens.viewer })).text).toContain("FORBIDDEN");
    expect((await ask({ token: tokens.admin })).text).toContain("NOT_FOUND");
  });
});

describe("a certificate that lets nobody in", () => {
  test.each([
    { why: "expired", made: -100 * day, reason: "certificate_expired", says: "has expired" },
    { why: "of a machine a day ahead", made: day, reason: "certificate_not_yet_valid", says: "compare the clocks" },
  ])("$why", async ({ made, reason, says }) => {
    const before = await failuresBy(reason);
    const shown = await clientOf(await openCertificateFolder(folder, shifted(made)), "late", "admin");
    for (const path of [viewerRoute, "/", "/docs"]) {
      const reply = await send(path, shown);
      expect(reply).toMatchObject({ status: 401, text: expect.stringContaining(says) });
    }
    expect(await failuresBy(reason)).toBe(before + 3);
  });

  test("and beside a right token it lets nobody in either", async () => {
    const shown = await clientOf(await openCertificateFolder(folder, shifted(-100 * day)), "late", "admin");
    expect((await send(viewerRoute, { ...shown, token: tokens.admin })).status).toBe(401);
  });

  test("of another authority, of itself, of the server", async () => {
    const other = await openCertificateFolder(join(home, "other"), systemClock);
    const server = {
      cert: readFileSync(at(fileNames.server), "utf8"),
      key: readFileSync(at(fileNames.serverKey), "utf8"),
    };
    const root = {
      cert: readFileSync(join(home, "other", fileNames.authority), "utf8"),
      key: readFileSync(join(home, "other", fileNames.authorityKey), "utf8"),
    };
    for (const shown of [await clientOf(other, "eve", "admin"), root, server]) {
      expect(await send(viewerRoute, shown)).toMatchObject({
        status: 401,
        text: expect.stringContaining("not one that"),
      });
    }
  });
});

describe("a certificate that the authority made and that says something else", () => {
  const authority = () => ({ certificate: ca, key: readFileSync(at(fileNames.authorityKey), "utf8") });
  const issue = async (name: string, role: string, from = authority()) => {
    const subject = { kind: "client", name, role: role as "viewer" } as const;
    const made = await issueCertificate({ authority: from, subject, now: Date.now(), lastsMs: day });
    return { cert: made.certificate, key: made.key };
  };

  test.each([
    { why: "a role that is none", name: "anna", role: "root" },
    { why: "a part of Sentinel", name: "engine", role: "admin" },
    { why: "another engine", name: "fleet x: anna", role: "admin" },
    { why: "a name with a line break", name: "anna\nOU=admin", role: "viewer" },
  ])("$why lets nobody in, and is not in the log", async ({ name, role }) => {
    lines.length = 0;
    const reply = await send(viewerRoute, await issue(name, role));
    expect(reply).toMatchObject({ status: 401, text: expect.stringContaining("CN is no name") });
    expect(lines.join("")).toContain("certificate_unreadable");
    expect(lines.join("")).not.toContain(name.slice(0, 5));
  });

  test("a client's certificate signs no other", async () => {
    const { viewer } = clients;
    const made = await issue("eve", "admin", { certificate: viewer!.cert, key: viewer!.key });
    const reply = await send(sessions, { cert: made.cert + viewer!.cert, key: made.key });
    expect(reply).toMatchObject({ status: 401, text: expect.stringContaining("not one that") });
  });
});

describe("clocks that are an hour apart", () => {
  test.each([
    { why: "the authority's machine is ahead", made: hour, late: 0 },
    { why: "the authority's machine is behind", made: -hour, late: 0 },
    { why: "this machine is ahead", made: 0, late: hour },
    { why: "this machine is behind", made: 0, late: -hour },
  ])("let a fresh certificate in: $why", async ({ made, late }) => {
    const shown = await clientOf(await openCertificateFolder(folder, shifted(made)), "skewed", "viewer");
    now = late;
    expect((await send(viewerRoute, shown)).status).toBe(200);
  });
});

describe("revocation", () => {
  test("of a certificate and a token by the command counts at the next request", async () => {
    const shown = await clientOf(files, "gone", "admin");
    const token = files.token("gone", "admin");
    const agent = new Agent({ keepAlive: true, ca, ...shown });
    expect((await send(viewerRoute, { agent })).status).toBe(200);
    expect((await send(viewerRoute, { token })).status).toBe(200);
    files.revoke("gone");
    expect(await send(viewerRoute, { token })).toMatchObject({ status: 401, text: expect.stringContaining("revoked") });
    const byCertificate = { status: 401, text: expect.stringContaining("revoked") };
    // The kept connection was cut, or is refused.
    expect(await send(viewerRoute, { agent }).catch(() => send(viewerRoute, shown))).toMatchObject(byCertificate);
    expect(await send("/", shown)).toMatchObject(byCertificate);
    agent.destroy();
  });

  test("by an admin's route cuts streams and sockets of that credential, and of no other", {
    timeout: patience,
  }, async () => {
    const shown = await clientOf(files, "streaming", "analyst");
    const credential = `certificate ${new X509Certificate(shown.cert).serialNumber}`;
    const stream = await openStream(shown);
    const other = await openStream(clients.viewer!);
    const socket = new WebSocket(`wss://127.0.0.1:${listener.port}/api/v1/sentinel/live/ws`, { ca, ...shown });
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.on("open", resolve));
    const listed = JSON.parse((await send(sessions, clients.admin!)).text);
    expect(listed.find((one: { credential: string }) => one.credential === credential)).toMatchObject({
      ...{ name: "streaming", role: "analyst", revoked: false, last_address: "127.0.0.1", connections: 1 },
    });
    const body = JSON.stringify({ credential });
    expect((await send(revoke, { ...clients.approver, method: "POST", body })).status).toBe(403);
    expect((await send(revoke, { ...clients.admin, method: "POST", body })).status).toBe(200);
    expect(revocations).toEqual([expect.objectContaining({ credential, name: "streaming" })]);
    socket.send(JSON.stringify({ type: "auth" }));
    await Promise.all([stream.ended, closed]);
    expect(other.isOpen()).toBe(true);
    other.close();
    expect((await send(viewerRoute, shown)).status).toBe(401);
    const after = JSON.parse((await send(sessions, clients.admin!)).text);
    expect(after.find((one: { credential: string }) => one.credential === credential)).toMatchObject({ revoked: true });
  });

  test("of what is no credential, or of an unknown token, is refused", async () => {
    const post = (credential: string) =>
      send(revoke, { ...clients.admin, method: "POST", body: JSON.stringify({ credential }) });
    expect((await post("certificate 12\ntoken x")).status).toBe(400);
    expect((await post(tokenHash("nobody's"))).status).toBe(400);
    expect((await post(`token ${tokenHash("nobody's")}`)).status).toBe(404);
  });

  test("a certificate that ends while a stream is open ends the stream", { timeout: patience }, async () => {
    const stream = await openStream(await clientOf(files, "ending", "viewer"));
    now = 91 * day;
    await stream.ended;
  });

  function openStream(shown: object): Promise<{ ended: Promise<void>; isOpen: () => boolean; close: () => void }> {
    return new Promise((resolve, reject) => {
      const path = "/api/v1/sentinel/live";
      const request = httpsRequest(
        { host: "127.0.0.1", port: listener.port, path, ca, agent: false, ...shown },
        (response) => {
          let isOpen = response.statusCode === 200;
          const ended = new Promise<void>((done) =>
            response.on("close", () => {
              isOpen = false;
              done();
            }),
          );
          response.on("error", () => {}).resume();
          if (!isOpen) return reject(new Error(`The stream answered ${response.statusCode}.`));
          resolve({ ended, isOpen: () => isOpen, close: () => request.destroy() });
        },
      );
      request.on("error", reject).end();
    });
  }
});

describe("sockets", () => {
  const first = (path: string, message: object, shown: object = {}, headers = {}) =>
    new Promise<unknown>((resolve) => {
      const socket = new WebSocket(`wss://127.0.0.1:${listener.port}${path}`, { ca, headers, ...shown });
      socket.on("open", () => socket.send(JSON.stringify(message)));
      socket.on("message", (data) => {
        resolve(JSON.parse(String(data)).type);
        socket.close();
      });
      socket.on("close", (code) => resolve(code));
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("error", () => {});
    });

  test.each(["/api/v1/sentinel/live/ws", "/ws"])("%s know the same people", async (path) => {
    expect(await first(path, { type: "auth" }, clients.viewer)).toBe("auth_ok");
    expect(await first(path, { type: "auth", token: tokens.viewer })).toBe("auth_ok");
    expect(await first(path, { type: "auth" })).toBe(4401);
    expect(await first(path, { type: "auth", token: "wrong" }, clients.viewer)).toBe(4401);
    // SECURITY: a page of another site, in a browser that shows its certificate by itself.
    expect(await first(path, { type: "auth" }, clients.viewer, { origin: "https://evil.example" })).toBe(403);
  });
});

describe("browsers", () => {
  test.each([
    { why: "another name", headers: { host: "evil.example" }, want: 403 },
    { why: "another port", headers: { host: "localhost:1" }, want: 403 },
    { why: "another origin", headers: { origin: "https://evil.example" }, want: 403 },
    { why: "the own origin without TLS", headers: { origin: "http://localhost" }, want: 403 },
    {
      why: "a page of another site that leads to a route",
      headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
      want: 403,
    },
    { why: "the own page", headers: { "sec-fetch-site": "same-origin" }, want: 200 },
  ])("$why: $want", async ({ headers, want }) => {
    const port = `:${listener.port}`;
    const shown = { ...clients.viewer, servername: "localhost", headers: { host: `localhost${port}`, ...headers } };
    expect((await send(viewerRoute, shown)).status).toBe(want);
  });

  test("the own origin, by each name of the certificate", async () => {
    for (const name of ["localhost", "127.0.0.1"]) {
      const headers = { host: `${name}:${listener.port}`, origin: `https://${name}:${listener.port}` };
      expect((await send(viewerRoute, { ...clients.viewer, headers })).status).toBe(200);
    }
  });
});

describe("plain HTTP", () => {
  const plain = (path: string, options: RequestOptions = {}) =>
    new Promise<Reply>((resolve, reject) => {
      const request = httpRequest(
        { host: "127.0.0.1", port: listener.redirect!.port, path, ...options },
        (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
        },
      );
      request.on("error", reject).end();
    });

  test("leads to TLS, and nowhere else", async () => {
    const reply = await plain("/a?b=c");
    expect(reply.status).toBe(307);
    expect(reply.headers.location).toBe(`https://127.0.0.1:${listener.port}/a?b=c`);
    expect((await plain("/", { headers: { host: "evil.example" } })).status).toBe(403);
    expect((await plain("//evil.example/")).headers.location).toBe(`https://127.0.0.1:${listener.port}//evil.example/`);
    expect((await plain("http://evil.example/")).status).toBe(403);
    expect((await plain("/", { method: "POST" })).status).toBe(405);
  });

  test("a credential that comes there is told, and not sent on", async () => {
    lines.length = 0;
    const reply = await plain("/", { headers: { authorization: `Bearer ${tokens.admin}` } });
    expect(reply).toMatchObject({ status: 401, text: expect.stringContaining("not encrypted") });
    expect(reply.headers.location).toBeUndefined();
    expect(lines.join("")).toContain("sent unencrypted");
    expect(lines.join("")).not.toContain(tokens.admin);
    expect(await failuresBy("cleartext")).toBe(1);
  });
});

describe("failures", () => {
  test("are counted and logged without the secret; after thirty a minute the address is told to wait, and a right credential is not", async () => {
    lines.length = 0;
    const guess = "a-guess-that-is-wrong";
    const statuses = [];
    for (let i = 0; i < 32; i++) statuses.push((await send(viewerRoute, { token: guess })).status);
    expect(statuses).toEqual([...Array(30).fill(401), 429, 429]);
    expect(lines.filter((line) => line.includes("token_unknown"))).toHaveLength(30);
    expect(lines.join("")).toContain('"address":"127.0.0.1"');
    expect(lines.join("")).not.toContain(guess);
    expect((await send(viewerRoute, { token: tokens.viewer })).status).toBe(200);
    now += 2 * 60_000;
    expect((await send(viewerRoute, { token: guess })).status).toBe(401);
  });

  test("lists that are gone, broken or may be read by others let nobody in", async () => {
    const revoked = at(fileNames.revoked);
    const aside = `${revoked}.aside`;
    renameSync(revoked, aside);
    expect(await send(viewerRoute, clients.viewer)).toMatchObject({
      status: 503,
      text: expect.not.stringContaining(folder),
    });
    renameSync(aside, revoked);
    chmodSync(revoked, 0o644);
    expect((await send(viewerRoute, { token: tokens.viewer })).status).toBe(503);
    chmodSync(revoked, 0o600);
    const before = readFileSync(revoked, "utf8");
    appendFileSync(revoked, "what is this\n");
    expect((await send(viewerRoute, clients.viewer)).status).toBe(503);
    writeFileSync(revoked, before);
    expect((await send(viewerRoute, clients.viewer)).status).toBe(200);
  });
});

test("a renewed certificate of the server is taken without a restart", { timeout: patience }, async () => {
  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: listener.port, ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const before = await serial();
  expect(await (await openCertificateFolder(folder, shifted(61 * day))).server([])).toBe(true);
  // A certificate of the future would be refused by this test's own clock.
  rmSync(at(fileNames.server));
  await files.server(["localhost", "127.0.0.1"]);
  await expect.poll(serial, { timeout: patience }).not.toBe(before);
  expect((await send(viewerRoute, clients.viewer)).status).toBe(200);
});

describe("a listener that cannot start says why", () => {
  const late = () => {
    now = 91 * day;
  };
  test.each([
    { why: "no certificate", change: () => rmSync(at(fileNames.server)), says: "server.crt cannot be read" },
    {
      why: "no certificate in the file",
      change: () => writeFileSync(at(fileNames.server), "x"),
      says: "cannot be used",
    },
    {
      why: "another's key",
      change: () => writeFileSync(at(fileNames.serverKey), clients.viewer!.key),
      says: "cannot be used",
    },
    {
      why: "a key that others may read",
      change: () => chmodSync(at(fileNames.serverKey), 0o644),
      says: "set its mode to 0600",
    },
    { why: "an expired certificate", change: late, says: "ended at" },
    {
      why: "tokens that are none",
      change: () => appendFileSync(at(fileNames.tokens), "bot root x\n"),
      says: "tokens.txt, line ",
    },
  ])("$why", async ({ change, says }) => {
    const kept = [fileNames.server, fileNames.serverKey, fileNames.tokens].map(
      (name) => [name, readFileSync(at(name))] as const,
    );
    try {
      change();
      await expect(start()).rejects.toThrow(says);
    } finally {
      for (const [name, text] of kept) {
        writeFileSync(at(name), text, { mode: 0o600 });
        chmodSync(at(name), 0o600);
      }
    }
  });
});
