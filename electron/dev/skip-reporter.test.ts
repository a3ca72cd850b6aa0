import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { TestModule } from "vitest/node";
import SkipReporter from "./skip-reporter.ts";

test("the list of skipped tests says why, where they say so", () => {
  const home = mkdtempSync(join(tmpdir(), "sentinel-skips-"));
  vi.stubEnv("SENTINEL_SKIPS", join(home, "skips.json"));
  const skipped = (fullName: string, note?: string) => ({ fullName, result: () => ({ state: "skipped", note }) });
  const tests = [skipped("a file without permission is told", "root may read everything"), skipped("in a sandbox")];
  const children = {
    allTests: (state: string) => (state === "skipped" ? tests : []),
  } as unknown as TestModule["children"];
  new SkipReporter().onTestRunEnd([{ children }]);
  expect(JSON.parse(readFileSync(join(home, "skips.json"), "utf8"))).toEqual([
    { name: "a file without permission is told", reason: "root may read everything" },
    { name: "in a sandbox", reason: null },
  ]);
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});
