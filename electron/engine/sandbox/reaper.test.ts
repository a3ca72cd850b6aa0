import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRegister, killMarked, markOf } from "./reaper.ts";

const hasProc = existsSync("/proc/self/stat");
if (!hasProc) console.warn("SKIPPED: reaper: there is no /proc");

describe.skipIf(!hasProc)("what outlives a crash", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sentinel-reaper-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function survivor() {
    const child = spawn("sleep", ["30"], { stdio: "ignore" });
    await new Promise((resolve) => child.once("spawn", resolve));
    const gone = new Promise<string | null>((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
    return { child, pid: child.pid!, gone };
  }

  test("is ended by the next start", async () => {
    const { pid, gone } = await survivor();
    createRegister(directory).add(pid);
    expect(createRegister(directory).reap()).toBe(1);
    expect(await gone).toBe("SIGKILL");
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is not mistaken for another process with the same id, nor for one of another boot", async () => {
    const { child, pid, gone } = await survivor();
    const path = join(directory, `${pid}.json`);
    createRegister(directory).add(pid);
    const mark = JSON.parse(readFileSync(path, "utf8"));
    for (const other of [{ startTime: "1" }, { bootId: "another" }]) {
      writeFileSync(path, JSON.stringify({ ...mark, ...other }));
      expect(createRegister(directory).reap()).toBe(0);
    }
    expect(child.exitCode).toBeNull();
    child.kill();
    await gone;
  });

  test("that has ended and is not yet collected is gone", async () => {
    const parent = spawn("sh", ["-c", "sleep 30 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = await once(parent.stdout, "data");
    const child = Number(line);
    const becomes = async (pid: number, state: string) => {
      while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes(`) ${state} `)) await setTimeout(5);
    };
    // A stopped parent asks for nobody's end.
    parent.kill("SIGSTOP");
    await becomes(parent.pid!, "T");
    process.kill(child, "SIGKILL");
    await becomes(child, "Z");
    expect(markOf(parent.pid!)).toBeDefined();
    expect(markOf(child)).toBeUndefined();
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });

  test("a damaged note is dropped", () => {
    writeFileSync(join(directory, "12.json"), "{");
    writeFileSync(join(directory, "13.json"), '{"pid":1,"startTime":"1","bootId":"x"}');
    expect(createRegister(directory).reap()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});

test("a process is ended only as the one that was noted", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const ended = once(child, "exit");
  await once(child, "spawn");
  const mark = markOf(child.pid!)!;
  expect(killMarked({ ...mark, startTime: "1" })).toBe(false);
  expect(killMarked({ ...mark, bootId: "another" })).toBe(false);
  expect(markOf(mark.pid)).toEqual(mark);
  expect(killMarked(mark)).toBe(true);
  await ended;
  expect(killMarked(mark)).toBe(false);
});
