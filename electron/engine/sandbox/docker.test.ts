import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { openDocker } from "./docker.ts";
import { findDaemon } from "./docker-daemon.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { containerPids, findDocker, type TestDocker } from "./fixture-docker.ts";
import { fillSandbox, startSupervisor } from "./fixture-supervisor.ts";
import { createKeeper } from "./keeper.ts";
import { createRegister, markOf } from "./reaper.ts";
import type { SandboxSpec } from "./spec.ts";

const spec: SandboxSpec = {
  label: "test",
  command: ["/usr/bin/sh", "-c", "exit 3"],
  mounts: [{ from: "/srv/data", to: "/data" }],
  input: null,
  limits: defaultLimits,
};
const found = await findDocker();
if (typeof found === "string") console.warn(`SKIPPED: real containers of Docker: ${found}`);
const docker = found as TestDocker;
const slow = 120_000;

describe.skipIf(typeof found === "string")("Docker", { timeout: slow }, () => {
  const label = `sentinel-test-${process.pid}`;
  let driver: SandboxDriver;
  beforeAll(async () => {
    driver = await openDocker({ label, host: docker.host });
  }, slow);
  afterAll(async () => {
    await driver?.close();
    await docker.stop();
  }, slow);

  const live = (name = label) => docker.docker("ps", "--all", "--quiet", "--filter", `label=sentinel=${name}`);

  async function run(given: Partial<SandboxSpec>, by = driver) {
    let output = "";
    const limits = { ...defaultLimits, wallMs: 60_000 };
    const sandbox = await by.start({ ...spec, mounts: [], limits, ...given }, (chunk) => {
      output += Buffer.from(chunk).toString("utf8");
    });
    return { ...(await sandbox.ended), output };
  }

  test("a sandbox is checked from inside, gets its input, and says how it ended", async () => {
    const script = "cat; echo x >/tmp/x && exit 7";
    const exit = await run({ command: ["/usr/bin/sh", "-c", script], input: Buffer.from("hello\n") });
    expect(exit).toMatchObject({ reason: "exit", code: 7, output: "hello\n" });
    expect(exit.driver).toMatch(/^docker \d/);
    expect(exit.isolation).toHaveLength(9);
    expect(exit.isolation.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("it sees neither this machine's name servers nor its name", async () => {
    const { output } = await run({ command: ["/usr/bin/cat", "/etc/resolv.conf", "/etc/hostname"] });
    expect(output).toMatch(/^(?:#.*\n|search \.\n|options .*\n)*nameserver 192\.0\.2\.1\n(?:.*\n)*sandbox\n$/);
  });

  test("where memory runs out it goes before its guard", async () => {
    const { output } = await run({ command: ["/usr/bin/cat", "/proc/self/oom_score_adj"] });
    expect(output).toBe("500\n");
  });

  test("its environment is empty but for where programs are", async () => {
    const { output } = await run({ command: ["/usr/bin/env"] });
    expect(output.split("\n").filter((line) => !/^(?:PATH=\/usr\/bin:\/bin|PWD=\/tmp|)$/.test(line))).toEqual([]);
  });

  test("it ends at its time limit with everything in it", async () => {
    const limits = { ...defaultLimits, wallMs: 1_000 };
    const exit = await run({ command: ["/usr/bin/sh", "-c", "sleep 600 & sleep 600"], limits });
    expect(exit.reason).toBe("time");
    await expect.poll(() => live(), { timeout: 30_000 }).toBe("");
  });

  test("memory that runs out is told apart from what the check tried", async () => {
    const limits = { ...defaultLimits, memoryBytes: 64 * 1024 ** 2 };
    const greedy = await run({
      command: ["/usr/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=96M", "count=1"],
      limits,
    });
    expect(greedy.reason).toBe("memory");
  });

  test("processors are held to their number, which may be more than this machine has", async () => {
    const all = await run({ limits: { ...defaultLimits, cpus: cpus().length + 6 } });
    expect(all).toMatchObject({ reason: "exit", code: 3 });
    const busy = "while :; do :; done & a=$!; while :; do :; done & sleep 2; kill $a $!; wait; times | tail -n 1";
    const few = await run({ command: ["/usr/bin/sh", "-c", busy], limits: { ...defaultLimits, cpus: 0.2 } });
    const [minutes, seconds] = /^(\d+)m([\d.]+)s/.exec(few.output)!.slice(1).map(Number);
    expect(minutes! * 60 + seconds!).toBeLessThan(1);
  });

  test("output over its limit ends it", async () => {
    const limits = { ...defaultLimits, outputBytes: 1_000 };
    const exit = await run({ command: ["/usr/bin/yes"], limits });
    expect(exit).toMatchObject({ reason: "output" });
    expect(exit.output).toHaveLength(1_000);
  });

  test("what it uses is known", async () => {
    const sandbox = await driver.start({
      ...spec,
      mounts: [],
      command: ["/usr/bin/sh", "-c", "sleep 60 & sleep 60"],
    });
    expect(sandbox.pid).toBeNull();
    // The gate's shell, the command's, and two that sleep.
    await expect.poll(() => sandbox.usage().processes, { timeout: 20_000 }).toBe(4);
    expect(sandbox.usage().memoryBytes).toBeGreaterThan(100_000);
    expect(sandbox.usage().cpuMs).toBeGreaterThan(0);
    expect(sandbox.isAlive()).toBe(true);
    sandbox.kill("cancelled");
    expect(await sandbox.ended).toMatchObject({ reason: "cancelled" });
    expect(sandbox.isAlive()).toBe(false);
  });

  // What could make its end unseen: holding its guard's input open, or stopping the guard.
  test("what runs in it cannot reach its guard, also when it is full of processes", async () => {
    const script = `for file in /proc/1/fd/0 /proc/1/mem /proc/1/environ; do ( : <$file ) && echo "opened $file"; done
    ( exec 9<>/proc/1/fd/0 ) && echo "opened its input"; kill -STOP 1 && echo stopped; kill -9 1 && echo killed
    while :; do sleep 600 & done; wait`;
    let output = "";
    const sandbox = await driver.start(
      { ...spec, mounts: [], command: ["/usr/bin/bash", "-c", script] },
      (chunk, stream) => {
        if (stream === "stdout") output += Buffer.from(chunk).toString("utf8");
      },
    );
    await expect.poll(() => sandbox.usage().processes, { timeout: 30_000 }).toBe(defaultLimits.processes);
    expect(output).toBe("");
    sandbox.kill("panic");
    expect(await sandbox.ended).toMatchObject({ reason: "panic" });
    await expect.poll(() => live(), { timeout: 30_000 }).toBe("");
  });

  test("a guard that does not hear its end is ended by the daemon", async () => {
    const sandbox = await driver.start({ ...spec, mounts: [], command: ["/usr/bin/sleep", "600"] });
    docker.docker("pause", live());
    sandbox.kill("panic");
    expect(await sandbox.ended).toMatchObject({ reason: "panic" });
  });

  test("one that is ended while it starts leaves nothing", async () => {
    const stop = new AbortController();
    const starting = driver.start({ ...spec, mounts: [] }, undefined, stop.signal);
    await expect.poll(() => live(), { timeout: 30_000, interval: 5 }).not.toBe("");
    stop.abort();
    await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => live(), { timeout: 30_000 }).toBe("");
  });

  test("eight end together at panic", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sentinel-docker-keeper-"));
    const keeper = createKeeper(driver, createRegister(directory), 8, systemClock);
    const forks = ["/usr/bin/sh", "-c", "sleep 600 & sleep 600 & sleep 600"] as const;
    await Promise.all(Array.from({ length: 8 }, () => keeper.start({ ...spec, mounts: [], command: forks })));
    expect(await keeper.panic()).toMatchObject({ destroyed: 8, left: 0 });
    const drill = await keeper.drill();
    expect(drill).toMatchObject({ sandboxes: 8, left: 0 });
    expect(drill.processes).toBeGreaterThanOrEqual(8 * 5);
    rmSync(directory, { recursive: true });
  });

  test("a folder may be written where it was made for that, and what is made can be removed", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "sentinel-docker-scratch-"));
    const made = join(scratch, "run");
    mkdirSync(made);
    chmodSync(made, 0o777);
    const own = await openDocker({ label: `${label}-scratch`, host: docker.host, scratch, closed: [scratch] });
    try {
      const mounts = [{ from: made, to: "/work", writable: true }];
      const script = "mkdir /work/a && echo x >/work/a/b && ls -ld /work/a";
      const { output, reason } = await run({ mounts, command: ["/usr/bin/sh", "-c", script] }, own);
      expect({ output, reason }).toMatchObject({ output: expect.stringMatching(/^drwxrwxrwx/), reason: "exit" });
    } finally {
      await own.close();
      rmSync(scratch, { recursive: true });
    }
  });

  test("what a crash left is removed by the next start, and nothing else", async () => {
    const mine = `${label}-crash`;
    const image = docker.docker("images", "--quiet", "--filter", `label=sentinel=${label}`);
    for (const name of [mine, `${mine}-other`]) {
      docker.docker("create", "--label", `sentinel=${name}`, "--network", "none", image, "/x");
    }
    const [folder, other] = [mine, `${mine}-other`].map((name) =>
      mkdtempSync(join(tmpdir(), `sentinel-docker-${name}.`)),
    );
    const own = await openDocker({ label: mine, host: docker.host });
    expect([existsSync(folder!), existsSync(other!)]).toEqual([false, true]);
    rmSync(other!, { recursive: true });
    expect([live(mine), live(`${mine}-other`)]).toEqual(["", expect.stringMatching(/./)]);
    docker.docker("rm", live(`${mine}-other`));
    await own.close();
    expect(docker.docker("images", "--quiet", "--filter", `label=sentinel=${mine}`)).toBe("");
  });

  test("a service of this machine is not reached by its folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-docker-socket-"));
    const server = createServer().listen(join(folder, "service.sock"));
    await once(server, "listening");
    await expect(run({ mounts: [{ from: folder, to: "/data" }] })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("a daemon that is not on this machine is not used", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-docker-far-"));
    for (const host of ["tcp://192.0.2.1:2376", "ssh://somebody@192.0.2.1"]) {
      await expect(findDaemon(folder, host)).rejects.toThrow("evidence is not sent elsewhere");
    }
    await expect(findDaemon(folder, `unix://${folder}/none.sock`)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    rmSync(folder, { recursive: true });
  });

  test("a supervisor chooses it where it is wished for, and nothing outlives one that is killed", async () => {
    const supervisor = await startSupervisor({ first: "docker", image: null, dockerHost: docker.host }, 2);
    try {
      const { client } = supervisor;
      await fillSandbox(client, 3);
      const { drivers, live: shown } = await client.look();
      expect(drivers[0]).toMatchObject({ kind: "docker", state: "chosen" });
      const byDocker = expect.stringMatching(/^docker /);
      expect(shown.map(({ driver: by }) => by)).toEqual([byDocker, byDocker]);
      const names = () => docker.docker("ps", "--quiet", "--filter", `name=sentinel-.*-${supervisor.pid}-`);
      const pids = containerPids(docker, supervisor.pid);
      // Two guards, what they keep, and the three that sleep beside their shells.
      expect(pids.length).toBeGreaterThanOrEqual(10);
      await supervisor.kill();
      await expect.poll(() => pids.filter((pid) => markOf(pid) !== undefined), { timeout: 30_000 }).toEqual([]);
      await expect.poll(names, { timeout: 30_000 }).toBe("");
    } finally {
      await supervisor.close();
    }
  });
});
