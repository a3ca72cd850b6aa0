import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { noWishes } from "./channel.ts";
import { startSupervisor } from "./fixture-supervisor.ts";

test("of a supervisor that does not come up neither a process nor a file is left", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-silent-"));
  const entry = join(folder, "silent.mjs");
  writeFileSync(entry, "setInterval(() => undefined, 60_000);\n");
  const children = () => process.getActiveResourcesInfo().filter((one) => one === "ProcessWrap").length;
  const before = children();
  vi.stubEnv("TMPDIR", folder);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    const starting = startSupervisor(noWishes, 1, entry);
    expect(children()).toBe(before + 1);
    vi.advanceTimersByTime(60_000);
    await expect(starting).rejects.toThrow("did not start in time");
    // Its handle is closed a moment after it was heard to end.
    await expect.poll(children).toBe(before);
    expect(readdirSync(folder)).toEqual(["silent.mjs"]);
  } finally {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});
