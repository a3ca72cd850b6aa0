import { type ChildProcess, fork, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLogger } from "../base/logging.ts";
import { type Channel, noWishes, type SandboxStatus } from "./channel.ts";
import { removeGroups } from "./control-groups.ts";
import { defaultLimits } from "./driver.ts";
import { groupName, reapGroups } from "./group-notes.ts";
import { findGroupPlaces } from "./group-places.ts";
import { childChannel } from "./process-channel.ts";
import { pidsOfTree } from "./process-tree.ts";
import { leftPulls } from "./pull-notes.ts";
import { markOf } from "./reaper.ts";
import { supervise } from "./supervise.ts";
import { connectSupervisor, type RunOptions } from "./supervisor-client.ts";

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
  // Nobody starts in this folder again, who would do that.
  await expect.poll(() => reapGroups(directory), { timeout: patienceMs }).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});

interface Running {
  host: ChildProcess;
  supervisor: number;
  door: { port: number; socket: string };
  status: SandboxStatus;
  /** Pulled by the engine's own thread. */
  panic: () => Promise<{ destroyed: number; left: number }>;
}

/** @param count sandboxes that it runs, besides the one that is always held */
async function startHost(mode: "spin" | "wait" | "worker", count = 0): Promise<Running> {
  const args = [join(import.meta.dirname, "fixture-host.ts"), directory, entry, mode, String(count)];
  const host = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  hosts.push(host);
  const lines = createInterface(host.stdout!)[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await lines.next()).value ?? "null");
  const panic = async () => {
    host.stdin!.write("panic\n");
    return await read();
  };
  return { host, panic, ...(await read()) };
}

const sandboxes = () => readdirSync(join(directory, "sandboxes")).map((name) => Number.parseInt(name, 10));

/** Milliseconds that a process may take to end on a machine that has much else to do. */
const patienceMs = 15_000;

async function isGone(pid: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until && markOf(pid) !== undefined) await setTimeout(20);
  return markOf(pid) === undefined;
}

function pull(
  where: { port: number } | { socketPath: string },
): Promise<{ destroyed: number; left: number; took_ms: number }> {
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
    // The engine has not heard of it; the next one will.
    const via = way === "port" ? "window" : "socket";
    expect(leftPulls(directory)).toMatchObject([{ note: { via, pull: { reason: "drill" } } }]);
  },
  3 * patienceMs,
);

test.skipIf(!hasBubblewrap).each(["port", "socket", "engine"] as const)(
  "panic by the %s ends the sandboxes while a worker of the engine spins",
  async (way) => {
    const { door, panic } = await startHost("worker", 2);
    const pids = sandboxes();
    expect(pids).toHaveLength(3);
    const where = way === "port" ? { port: door.port } : { socketPath: door.socket };
    const { destroyed, left } = way === "engine" ? await panic() : await pull(where);
    expect(destroyed + left).toBe(3);
    for (const pid of pids) expect(await isGone(pid)).toBe(true);
  },
  6 * patienceMs,
);

