import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { TestModule } from "vitest/node";
import NotesReporter from "./notes-reporter.ts";

test("tests that were skipped are told with the reason, where they say so, and those that passed at the second try", () => {
  const home = mkdtempSync(join(tmpdir(), "sentinel-notes-"));
  vi.stubEnv("SENTINEL_TEST_NOTES", join(home, "notes.json"));
  const skipped = (fullName: string, note?: string) => ({ fullName, result: () => ({ state: "skipped", note }) });
  const passed = (fullName: string, errors?: { message: string }[]) => ({
    fullName,
    diagnostic: () => ({ flaky: errors !== undefined }),
    result: () => ({ state: "passed", errors }),
  });
  const tests: Record<string, unknown[]> = {
    skipped: [skipped("a file without permission is told", "root may read everything"), skipped("in a sandbox")],
    passed: [passed("at once"), passed("at the second try", [{ message: "expected 1 to be 2" }])],
  };
  const children = { allTests: (state: string) => tests[state] } as unknown as TestModule["children"];
  new NotesReporter().onTestRunEnd([{ children }]);
  expect(JSON.parse(readFileSync(join(home, "notes.json"), "utf8"))).toEqual({
    skipped: [
      { name: "a file without permission is told", reason: "root may read everything" },
      { name: "in a sandbox", reason: null },
    ],
    again: [{ name: "at the second try", error: "expected 1 to be 2" }],
  });
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});
