import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { EvidenceCreated, EvidenceReady, SentinelVerdict } from "../../shared/fleet.ts";
import { publishedSchemas } from "./published-schemas.ts";

const directory = join(import.meta.dirname, "../../resources/schemas");

test("the published JSON Schemas are those of the contract (npm run generate writes them)", () => {
  const onDisk = Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]),
  );
  expect(onDisk).toEqual(publishedSchemas());
});

test.each(Object.entries(publishedSchemas()).filter(([name]) => name.startsWith("message-")))(
  "a field that is added later breaks no reader of %s, at any depth",
  (_name, text) => {
    expect(text).not.toContain('"additionalProperties": false');
  },
);

test.each([EvidenceCreated, EvidenceReady, SentinelVerdict])("nor a reader of ours", (schema) => {
  expect(JSON.stringify(z.toJSONSchema(schema, { io: "input" }))).not.toContain('"additionalProperties":false');
});
