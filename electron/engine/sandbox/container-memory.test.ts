import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchContainerMemory } from "./container-memory.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "sentinel-container-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(place, path, ".."), { recursive: true });
  writeFileSync(join(place, path), text);
}

const watch = () => watchContainerMemory(place, { proc: join(place, "proc"), groups: join(place, "groups") });

test.each([
  { version: 2, own: "0::/machine/c1\n", file: "groups/machine/c1/memory.events" },
  {
    version: 1,
    own: "5:cpu,cpuacct:/other\n4:memory:/machine/c1\n0::/\n",
    file: "groups/memory/machine/c1/memory.oom_control",
  },
])("memory that ran out in a control group of version $version is seen, and not forgotten", ({ own, file }) => {
  write("proc/7/cgroup", own);
  write(file, "low 0\noom 3\noom_kill 0\n");
  const isOver = watch();
  expect(isOver(7)).toBe(false);
  write(file, "low 0\noom 3\noom_kill 1\n");
  expect(isOver(7)).toBe(true);
  rmSync(join(place, "groups"), { recursive: true });
  expect(isOver(7)).toBe(true);
});

test("the note of conmon is seen when the group went before anybody looked; without either nothing is claimed", () => {
  const isOver = watch();
  expect(isOver(7)).toBe(false);
  write("oom", "");
  expect(isOver(7)).toBe(true);
});
