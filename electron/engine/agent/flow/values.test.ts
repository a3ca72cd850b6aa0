import fc from "fast-check";
import { expect, test } from "vitest";
import { joinLabels, labelOf } from "../../base/labels.ts";
import type { Json } from "./json.ts";
import { createValues, type Value, type Values } from "./values.ts";

/** Programs that are tried; a million by `npm run torture`. */
const runs = process.env.TORTURE === undefined ? 3000 : 10_000 * Number(process.env.TORTURE);

const user = labelOf("user", "trusted");
const web = labelOf("web", "untrusted", ["ann"]);

/** One operation on values that are there already, named by numbers. */
const Operation = fc.record({
  kind: fc.constantFrom(
    "concatenate",
    "slice",
    "select",
    "fill",
    "build",
    "choose",
    "answer",
    "result",
    "remember",
    "restart",
  ),
  a: fc.nat(),
  b: fc.nat(),
  c: fc.nat(),
});
type Step = { kind: string; a: number; b: number; c: number };

/**
 * Runs a program over texts of two alphabets: what is trusted is written in small letters, what is not in capitals.
 * @returns all values that were made
 */
function runProgram(steps: readonly Step[], capitals: string, strict: boolean): Value[] {
  let values: Values = createValues({ strict });
  let made = [
    values.give("abc", user, "typed"),
    values.give(capitals, web, "page"),
    values.give({ name: "de", list: ["f"] }, user, "typed"),
    values.give({ name: capitals, list: [capitals, capitals.length > 2] }, web, "page"),
    values.give(true, user, "typed"),
  ];
  const text = (value: Value) => typeof value.json === "string";
  for (const { kind, a, b, c } of steps) {
    const [x, y, z] = [made[a % made.length]!, made[b % made.length]!, made[c % made.length]!];
    let next: Value | null = null;
    if (kind === "concatenate" && text(x) && text(y)) next = values.concatenate([x, y]);
    if (kind === "slice" && text(x)) next = values.slice(x, b % 3, 1 + (c % 5));
    if (kind === "select") next = values.select(x, [["name"], ["list", 0], [1], ["list", 1]][b % 4]!);
    if (kind === "fill") next = values.fill(["x", x, "y", y], ({ json }) => JSON.stringify(json));
    if (kind === "build") next = values.build([x.json, { name: y.json }] as Json, [x, y]);
    if (kind === "choose") next = values.choose(x, y, z);
    if (kind === "answer")
      next = values.derive("answer", `${JSON.stringify(x.json)}`.slice(0, 40), [x, y], user, "worker");
    if (kind === "result") next = values.derive("result", [x.json] as Json, [x], user, "tool");
    if (kind === "remember") next = values.remember(x.json, x.label, [y], "memory");
    if (kind === "restart") {
      const records = JSON.parse(JSON.stringify(values.toRecords()));
      const ids = made.map(({ id }) => id);
      values = createValues({ strict, records });
      const known = new Map(values.all().map((value) => [value.id, value]));
      made = ids.map((id) => known.get(id)!);
    }
    if (next !== null && JSON.stringify(next.json).length < 2000) made = [...made, next];
  }
  return made;
}

test("whatever is made of what, no untrusted letter stands in a trusted value", () => {
  fc.assert(
    fc.property(fc.array(Operation, { maxLength: 30 }), fc.boolean(), (steps, strict) => {
      for (const { json, label } of runProgram(steps, "ABCDE", strict)) {
        if (label.integrity === "trusted") expect(JSON.stringify(json)).not.toMatch(/[A-Z]/);
        if (/[A-Z]/.test(JSON.stringify(json))) expect(label.readers).toEqual(["ann"]);
      }
    }),
    { numRuns: runs },
  );
});

test("in strict mode what untrusted text decides does not show in trusted values either", () => {
  const trusted = (values: readonly Value[]) =>
    values.filter(({ label }) => label.integrity === "trusted").map(({ json }) => JSON.stringify(json));
  fc.assert(
    fc.property(fc.array(Operation, { maxLength: 30 }), fc.constantFrom("A", "ABCDE"), (steps, capitals) => {
      expect(trusted(runProgram(steps, capitals, true))).toEqual(trusted(runProgram(steps, "BC", true)));
    }),
    { numRuns: runs },
  );
});

test("a label is the join of all that went in, and in strict mode of what decided, too", () => {
  for (const strict of [false, true]) {
    const values = createValues({ strict });
    const [typed, page, yes] = [values.give("a", user, ""), values.give("P", web, ""), values.give(true, web, "")];
    expect(values.concatenate([typed, page]).label).toEqual(joinLabels([user, web]));
    expect(values.choose(yes, typed, typed).label.integrity).toBe(strict ? "untrusted" : "trusted");
    values.observe([page]);
    expect(values.give("b", user, "").label.integrity).toBe(strict ? "untrusted" : "trusted");
  }
});

test("only what equals a trusted value can be endorsed, and who may know both may know it", () => {
  const values = createValues({ strict: false });
  const [typed, same, other] = [values.give("x@y", user, ""), values.give("x@y", web, ""), values.give("z@y", web, "")];
  expect(values.endorse(same, typed, "typed").label).toEqual({ ...user, readers: ["ann"] });
  expect(() => values.endorse(other, typed, "typed")).toThrow(/equal/);
  expect(() => values.endorse(same, same, "typed")).toThrow(/equal/);
});

test("records whose parents are missing are refused", () => {
  const values = createValues({ strict: false });
  values.slice(values.give("abc", user, ""), 0, 1);
  const records = values.toRecords();
  expect(() => createValues({ strict: false, records: records.slice(1) })).toThrow(/parent/);
});