test.skipIf(!hasBubblewrap)(
  "panic ends many sandboxes with all in them while the engine spins",
  async () => {
    const { door } = await startHost("spin", 24);
    const pids = sandboxes();
    expect(pids).toHaveLength(25);
    const inside = pids.flatMap((pid) => pidsOfTree(pid));
    expect(inside.length).toBeGreaterThanOrEqual(24 * 3);
    const { destroyed, left } = await pull({ socketPath: door.socket });
    expect(destroyed + left).toBe(25);
    for (const pid of inside) expect(await isGone(pid)).toBe(true);
  },
  12 * patienceMs,
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
  const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
  hosts.push(child);
  const client = await connectSupervisor(childChannel(child), directory, "window-token", 8);
  const heard = Promise.withResolvers<string>();
  client.onPanic(({ via, pull }) => heard.resolve(`${via}: ${pull.reason}`));
  expect(await client.panic({ press_id: randomUUID() }, "tester")).toMatchObject({ destroyed: 0, left: 0 });
  await pull({ port: client.door!.port });
  expect(await heard.promise).toBe("window: drill");
  const down = Promise.withResolvers<void>();
  client.onStatus(() => client.status().status === "down" && down.resolve());
  child.kill("SIGKILL");
  await down.promise;
  await expect(client.panic({ press_id: randomUUID() }, "tester")).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test.skipIf(!hasBubblewrap)(
  "what a killed supervisor left of control groups is removed by the next start",
  async () => {
    const first = await startHost("wait");
    const folders = Object.values(JSON.parse(readFileSync(join(directory, "groups.json"), "utf8")) as object).map(
      String,
    );
    process.kill(first.supervisor, "SIGKILL");
    expect(await isGone(first.supervisor)).toBe(true);
    for (const folder of folders)
      expect(readdirSync(folder, { withFileTypes: true }).some((e) => e.isDirectory())).toBe(true);
    reapGroups(directory);
    for (const folder of folders)
      await expect
        .poll(
          () => {
            reapGroups(directory);
            return existsSync(folder);
          },
          { timeout: patienceMs },
        )
        .toBe(false);
  },
);

describe("a supervisor that cannot start", () => {
  const startIn = (folder: string) => ({
    ...{ type: "start", directory: folder, token: "t", closed: [], atMost: 1, wishes: noWishes },
  });

  /** One in this process; `onReady` is called when its door is open. */
  function started(folder: string, onReady: () => void = () => undefined) {
    const lines: string[] = [];
    const exited = Promise.withResolvers<number>();
    let hear: (message: unknown) => void = () => undefined;
    let leave: () => void = () => undefined;
    const channel: Channel = {
      send: (message) => (message as { type: string }).type === "ready" && onReady(),
      onMessage: (listener) => {
        hear = listener;
      },
      onClose: (listener) => {
        leave = listener;
      },
      close: () => undefined,
    };
    supervise(channel, createLogger("info", { write: (line) => void lines.push(line) }), exited.resolve);
    hear(startIn(folder));
    return { leave, exited: exited.promise, alarms: () => lines.filter((line) => line.includes("could not start")) };
  }

  test("since its host died it touches nothing of what may be another engine's, and raises no alarm", async () => {
    mkdirSync(join(directory, "sandboxes"));
    writeFileSync(join(directory, "sandboxes", "1.json"), "another engine's by now");
    const { leave, exited, alarms } = started(directory);
    leave();
    expect(await exited).toBe(0);
    await setTimeout(50);
    expect(readdirSync(directory)).toEqual(["sandboxes"]);
    expect(readdirSync(join(directory, "sandboxes"))).toEqual(["1.json"]);
    expect(alarms()).toEqual([]);
  });

  test("since its data directory is no more does not make it again, and says so", async () => {
    const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
    hosts.push(child);
    const exited = once(child, "exit");
    const said = text(child.stderr!);
    child.send(startIn(join(directory, "gone", "run")));
    expect((await exited)[0]).toBe(1);
    expect(await said).toContain("The supervisor could not start");
    expect(existsSync(join(directory, "gone"))).toBe(false);
  });

  test.each([
    { why: "and its host with it raises no alarm", isLeft: true, code: 0 },
    { why: "leaves no control group behind", isLeft: false, code: 1 },
  ])("since its folder went while it started, $why", async ({ isLeft, code }) => {
    const folder = join(directory, "run");
    const groups = Object.values(findGroupPlaces(groupName(folder))?.folders ?? {});
    for (const group of groups) removeGroups(group);
    const one = started(folder, () => {
      rmSync(folder, { recursive: true });
      if (isLeft) void setImmediate().then(() => one.leave());
    });
    expect(await one.exited).toBe(code);
    await setTimeout(50);
    expect(one.alarms()).toHaveLength(isLeft ? 0 : 1);
    expect(groups.filter((group) => existsSync(group))).toEqual([]);
    if (!isLeft) one.leave();
  });
});

async function connect() {
  const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
  hosts.push(child);
  const client = await connectSupervisor(childChannel(child), directory, "window-token", 2);
  const up = Promise.withResolvers<void>();
  client.onStatus(up.resolve);
  if (client.status().status !== "healthy") await up.promise;
  const run = (script: string, options?: RunOptions) =>
    client.run(
      { label: "test", command: ["/usr/bin/sh", "-c", script], mounts: [], input: null, limits: defaultLimits },
      options,
    );
  return { client, run };
}

test.skipIf(!hasBubblewrap)(
  "a proof sandbox that ends by itself is told, nothing runs meanwhile, and another takes its place",
  async () => {
    const { client, run } = await connect();
    const [pid] = sandboxes();
    const said: string[] = [];
    const isBack = Promise.withResolvers<void>();
    client.onStatus(() => {
      said.push(client.status().status);
      if (client.status().status === "healthy") isBack.resolve();
    });
    const refused = Promise.withResolvers<unknown>();
    client.onStatus(() => {
      if (client.status().status === "off") run("true").catch(refused.resolve);
    });
    expect((await client.look()).live).toMatchObject([{ alive: true }]);
    process.kill(pid!, "SIGKILL");
    expect(await refused.promise).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("proves that they stay ended"),
    });
    await isBack.promise;
    expect(said).toEqual(["off", "healthy"]);
    expect(client.status().detail).toContain("again");
    expect(sandboxes()).not.toContain(pid);
    expect(sandboxes()).toHaveLength(1);
    // Panic is told as panic.
    await client.panic({ press_id: randomUUID() }, "tester");
    expect(client.status()).toMatchObject({ status: "healthy", detail: expect.stringContaining("emptied by panic") });
    await client.panic({ press_id: randomUUID() }, "tester");
    expect(client.status().detail.match(/emptied by panic/g)).toHaveLength(1);
  },
  3 * patienceMs,
);

