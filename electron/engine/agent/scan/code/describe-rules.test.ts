import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeCodeRules } from "./describe-rules.ts";

test("the page of code rules is up to date (npm run generate)", () => {
  const page = join(import.meta.dirname, "../../../../../resources/docs/code-rules.md");
  expect(readFileSync(page, "utf8")).toBe(describeCodeRules());
});
