import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeSiem } from "./siem-page.ts";

test("the page of the formats says what the program does; npm run generate writes it", () => {
  expect(readFileSync(join(import.meta.dirname, "../../resources/docs/siem.md"), "utf8")).toBe(describeSiem());
});
