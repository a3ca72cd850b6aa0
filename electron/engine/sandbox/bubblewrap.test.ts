import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { openBubblewrap, sandboxCommand } from "./bubblewrap.ts";
import { defaultLimits, type SandboxDriver } from "./driver.ts";
import { createKeeper } from "./keeper.ts";
import { probeIsolation } from "./probe.ts";
import { markOf } from "./reaper.ts";

const tools = { bwrap: "/usr/bin/bwrap", prlimit: "/usr/bin/prlimit", setpriv: "/usr/bin/setpriv" };
const spec = { command: ["/usr/bin/true"], limits: defaultLimits, captureOutput: false } as const;

test.each([
  "--unshare-all",
  "--disable-userns",
  "--die-with-parent --as-pid-1",
  "--new-session",
  "--cap-drop ALL",
  "--clearenv",
  "--ro-bind /usr /usr",
  "--no-new-privs",
  "--reuid 61240",
  "--nproc=64",
  "--as=2147483648",
])("a sandbox is started with %s", (part) => {
  expect(sandboxCommand(tools, spec, 61_240).join(" ")).toContain(part);
});

test("without root there is no step down, and no limit that would count the person's own processes", () => {
  const command = sandboxCommand({ ...tools, setpriv: null }, spec, 61_240).join(" ");
  expect(command).not.toMatch(/setpriv|nproc/);
});

const noRegister = { add: () => undefined, remove: () => undefined, reap: () => 0 };
const driver: SandboxDriver | undefined = existsSync("/usr/bin/bwrap") ? openBubblewrap() : undefined;
if (driver === undefined) console.warn("SKIPPED: sandboxes: bubblewrap is not installed");

describe.skipIf(driver === undefined)("a real sandbox", () => {
  const run = async (script: string) => {
    const sandbox = await driver!.start({
      command: ["/usr/bin/sh", "-c", script],
      limits: { ...defaultLimits, wallMs: 5_000 },
      captureOutput: true,
    });
    return await sandbox.ended;
  };

  test("isolates, as the probe sees it", async () => {
    await probeIsolation(driver!);
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
    expect(Number(/^(\d+)$/m.exec(output)?.[1])).toBeLessThan(8);
  });

  test("cannot make a namespace that would give capabilities back", async () => {
    expect((await run("unshare --user --map-root-user true && echo nested")).output).not.toContain("nested");
  });

  test("cannot fill the disk", async () => {
    const { output } = await run("dd if=/dev/zero of=/tmp/x bs=1M count=64 2>/dev/null; stat -c %s /tmp/x");
    expect(Number(output)).toBeLessThanOrEqual(defaultLimits.diskBytes);
  });

  test("ends at its time limit", async () => {
    const sandbox = await driver!.start({
      command: ["/usr/bin/sleep", "60"],
      limits: { ...defaultLimits, wallMs: 100 },
      captureOutput: false,
    });
    const started = performance.now();
    await sandbox.ended;
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("one whose supervisor is gone before it says go runs nothing and ends", async () => {
    const here = process.getuid?.() === 0 ? tools : { ...tools, setpriv: null };
    const speak = { ...spec, command: ["/usr/bin/echo", "it ran"] } as const;
    const [program, ...args] = sandboxCommand(here, speak, 61_240);
    const said = async (word: string) => {
      const outer = spawn(program!, args, { env: {}, stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"] });
      const output = text(outer.stdout!);
      expect(String(await once(outer.stdio[4] as Readable, "data"))).toBe("ready\n");
      outer.stdin!.end(word);
      return await output;
    };
    expect(await said("")).toBe("");
    expect(await said("go\n")).toBe("it ran\n");
  });

  test("panic ends all of them with every process inside", async () => {
    const keeper = createKeeper(driver!, noRegister);
    const forks = "for i in 1 2 3 4 5; do sleep 600 & done; sleep infinity";
    const starts = Array.from({ length: 8 }, () =>
      keeper.start({
        command: ["/usr/bin/sh", "-c", forks],
        limits: { ...defaultLimits, wallMs: null },
        captureOutput: false,
      }),
    );
    const sandboxes = await Promise.all(starts);
    expect(await keeper.panic()).toMatchObject({ destroyed: 8, held: 0 });
    // Panic answers within two seconds; where so much else runs that the kernel needs longer, the end comes after it.
    await expect.poll(() => keeper.held, { timeout: 15_000 }).toBe(0);
    expect(sandboxes.filter(({ pid }) => markOf(pid) !== undefined)).toEqual([]);
  });

  test("one that is starting when panic comes does not slip through", async () => {
    const keeper = createKeeper(driver!, noRegister);
    const starting = keeper.start({
      command: ["/usr/bin/sleep", "600"],
      limits: { ...defaultLimits, wallMs: 5_000 },
      captureOutput: false,
    });
    await keeper.panic();
    await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
