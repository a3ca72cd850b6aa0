import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Writes which tests of a vitest run were skipped, and why as far as they say so: the JSON report leaves the reason out. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly Pick<TestModule, "children">[]): void {
    const path = process.env.SENTINEL_SKIPS;
    if (path === undefined) return;
    const skipped = modules.flatMap(({ children }) =>
      [...children.allTests("skipped")].map((test) => {
        const result = test.result();
        return { name: test.fullName, reason: ("note" in result ? result.note : undefined) ?? null };
      }),
    );
    writeFileSync(path, JSON.stringify(skipped));
  }
}
