import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Writes what the JSON report of a vitest run leaves out: which tests were skipped, and why as far as they say so; and which passed only when
 * they were tried again, with what failed before.
 */
export default class NotesReporter implements Reporter {
  onTestRunEnd(modules: readonly Pick<TestModule, "children">[]): void {
    const path = process.env.SENTINEL_TEST_NOTES;
    if (path === undefined) return;
    const skipped = modules.flatMap(({ children }) =>
      [...children.allTests("skipped")].map((test) => {
        const result = test.result();
        return { name: test.fullName, reason: ("note" in result ? result.note : undefined) ?? null };
      }),
    );
    const again = modules.flatMap(({ children }) =>
      [...children.allTests("passed")]
        .filter((test) => test.diagnostic()?.flaky === true)
        .map((test) => ({ name: test.fullName, error: test.result().errors?.[0]?.message ?? "" })),
    );
    writeFileSync(path, JSON.stringify({ skipped, again }));
  }
}
