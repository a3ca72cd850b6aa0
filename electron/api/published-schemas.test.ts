import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishedSchemas } from "./published-schemas.ts";

const directory = join(import.meta.dirname, "../../resources/schemas");

test("the published JSON Schemas are those of the contract (npm run generate writes them)", () => {
  const onDisk = Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]),
  );
  expect(onDisk).toEqual(publishedSchemas());
});
