import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultLimits } from "./driver.ts";
import { childChannel } from "./process-channel.ts";
import { connectSupervisor, type SupervisorClient } from "./supervisor-client.ts";

const isPossible = existsSync("/usr/bin/bwrap");
if (!isPossible) console.warn("SKIPPED: egress from a sandbox: bubblewrap is not installed");
const relay = join(import.meta.dirname, "../../../resources/simulator/egress-relay.ts");
const patienceMs = 30_000;

let directory: string;
let supervisor: ChildProcess;
let client: SupervisorClient;
let server: Server;
let port: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sentinel-egress-"));
  server = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  const entry = join(import.meta.dirname, "../../supervisor.ts");
  supervisor = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
  client = await connectSupervisor(childChannel(supervisor), directory, "token", 2);
  await expect.poll(() => client.status().status, { timeout: patienceMs }).not.toBe("off");
}, 2 * patienceMs);
afterEach(async () => {
  const gone = once(supervisor, "exit");
  client.close();
  await gone;
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(egress: readonly string[]) {
  const script = `
    import http from "node:http";
    if (${egress.length > 0}) await (await import("/app/egress-relay.ts")).openEgressRelay();
    const ask = (port) => new Promise((done) => {
      const path = "http://127.0.0.1:" + port + "/";
      const call = http.get({ host: "127.0.0.1", port: 3128, path, agent: false }, (answer) => {
        let body = "";
        answer.on("data", (part) => { body += part; }).on("end", () => done(answer.statusCode + " " + body));
      });
      call.on("error", () => done("no proxy"));
    });
    console.log(await ask(${port}) + ", " + await ask(${port} + 1));`;
  let output = "";
  const exit = await client.run(
    {
      label: "test",
      command: ["/app/node", "--input-type=module", "-e", script],
      mounts: [
        { from: process.execPath, to: "/app/node" },
        { from: relay, to: "/app/egress-relay.ts" },
      ],
      input: null,
      limits: defaultLimits,
      egress,
    },
    {
      onOutput: (chunk) => {
        output += Buffer.from(chunk).toString("utf8");
      },
    },
  );
  return { output: output.trim(), egress: exit.egress };
}

test.skipIf(!isPossible)(
  "a sandbox reaches what is listed through the relay inside, and nothing else; both are recorded",
  async () => {
    const { output, egress } = await ask([`127.0.0.1:${port}`]);
    expect(output).toBe("200 hello, 403");
    expect(egress).toMatchObject([
      { target: `127.0.0.1:${port}`, allowed: true },
      { target: `127.0.0.1:${port + 1}`, allowed: false, reason: "It is not on the list." },
    ]);
  },
  4 * patienceMs,
);

test.skipIf(!isPossible)(
  "without a list there is no proxy to reach",
  async () => {
    expect(await ask([])).toEqual({ output: "no proxy, no proxy", egress: undefined });
  },
  4 * patienceMs,
);
