import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { encodeProgram } from "./bpf.ts";
import { accounts, openBubblewrap } from "./bubblewrap.ts";
import { sandboxCommand } from "./bubblewrap-command.ts";
import { defaultLimits, type Sandbox, type SandboxDriver } from "./driver.ts";
import { isolationChecks } from "./gate.ts";
import { findGroupPlaces } from "./group-places.ts";
import { createKeeper } from "./keeper.ts";
import { probeIsolation } from "./probe.ts";
import { markOf } from "./reaper.ts";
import { machineOf, seccompProgram } from "./seccomp.ts";
import type { SandboxLimits, SandboxSpec } from "./spec.ts";

const tools = {
  bwrap: "/usr/bin/bwrap",
  prlimit: "/usr/bin/prlimit",
  setpriv: "/usr/bin/setpriv",
  taskset: "/usr/bin/taskset",
};
const hold = { joinFiles: [], attempt: { processes: 72, memoryBytes: 1 }, cores: [0, 1], addressSpaceBytes: 2 ** 31 };
const around = { account: 60_640, stage: null, hold };
const spec: SandboxSpec = {
  label: "test",
  command: ["/usr/bin/true"],
  mounts: [],
  input: null,
  limits: defaultLimits,
};
const limited = (limits: Partial<SandboxLimits>) => ({ ...defaultLimits, ...limits });

test.each([
  "--unshare-all",
  "--disable-userns",
  "--die-with-parent --as-pid-1",
  "--new-session",
  "--cap-drop ALL",
  "--clearenv",
  "--ro-bind /usr /usr",
  "--no-new-privs",
  "--reuid 60640",
  "prlimit --nproc=64",
  "--as=2147483648",
  "taskset --cpu-list 0,1",
  "--seccomp 5",
  "--remount-ro /dev --remount-ro /",
])("a sandbox is started with %s", (part) => {
  expect(sandboxCommand(tools, spec, around).join(" ")).toContain(part);
});

test("accounts are nobody else's: neither a person's, nor of systemd-homed, nor of a service that systemd starts", () => {
  expect(accounts.first).toBeGreaterThan(60_577);
  expect(accounts.first + accounts.count - 1).toBeLessThan(61_184);
});

test("without root there is no step down", () => {
  expect(sandboxCommand({ ...tools, setpriv: null }, spec, around)).not.toContain(tools.setpriv);
});

test.each([tools, { ...tools, setpriv: null }])(
  "no limit outside counts the processes of other sandboxes, of other engines or of the person",
  (here) => {
    const command = sandboxCommand(here, spec, around);
    expect(command.slice(0, command.indexOf("--unshare-all")).join(" ")).not.toContain("nproc");
  },
);

test.skipIf(!existsSync("/usr/bin/bwrap"))(
  "one whose supervisor is gone before it says go runs nothing and ends",
  async () => {
    const here = { ...tools, setpriv: process.getuid?.() === 0 ? tools.setpriv : null };
    const speak = { ...spec, command: ["/usr/bin/echo", "it ran"] } as const;
    const [program, ...args] = sandboxCommand(here, speak, around);
    const said = async (word: string) => {
      const outer = spawn(program!, args, {
        env: {},
        stdio: ["pipe", "pipe", "ignore", "pipe", "pipe", "pipe", "pipe"],
        detached: true,
      });
      const output = text(outer.stdout!);
      ((outer.stdio as readonly unknown[])[5] as Writable).end(
        encodeProgram(seccompProgram(machineOf(process.arch)!, true)),
      );
      for await (const line of createInterface(outer.stdio[4] as Readable)) if (line === "ready") break;
      outer.stdin!.end(word);
      outer.once("exit", () => ((outer.stdio as readonly unknown[])[6] as Writable).destroy());
      return await output;
    };
    expect(await said("")).toBe("");
    expect(await said("go\n")).toBe("it ran\n");
  },
);

