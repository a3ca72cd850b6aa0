import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyLabel, integrities, joinLabels, Label, labelOf, mayRead, valueSources } from "./labels.ts";

const readers = fc.oneof(
  fc.constant("everyone" as const),
  fc.uniqueArray(fc.constantFrom("ann", "bob", "cem"), { maxLength: 3 }).map((names) => names.sort()),
);
const anyLabel: fc.Arbitrary<Label> = fc.record({
  integrity: fc.constantFrom(...integrities),
  readers,
  sources: fc.subarray([...valueSources]),
});

test("the join is a least upper bound: commutative, associative, idempotent, with a neutral element", () => {
  fc.assert(
    fc.property(anyLabel, anyLabel, anyLabel, (a, b, c) => {
      expect(joinLabels([a, b])).toEqual(joinLabels([b, a]));
      expect(joinLabels([joinLabels([a, b]), c])).toEqual(joinLabels([a, joinLabels([b, c])]));
      expect(joinLabels([a, a])).toEqual(a);
      expect(joinLabels([a, emptyLabel])).toEqual(a);
      expect(Label.parse(joinLabels([a, b, c]))).toBeTruthy();
    }),
  );
});

test("a join is trusted only if all are, and who may read it may read each", () => {
  fc.assert(
    fc.property(fc.array(anyLabel, { maxLength: 5 }), readers, (labels, who) => {
      const joined = joinLabels(labels);
      expect(joined.integrity === "trusted").toBe(labels.every(({ integrity }) => integrity === "trusted"));
      if (mayRead(joined.readers, who)) for (const label of labels) expect(mayRead(label.readers, who)).toBe(true);
      for (const label of labels) expect(joined.sources).toEqual(expect.arrayContaining([...label.sources]));
    }),
  );
});

test("nobody is not everybody", () => {
  expect(mayRead([], "everyone")).toBe(false);
  expect(mayRead([], ["ann"])).toBe(false);
  expect(mayRead([], [])).toBe(true);
  expect(labelOf("web", "untrusted", ["b", "a", "b"]).readers).toEqual(["a", "b"]);
});
