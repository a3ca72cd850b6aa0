import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SandboxStatus } from "./channel.ts";
import { childChannel } from "./process-channel.ts";
import { markOf } from "./reaper.ts";
import { connectSupervisor } from "./supervisor-client.ts";

const entry = join(import.meta.dirname, "../../supervisor.ts");
const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: parts of the supervisor: bubblewrap is not installed");

let directory: string;
const hosts: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sentinel-supervisor-"));
});
afterEach(async () => {
  for (const host of hosts.splice(0)) {
    if (host.exitCode !== null || host.signalCode !== null) continue;
    const gone = new Promise((resolve) => host.once("exit", resolve));
    host.kill("SIGKILL");
    await gone;
  }
  rmSync(directory, { recursive: true, force: true });
});

interface Running {
  host: ChildProcess;
  supervisor: number;
  door: { port: number; socket: string };
  status: SandboxStatus;
}

async function startHost(mode: "spin" | "wait"): Promise<Running> {
  const host = spawn(process.execPath, [join(import.meta.dirname, "fixture-host.ts"), directory, entry, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  hosts.push(host);
  for await (const line of createInterface(host.stdout!)) return { host, ...JSON.parse(line) };
  throw new Error("the host said nothing");
}

const sandboxes = () => readdirSync(join(directory, "sandboxes")).map((name) => Number.parseInt(name, 10));

/** Milliseconds that a process may take to end on a machine that has much else to do. */
const patienceMs = 15_000;

async function isGone(pid: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until && markOf(pid) !== undefined) await setTimeout(20);
  return markOf(pid) === undefined;
}

function pull(where: { port: number } | { socketPath: string }): Promise<{ destroyed: number; took_ms: number }> {
  return new Promise((resolve, reject) => {
    const headers = "port" in where ? { Host: `127.0.0.1:${where.port}`, Authorization: "Bearer window-token" } : {};
    const call = request({ ...where, path: "/panic", method: "POST", headers, timeout: 5_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(JSON.parse(body)));
    });
    call.on("error", reject);
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.end('{"reason":"drill"}');
  });
}

test.skipIf(!hasBubblewrap).each(["port", "socket"] as const)(
  "panic by the %s ends the sandbox while the engine spins in while (true)",
  async (way) => {
    const { door, status } = await startHost("spin");
    expect(status).toMatchObject({ status: "healthy", held: 1 });
    const pids = sandboxes();
    expect(pids).toHaveLength(1);
    const result = await pull(way === "port" ? { port: door.port } : { socketPath: door.socket });
    expect(result.destroyed).toBe(1);
    expect(await isGone(pids[0]!)).toBe(true);
  },
  3 * patienceMs,
);

test.skipIf(!hasBubblewrap)(
  "sandboxes end with a supervisor that is killed, and it with a killed engine",
  async () => {
    const first = await startHost("wait");
    const [inFirst] = sandboxes();
    process.kill(first.supervisor, "SIGKILL");
    expect(await isGone(inFirst!)).toBe(true);
    const second = await startHost("wait");
    const inSecond = sandboxes().at(-1)!;
    second.host.kill("SIGKILL");
    expect(await isGone(second.supervisor)).toBe(true);
    expect(await isGone(inSecond)).toBe(true);
  },
  5 * patienceMs,
);

test("the engine's own panic, its news of the other ways, and a supervisor that is gone", async () => {
  const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  hosts.push(child);
  const client = await connectSupervisor(childChannel(child), directory, "window-token");
  const heard = Promise.withResolvers<string>();
  client.onPanic(({ via, pull }) => heard.resolve(`${via}: ${pull.reason}`));
  expect(await client.panic()).toMatchObject({ held: 0 });
  await pull({ port: client.door!.port });
  expect(await heard.promise).toBe("window: drill");
  const down = Promise.withResolvers<void>();
  client.onStatus(() => client.status().status === "down" && down.resolve());
  child.kill("SIGKILL");
  await down.promise;
  await expect(client.panic()).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