test("where control groups hold the sum, it joins them first and each process may reserve what it likes", () => {
  const groups = { ...hold, joinFiles: ["/sys/fs/cgroup/x/cgroup.procs"], cores: null, addressSpaceBytes: null };
  const command = sandboxCommand(tools, spec, { ...around, hold: groups });
  expect(command.slice(3, 7)).toEqual(["sh", "1", "/sys/fs/cgroup/x/cgroup.procs", "-"]);
  expect(command.join(" ")).not.toMatch(/--as=|taskset/);
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

const noRegister = { add: () => undefined, remove: () => undefined, reap: () => 0 };
const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: sandboxes: bubblewrap is not installed");
const groups = hasBubblewrap ? findGroupPlaces(`sentinel-test-${process.pid}`) : undefined;
if (hasBubblewrap && groups === undefined) console.warn("SKIPPED: sandboxes in control groups: none can be made here");
const means = [...(groups === undefined ? [] : [groups]), undefined];
const described = means.map((places) => ({ places, by: places === undefined ? "each process" : "control groups" }));

describe.skipIf(!hasBubblewrap).each(described)("a real sandbox, limited by $by", ({ places }) => {
  let driver: SandboxDriver | undefined;
  beforeAll(() => {
    driver = openBubblewrap({ groups: places });
  });
  afterAll(() => driver?.close());

  const run = async (script: string, given: Partial<SandboxSpec> = {}) => {
    const output = { stdout: "", stderr: "" };
    const limits = limited({ wallMs: 30_000 });
    const command = ["/usr/bin/sh", "-c", script] as const;
    const sandbox = await driver!.start({ ...spec, command, limits, ...given }, (chunk, stream) => {
      output[stream] += Buffer.from(chunk).toString("utf8");
    });
    return { ...(await sandbox.ended), output: output.stdout, errors: output.stderr };
  };

  test("isolates, as the probe sees it", async () => {
    const checks = await probeIsolation(driver!);
    expect(checks.map(({ name }) => name)).toEqual(isolationChecks);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("keeps what all of it uses together within its memory", async () => {
    const hogs = "for i in 1 2 3; do dd if=/dev/zero of=/dev/null bs=60M count=1000000 & done; wait; sleep 600";
    const exit = await run(hogs, { limits: limited({ memoryBytes: 100 * 1024 ** 2, wallMs: 60_000 }) });
    expect(exit).toMatchObject({ reason: "memory", detail: "It used more than 100 MiB of memory." });
  });

  test("holds no more processes than it may, and what it uses can be seen", async () => {
    const limits = limited({ processes: 20, wallMs: 60_000 });
    const script = "for i in $(seq 40); do sleep 600 & done 2>/dev/null; echo; sleep 600";
    const up = Promise.withResolvers<void>();
    const sandbox = await driver!.start(
      { ...spec, command: ["/usr/bin/sh", "-c", `(${script}); sleep 600`], limits },
      () => up.resolve(),
    );
    void up;
    await expect.poll(() => sandbox.usage().processes, { timeout: 15_000 }).toBeGreaterThan(10);
    expect(sandbox.usage().processes).toBeLessThanOrEqual(24);
    expect(sandbox.usage().memoryBytes).toBeGreaterThan(0);
    sandbox.kill("cancelled");
    expect((await sandbox.ended).reason).toBe("cancelled");
  });

  test("holds them beside a sandbox of another engine, of the same account, that takes all it may", async () => {
    const other = openBubblewrap({ groups: undefined });
    const own = openBubblewrap({ groups: undefined });
    const fill = "(for i in $(seq 99); do sleep 600 & done) 2>/dev/null; echo; sleep 600";
    const start = (by: SandboxDriver) =>
      by.start({ ...spec, command: ["/usr/bin/sh", "-c", `(${fill}); sleep 600`], limits: limited({ processes: 40 }) });
    const live: Sandbox[] = [];
    try {
      // Each is its driver's first, so a root engine's have one account.
      for (const by of [other, own, other, own]) {
        live.push(await start(by));
        await expect.poll(() => live.at(-1)!.usage().processes, { timeout: 15_000 }).toBeGreaterThan(30);
      }
      for (const one of live) expect(one.usage().processes).toBeLessThanOrEqual(44);
    } finally {
      for (const one of live) one.kill("cancelled");
      await Promise.all(live.map(({ ended }) => ended));
      await Promise.all([other.close(), own.close()]);
    }
  });

  test("says in words that it could not start a process", async () => {
    const limits = limited({ processes: 1 });
    await expect(driver!.start({ ...spec, limits })).rejects.toThrow(
      "The sandbox did not start: it could not start a process (the machine, or the account, has no more of them).",
    );
  });

  test("sees nothing of the machine's files, network, processes or environment, and cannot write to it", async () => {
    process.env.SENTINEL_SECRET_FOR_TEST = "leak";
    const { output } = await run(
      "ls /etc /home /root /work 2>/dev/null; cat /proc/1/environ; echo; ls -d /proc/[0-9]* | wc -l; touch /usr/x 2>/dev/null && echo written; echo end",
    );
    delete process.env.SENTINEL_SECRET_FOR_TEST;
    expect(output).not.toContain("leak");
    expect(output).not.toMatch(/written|passwd|main|shared/);
    expect(output.trim().split("\n").at(-1)).toBe("end");
    expect(Number(/^(\d+)$/m.exec(output)?.[1])).toBeLessThan(10);
  });

  test("cannot make a namespace that would give capabilities back", async () => {
    expect((await run("unshare --user --map-root-user true && echo nested")).output).not.toContain("nested");
  });

  test("cannot fill the disk", async () => {
    const { output } = await run("dd if=/dev/zero of=/tmp/x bs=1M count=64 2>/dev/null; stat -c %s /tmp/x");
    expect(Number(output)).toBeLessThanOrEqual(defaultLimits.diskBytes);
  });

  test("ends at its time limit", async () => {
    const exit = await run("sleep 60", { limits: limited({ wallMs: 100 }) });
    expect(exit).toMatchObject({ reason: "time", code: null, detail: "It ran longer than 0.1 s." });
  });

  test("gives its command the input, to the end, and passes on what it writes and how it ends", async () => {
    const input = Buffer.from("first\nsecond");
    const exit = await run("cat; echo problem >&2; exit 7", { input });
    expect(exit).toMatchObject({ reason: "exit", code: 7, output: "first\nsecond", errors: "problem\n" });
    expect((await run("cat; echo end")).output).toBe("end\n");
  });

  test("ends when its output is over the limit, of which nothing more is passed on", async () => {
    const exit = await run("cat /dev/zero", { limits: limited({ outputBytes: 2 * 1024 ** 2 }) });
    expect(exit).toMatchObject({ reason: "output", detail: "Its output is over 2 MiB." });
    expect(exit.output).toHaveLength(2 * 1024 ** 2);
  });

  test("sees mounted files and folders where they were put, and cannot write to them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-mount-"));
    writeFileSync(join(folder, "a.txt"), "from outside", { mode: 0o644 });
    const mounts = [
      { from: folder, to: "/app/data" },
      { from: join(folder, "a.txt"), to: "/app/one.txt" },
    ];
    // A root engine's folders are closed to the account that sandboxes run as; their mounts are not.
    if (process.getuid?.() === 0) chmodSync(folder, 0o755);
    const script =
      "cat /app/data/a.txt /app/one.txt; for f in /app/data/b /app/one.txt /app/x /x /dev/x /dev/shm/x; do echo hi 2>/dev/null >$f && echo wrote $f; done";
    const { output } = await run(script, { mounts });
    rmSync(folder, { recursive: true });
    expect(output).toBe("from outsidefrom outside");
  });

  test("writes into the one folder that was made for it, and not into what is mounted beside it", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "sentinel-scratch-"));
    const own = openBubblewrap({ groups: undefined, closed: [scratch], scratch });
    try {
      for (const name of ["own", "other"]) {
        mkdirSync(join(scratch, name));
        chmodSync(join(scratch, name), 0o777);
      }
      const mounts = [
        { from: join(scratch, "own"), to: "/work/own", writable: true },
        { from: join(scratch, "other"), to: "/work/other" },
      ];
      const script =
        "for f in /work/own/a /work/other/a /work/a /usr/a /a; do echo hi 2>/dev/null >$f && echo wrote $f; done";
      const output: Buffer[] = [];
      const sandbox = await own.start({ ...spec, command: ["/usr/bin/sh", "-c", script], mounts }, (chunk) =>
        output.push(Buffer.from(chunk)),
      );
      await sandbox.ended;
      expect(Buffer.concat(output).toString()).toBe("wrote /work/own/a\n");
      // Everything else was tried from inside before that, and did not let anything through.
      expect(sandbox.isolation).toContainEqual({ name: "no write outside /tmp", passed: true, detail: "" });
      expect(readFileSync(join(scratch, "own/a"), "utf8")).toBe("hi\n");
    } finally {
      await own.close();
      rmSync(scratch, { recursive: true });
    }
  });

  test("panic ends all of them with every process inside", async () => {
    const keeper = createKeeper(driver!, noRegister, 8, systemClock);
    const forks = "for i in 1 2 3 4 5; do sleep 600 & done; sleep infinity";
    const starts = Array.from({ length: 8 }, () =>
      keeper.start({ ...spec, command: ["/usr/bin/sh", "-c", forks], limits: limited({ wallMs: null }) }),
    );
    const sandboxes = await Promise.all(starts);
    expect(await keeper.panic()).toMatchObject({ destroyed: 8, left: 0 });
    // Panic answers within two seconds; where so much else runs that the kernel needs longer, the end comes after it.
    await expect.poll(() => keeper.held, { timeout: 15_000 }).toBe(0);
    expect(sandboxes.filter(({ pid }) => markOf(pid!) !== undefined)).toEqual([]);
  });

  test("one that is starting when panic comes does not slip through", async () => {
    const keeper = createKeeper(driver!, noRegister, 8, systemClock);
    const command = ["/usr/bin/sleep", "600"] as const;
    const starting = keeper.start({ ...spec, command, limits: limited({ wallMs: 5_000 }) });
    const refused = expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
    // It is killed before it is up, and panic tells of it once it is gone.
    const upBefore = await Promise.race([
      starting.then(
        () => true,
        () => false,
      ),
      keeper.panic(),
    ]);
    expect(upBefore).not.toBe(true);
    await refused;
  });

  test("panic ends those that are coming up, and tells what is gone once it is", async () => {
    const keeper = createKeeper(driver!, noRegister, 8, systemClock);
    const command = ["/usr/bin/sleep", "600"] as const;
    const others = new Set(childrenOf(process.pid));
    const starts = Array.from({ length: 4 }, () =>
      keeper.start({ ...spec, command, limits: limited({ wallMs: null }) }),
    );
    const settled = Promise.allSettled(starts);
    await expect
      .poll(() => childrenOf(process.pid).filter((pid) => !others.has(pid)).length, { timeout: 15_000 })
      .toBe(4);
    const groups = childrenOf(process.pid).filter((pid) => !others.has(pid));
    const { destroyed, left } = await keeper.panic();
    expect(destroyed + left).toBe(4);
    expect((await settled).map((one) => one.status === "rejected" && one.reason.code)).toEqual(
      Array(4).fill("CANCELLED"),
    );
    await expect.poll(() => groups.filter((pid) => markOf(pid) !== undefined), { timeout: 15_000 }).toEqual([]);
    expect(keeper.held).toBe(0);
  });

  test("what does not go is told of, and panic is rehearsed once at a time", async () => {
    const never = new Promise<never>(() => undefined);
    const stuck = {
      pid: -1,
      isolation: [],
      ended: never,
      kill: () => undefined,
      usage: () => ({ memoryBytes: 0, processes: 0, cpuMs: 0 }),
      isAlive: () => true,
    };
    const keeper = createKeeper({ ...driver!, start: async () => stuck }, noRegister, 8, systemClock);
    await keeper.start(spec);
    expect(await keeper.panic()).toMatchObject({ destroyed: 0, left: 1 });
    const up = Promise.withResolvers<never>();
    const slow = createKeeper({ ...driver!, start: () => up.promise }, noRegister, 8, systemClock);
    const first = expect(slow.drill()).rejects.toThrow("not up");
    await expect(slow.drill()).rejects.toMatchObject({ code: "CONFLICT" });
    up.reject(new Error("not up"));
    await first;
  });
});
