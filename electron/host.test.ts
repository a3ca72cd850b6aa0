import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createScriptedEngine } from "./api/scripted-engine.ts";
import { openCertificateFolder } from "./cli/certificate-folder.ts";
import { systemClock } from "./engine/base/clock.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import type { ComposeEngine } from "./engine/engine-interface.ts";
import { absentSupervisor } from "./engine/sandbox/supervisor-client.ts";
import { environmentKeySource } from "./engine/store/master-key.ts";
import { supervisorEntry, workerEntry } from "./entries.ts";
import { type Desktop, type ServingHost, serveHost } from "./host.ts";
import { findBrowser, windowArguments } from "./open-window.ts";
import { readRunFile, writeRunFile } from "./run-file.ts";

let home: string;
let host: ServingHost | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sentinel-host-"));
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  rmSync(home, { recursive: true, force: true });
});

const compose: ComposeEngine = async (ports) => {
  const supervisor = await ports.startSupervisor();
  return createScriptedEngine({
    panic: async () => ({ ...(await supervisor.panic({ press_id: randomUUID() }, "tester")), held: 0, noted: true }),
    close: async () => supervisor.close(),
  });
};

async function serve(environment: Record<string, string> = {}, desktop?: Desktop) {
  const options = {
    config: readConfig({ SENTINEL_HOME: home, SENTINEL_PORT: "0", ...environment }, home),
    log: createLogger("silent"),
    compose,
    keySource: environmentKeySource(""),
    host: "test",
    checkOutput: true,
  };
  host = await serveHost(options, desktop);
  return host;
}

