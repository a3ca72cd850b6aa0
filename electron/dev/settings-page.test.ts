import { globSync, readFileSync } from "node:fs";
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

test("every variable that the program names is on the page", () => {
  const root = join(import.meta.dirname, "../..");
  const page = new Set(describeSettings().match(/SENTINEL_[A-Z0-9_]+/g));
  // What tests and developers' own tools read is theirs.
  const files = globSync("{electron,shared,renderer}/**/*.{ts,tsx}", { cwd: root }).filter(
    (file) => !/\.test\.tsx?$|fixture|electron.(dev|bench)./.test(file),
  );
  expect(files.length).toBeGreaterThan(500);
  // The beginning of names that are put together stands for any of them.
  const isKnown = (name: string) =>
    name.endsWith("_") ? [...page].some((known) => known.startsWith(name)) : page.has(name);
  const unknown = files.flatMap((file) => {
    const names = readFileSync(join(root, file), "utf8").match(/SENTINEL_[A-Z0-9_]+/g) ?? [];
    return names.filter((name) => !isKnown(name)).map((name) => `${file}: ${name}`);
  });
  expect(unknown).toEqual([]);
});
