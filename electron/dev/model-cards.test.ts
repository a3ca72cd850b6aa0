import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelCards, modelFolder } from "./model-cards.ts";

test.each(Object.entries(modelCards()))("%s is up to date: npm run generate", (name, text) => {
  expect(readFileSync(join(modelFolder, name), "utf8")).toBe(text);
});