describe.skipIf(!hasBubblewrap)("a run through the supervisor", () => {
  test("streams its output and says how it ended", async () => {
    const { run } = await connect();
    const said: string[] = [];
    const exit = await run("echo hello; echo problem >&2; exit 3", {
      onOutput: (chunk, stream) => said.push(`${stream}: ${Buffer.from(chunk)}`),
    });
    expect(exit).toMatchObject({ reason: "exit", code: 3, detail: "It ended with exit code 3." });
    expect(said.sort()).toEqual(["stderr: problem\n", "stdout: hello\n"]);
  });

  test("can be cancelled while it runs and while it waits", async () => {
    const { run } = await connect();
    const stops = Array.from({ length: 3 }, () => new AbortController());
    const running = Promise.withResolvers<void>();
    const runs = stops.map(({ signal }) => run("echo; sleep 600", { signal, onOutput: () => running.resolve() }));
    await running.promise;
    for (const stop of stops) stop.abort();
    expect((await Promise.all(runs)).map(({ reason }) => reason)).toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  test("panic ends those that run and those that wait; afterwards others may run", async () => {
    const { client, run } = await connect();
    const running = Promise.withResolvers<void>();
    const runs = Array.from({ length: 5 }, () => run("echo; sleep 600", { onOutput: () => running.resolve() }));
    await running.promise;
    await client.panic({ press_id: randomUUID() }, "tester");
    expect((await Promise.all(runs)).map(({ reason }) => reason)).toEqual(Array(5).fill("panic"));
    expect(await run("exit 0")).toMatchObject({ reason: "exit", code: 0 });
  });

  test("what was asked for before a panic that the engine had not heard of does not run", async () => {
    const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
    hosts.push(child);
    const inner = childChannel(child);
    // An engine that hears of panics late.
    const held: (() => void)[] = [];
    let isDeaf = false;
    const client = await connectSupervisor(
      {
        ...inner,
        onMessage: (listener) =>
          inner.onMessage((message) => {
            if (isDeaf && (message as { type: string }).type === "panicked") held.push(() => listener(message));
            else listener(message);
          }),
      },
      directory,
      "window-token",
      2,
    );
    await expect.poll(() => client.status().status, { timeout: patienceMs }).toBe("healthy");
    isDeaf = true;
    await pull({ port: client.door!.port });
    const spec = { label: "", command: ["/usr/bin/true"], mounts: [], input: null, limits: defaultLimits } as const;
    expect(await client.run(spec)).toMatchObject({ reason: "panic", tookMs: 0 });
    await expect.poll(() => held.length, { timeout: patienceMs }).toBe(1);
    held[0]!();
    expect(await client.run(spec)).toMatchObject({ reason: "exit", code: 0 });
  });

  test("a place that cannot be mounted is refused, and so is what is no specification", async () => {
    const { client } = await connect();
    const spec = { label: "", command: ["/usr/bin/true"], mounts: [], input: null, limits: defaultLimits } as const;
    const mounts = [{ from: "/proc", to: "/app" }];
    await expect(client.run({ ...spec, mounts })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const limits = { ...defaultLimits, processes: 1 };
    await expect(client.run({ ...spec, limits })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });
});

test.skipIf(!hasBubblewrap)(
  "what lives and waits can be seen, and a drill ends what it started and nothing else",
  async () => {
    const { client, run } = await connect();
    const running = Promise.withResolvers<void>();
    const stop = new AbortController();
    const options = { signal: stop.signal, onOutput: () => running.resolve() };
    const runs = [
      run("echo; sleep 600", options),
      run("echo; sleep 600", options),
      run("true", { ...options, priority: 3 }),
    ];
    await running.promise;
    const sight = await client.look();
    expect(sight).toMatchObject({
      at_most: 2,
      queue: [{ label: "test", priority: 3 }],
    });
    expect(sight.drivers[0]).toMatchObject({ kind: "bubblewrap", state: "chosen" });
    expect(sight.drivers[0]!.checks.every(({ passed }) => passed)).toBe(true);
    expect(sight.limits.map(({ usual }) => usual)).toContain("2 GiB");
    expect(await client.drill()).toMatchObject({ sandboxes: 8, processes: 40, left: 0 });
    const after = await client.look();
    expect(after.live.filter(({ label }) => label === "test")).toHaveLength(2);
    stop.abort();
    expect((await Promise.all(runs)).map(({ reason }) => reason)).toEqual(["cancelled", "cancelled", "cancelled"]);
  },
);