/** The address that the redirect file leads to. */
function addressIn(url: string) {
  const path = fileURLToPath(url);
  const address = new URL(/url=([^"]+)"/.exec(readFileSync(path, "utf8"))![1]!.replaceAll("&amp;", "&"));
  return { path, origin: address.origin, query: address.search, fragment: new URLSearchParams(address.hash.slice(1)) };
}

describe("the headless host", () => {
  test("hands the token over by a file of the owner's, in the fragment, and it opens the API", async () => {
    const { url } = await serve();
    const { path, origin, query, fragment } = addressIn(url!);
    if (process.platform !== "win32") {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(home, "run", "engine.json")).mode & 0o777).toBe(0o600);
      expect(statSync(join(home, "run")).mode & 0o777).toBe(0o700);
    }
    expect(query).toBe("");
    const headers = { Authorization: `Bearer ${fragment.get("token")}` };
    expect((await fetch(`${origin}/api/v1/sentinel/verdicts`, { headers })).status).toBe(200);
    expect((await fetch(`${origin}/api/v1/sentinel/verdicts`)).status).toBe(401);
    const pulled = await fetch(fragment.get("panic")!, { method: "POST", headers: { ...headers, Origin: origin } });
    expect([pulled.status, pulled.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
  });

  test("a token of an earlier start is worth nothing", async () => {
    const earlier = addressIn((await serve()).url!).fragment.get("token");
    await host!.close();
    const { origin } = addressIn((await serve()).url!);
    const headers = { Authorization: `Bearer ${earlier}` };
    expect((await fetch(`${origin}/api/v1/sentinel/verdicts`, { headers })).status).toBe(401);
  });

  test("a port that another program has is said, on the health page too, and the analyst works on", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    const { external, url } = await serve({ SENTINEL_PORT: String(port) });
    other.close();
    expect(external).toMatchObject({ problem: expect.stringContaining(`Port ${port}`) });
    const health = await (await fetch(`${addressIn(url!).origin}/health`)).json();
    expect(health).toMatchObject({ status: "degraded", components: { external_listener: { status: "down" } } });
  });

  test("on the desktop there is no page and no window token behind the port, only the command line", async () => {
    let windowToken = "";
    const { url } = await serve(undefined, {
      startSupervisor: async (_directory, token) => {
        windowToken = token;
        return absentSupervisor("off", "Not in this test.");
      },
    });
    expect(url).toBeNull();
    const { ui_origin: origin, token } = readRunFile(home)!;
    const ask = (bearer: string, path = "/api/v1/sentinel/verdicts") =>
      fetch(`${origin}${path}`, { headers: { Authorization: `Bearer ${bearer}` } });
    expect((await ask(token)).status).toBe(200);
    expect((await ask(windowToken)).status).toBe(401);
    expect((await ask(token, "/")).status).toBe(404);
  });

  test("a token file that others may read ends the start, and leaves nothing open", async () => {
    const file = join(home, "token");
    writeFileSync(file, "abc", { mode: 0o644 });
    await expect(serve({ SENTINEL_TOKEN_FILE: file })).rejects.toMatchObject({ code: "SETTING_INVALID" });
    expect(readRunFile(home)).toBeUndefined();
  });
});

test("a run file of a process that is gone, or of another with its id, is not believed", () => {
  const content = { ui_origin: "http://127.0.0.1:1", token: "t", panic_socket: null };
  writeRunFile(home, content);
  expect(readRunFile(home)).toMatchObject(content);
  const path = join(home, "run", "engine.json");
  const written = JSON.parse(readFileSync(path, "utf8"));
  for (const change of [{ pid: 2 ** 22 + 1 }, { started: "1" }, { token: 7 }]) {
    writeFileSync(path, JSON.stringify({ ...written, ...change }));
    expect(readRunFile(home)).toBeUndefined();
  }
});

test("entry files exist where they are looked for", () => {
  for (const path of [supervisorEntry, fileURLToPath(workerEntry("writer"))])
    expect(statSync(path).isFile()).toBe(true);
});

describe("an app window", () => {
  const around = {
    platform: "linux" as NodeJS.Platform,
    environment: { DISPLAY: ":0" },
    isRoot: false,
    exists: (path: string) => path === "/usr/bin/google-chrome",
  };

  test.each([
    { why: "an installed browser", change: {}, want: "/usr/bin/google-chrome" },
    { why: "root", change: { isRoot: true }, want: undefined },
    { why: "no display", change: { environment: {} }, want: undefined },
    { why: "no browser", change: { exists: () => false }, want: undefined },
  ])("with $why", ({ change, want }) => {
    expect(findBrowser({ ...around, ...change })).toBe(want);
  });

  test("has a profile of its own without extensions, and no secret in its arguments", () => {
    const args = windowArguments("file:///home/a/run/open.html", "/home/a/window");
    expect(args).toContain("--disable-extensions");
    expect(args).toContain("--user-data-dir=/home/a/window");
    expect(args.join(" ")).not.toContain("token");
    expect(args.join(" ")).not.toContain("no-sandbox");
  });
});

test("the PIN may be a mounted secret", async () => {
  const secrets = join(home, "secrets");
  mkdirSync(secrets);
  writeFileSync(join(secrets, "sentinel_pin"), "2468\n", { mode: 0o400 });
  const { external } = await serve({ SENTINEL_SECRETS: secrets });
  const origin = "origin" in external ? external.origin : "";
  const ask = (pin: string) => fetch(`${origin}/task/none`, { headers: { "X-Sentinel-Pin": pin } });
  expect([(await ask("2468")).status, (await ask("1357")).status]).toEqual([404, 401]);
});

describe("the network", () => {
  async function settings(): Promise<Record<string, string>> {
    const folder = join(home, "certs");
    const files = await openCertificateFolder(folder, systemClock);
    await files.server([]);
    return {
      SENTINEL_TLS_PORT: "0",
      SENTINEL_TLS_CERT_FILE: join(folder, "server.crt"),
      SENTINEL_TLS_KEY_FILE: join(folder, "server.key"),
      SENTINEL_TLS_TOKENS_FILE: join(folder, "tokens.txt"),
      SENTINEL_TLS_REVOKED_FILE: join(folder, "revoked.txt"),
      SENTINEL_REDIRECT_PORT: "off",
    };
  }

  test("is not listened to unless wanted", async () => {
    const { network, engine } = await serve();
    expect(network).toBeNull();
    expect((await engine.health()).components).not.toHaveProperty("network_listener");
  });

  test("gets TLS beside loopback, and the health page knows of it", async () => {
    const wanted = await settings();
    const token = (await openCertificateFolder(join(home, "certs"), systemClock)).token("bot", "viewer");
    const { network, engine } = await serve(wanted);
    const { origin } = network as { origin: string };
    const status = await new Promise((resolve, reject) => {
      const ca = readFileSync(join(home, "certs", "ca.crt"));
      const headers = { authorization: `Bearer ${token}` };
      const request = get(`${origin}/health`, { ca, headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject);
    });
    expect(status).toBe(200);
    expect((await engine.health()).components).toHaveProperty("network_listener", { status: "healthy" });
  });

  test("a busy port is told, and the rest works", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const { network, engine } = await serve({ ...(await settings()), SENTINEL_TLS_PORT: String(port) });
    expect(network).toEqual({ problem: expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`) });
    expect((await engine.health()).components).toHaveProperty("network_listener.status", "down");
    other.close();
  });

  test.each([
    { why: "nobody could come in", change: { SENTINEL_TLS_TOKENS_FILE: undefined }, says: "nobody could come in" },
    {
      why: "no certificate",
      change: { SENTINEL_TLS_CERT_FILE: undefined },
      says: "SENTINEL_TLS_CERT_FILE: it is needed",
    },
    {
      why: "a missing list",
      change: { SENTINEL_TLS_REVOKED_FILE: "/nowhere/revoked" },
      says: "/nowhere/revoked cannot be read",
    },
    {
      why: "no address",
      change: { SENTINEL_TLS_ADDRESS: "localhost" },
      says: "SENTINEL_TLS_ADDRESS: it is no IP address",
    },
    {
      why: "another machine's address",
      change: { SENTINEL_TLS_ADDRESS: "192.0.2.1" },
      says: "192.0.2.1 is no address of this machine",
    },
  ])("is refused in words: $why", async ({ change, says }) => {
    await expect(serve({ ...(await settings()), ...change } as Record<string, string>)).rejects.toThrow(says);
  });
});
