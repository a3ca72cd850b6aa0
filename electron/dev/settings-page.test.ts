import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeSettings } from "./settings-page.ts";

test("the page of settings is up to date: npm run generate", () => {
  const page = readFileSync(join(import.meta.dirname, "../../resources/docs/settings.md"), "utf8");
  expect(page).toBe(describeSettings());
});

test("every setting says what it means", () => {
  expect(describeSettings()).not.toMatch(/\| {2}\|/);
});
