import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../flow/json.ts";
import { createSchemaCheck } from "../flow/satisfies.ts";
import { extractByRule } from "./extract-by-rule.ts";

const verdict = { enum: ["benign", "attack", "not sure"] };
const day = { type: "string", format: "date" };
const address = { type: "string", format: "email" };

test.each<{ why: string; schema: Json; from: Json[]; want: Json | undefined }>([
  { why: "one of a few words", schema: verdict, from: ["I call this an Attack."], want: "attack" },
  { why: "a phrase", schema: verdict, from: [{ said: ["not sure"] }], want: "not sure" },
  { why: "two of them", schema: verdict, from: ["attack, or benign"], want: undefined },
  { why: "a part of a word", schema: verdict, from: ["attackers"], want: undefined },
  { why: "the name of a member", schema: verdict, from: [{ attack: 1 }], want: undefined },
  { why: "an integer", schema: { type: "integer" }, from: ["It took 17 minutes, yes 17."], want: 17 },
  { why: "a number of JSON", schema: { type: "number" }, from: [{ score: -0.5 }], want: -0.5 },
  { why: "two numbers", schema: { type: "number" }, from: ["1 of 2"], want: undefined },
  {
    why: "what only looks like a number",
    schema: { type: "integer" },
    from: ["10.0.0.1 v2 1,000 2031-02-03"],
    want: undefined,
  },
  { why: "a day", schema: day, from: ["due on 2031-02-28."], want: "2031-02-28" },
  { why: "no day of the calendar", schema: day, from: ["due on 2031-02-30."], want: undefined },
  { why: "an address", schema: address, from: ["Ask <ann.b+c@corp.example>."], want: "ann.b+c@corp.example" },
  { why: "two addresses", schema: address, from: ["a@corp.example b@corp.example"], want: undefined },
  { why: "text as it comes", schema: { type: "string" }, from: ["anything"], want: undefined },
  { why: "no schema", schema: "json", from: ["1"], want: undefined },
  {
    why: "an object of these",
    schema: { type: "object", properties: { to: address, on: day }, required: ["to"] },
    from: ["To ann@corp.example"],
    want: { to: "ann@corp.example" },
  },
  {
    why: "an object of which something is missing",
    schema: { type: "object", properties: { to: address, on: day }, required: ["to", "on"] },
    from: ["To ann@corp.example"],
    want: undefined,
  },
  {
    why: "an object without anything",
    schema: { type: "object", properties: { to: address } },
    from: ["x"],
    want: undefined,
  },
])("by rule: $why", ({ schema, from, want }) => {
  expect(extractByRule(schema, from)).toEqual(want);
});

test("what is found fits, and is found in time, whatever the text", () => {
  const satisfies = createSchemaCheck();
  for (const schema of [verdict, { type: "integer" }, { type: "number" }, day, address]) {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.constantFrom("attack", "7", "2031-02-28", "a@b.example", ""),
        (text, more) => {
          const found = extractByRule(schema, [`${text} ${more}`]);
          return found === undefined || satisfies(schema, found);
        },
      ),
    );
    const from = performance.now();
    for (const unit of ["1", "a.", "a@", "-", "1.", "attac", "1-", "@a."]) extractByRule(schema, [unit.repeat(50_000)]);
    expect(performance.now() - from).toBeLessThan(2_000);
  }
});
