import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { defaultLimits } from "./driver.ts";
import type { LimitHold } from "./limit-hold.ts";
import { followSandbox, heldHere } from "./started-sandbox.ts";

test("a sandbox whose first process is gone while what started it stays is seen as such, and ended", async () => {
  // The second one holds the pipes, as a container's own keeper may.
  const child = spawn("/bin/sh", ["-c", "sleep 600 & echo $! >&2; sleep 600 & wait; sleep 600"], { detached: true });
  const [said] = (await once(child.stderr, "data")) as [Buffer];
  const pid = Number(said.toString());
  const asked: string[] = [];
  const hold: LimitHold = {
    joinFiles: [],
    attempt: { processes: 0, memoryBytes: 0 },
    cores: null,
    addressSpaceBytes: null,
    lift: () => undefined,
    usage: () => ({ memoryBytes: 0, processes: 0, cpuMs: 0 }),
    isOverMemory() {
      asked.push("memory");
      return false;
    },
    async remove() {
      asked.push("remove");
    },
  };
  const sandbox = await followSandbox({
    driver: "test",
    child,
    spec: { label: "", command: ["/bin/true"], mounts: [], input: null, limits: { ...defaultLimits, wallMs: null } },
    onOutput: () => undefined,
    holder: heldHere(child, hold, () => pid),
    gate: { checked: [] },
    startTimeoutMs: 5_000,
    signal: undefined,
  });
  expect(sandbox.isAlive()).toBe(true);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => sandbox.isAlive()).toBe(false);
  expect(await sandbox.ended).toMatchObject({ reason: "lost", code: null });
  await Promise.resolve();
  // What holds the limits is asked before it is removed.
  expect(asked.at(-1)).toBe("remove");
}, 15_000);
