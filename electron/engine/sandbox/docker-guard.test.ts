import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { followGuard, guardScript } from "./docker-guard.ts";

describe.skipIf(process.platform === "win32")("the guard", () => {
  test.each([
    {
      groups: "version 1",
      files: {
        "memory/memory.usage_in_bytes": "4096\n",
        "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        "pids/pids.current": "5\n",
        "cpuacct/cpuacct.usage": "7000000\n",
      },
    },
    {
      groups: "version 2",
      files: {
        "memory.current": "4096\n",
        "memory.events": "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n",
        "pids.current": "5\n",
        "cpu.stat": "usage_usec 7000\nuser_usec 1\nsystem_usec 2\n",
      },
    },
  ])("says what control groups of $groups tell, for each line, and ends with its input", ({ files }) => {
    const folder = mkdtempSync(join(tmpdir(), "sentinel-guard-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const script = guardScript.replace("/sys/fs/cgroup", folder);
    const { stdout, status } = spawnSync("/bin/sh", ["-c", script], { input: "1\n2\n", encoding: "utf8" });
    expect([stdout, status]).toEqual(["1|4096|5|7000000|2\n2|4096|5|7000000|2\ngone\n", 0]);
    rmSync(folder, { recursive: true });
  });

  test("is followed from its first word to its last, whenever its container is removed", async () => {
    const script = "while read -r n; do echo $n'|4096|5|7000000|2'; done; echo gone; read -r never; sleep 600";
    const child = spawn("/bin/sh", ["-c", script], { stdio: "pipe", detached: true });
    const guard = await followGuard(child, 20_000);
    expect(await guard.look()).toEqual({ memoryBytes: 4096, processes: 5, cpuMs: 7, kills: 2 });
    expect(guard.isAlive()).toBe(true);
    guard.end();
    await guard.gone;
    expect(guard.isAlive()).toBe(false);
    expect((await guard.look()).kills).toBe(2);
    expect(child.exitCode).toBeNull();
    process.kill(-child.pid!, "SIGKILL");
    await guard.removed;
  });

  test("that does not come up is told with what was complained of", async () => {
    const child = spawn("/bin/sh", ["-c", "echo 'no such image' >&2; exit 125"], { stdio: "pipe" });
    await expect(followGuard(child, 20_000)).rejects.toThrow("The sandbox did not start: no such image.");
  });
});
