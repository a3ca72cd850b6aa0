import fc from "fast-check";
import { expect, test } from "vitest";
import { splitFolds } from "./split-folds.ts";

const row = fc.record({
  label: fc.constantFrom("benign", "xss", "sql_injection"),
  group: fc.integer({ min: 0, max: 60 }).map(String),
});

test("a group is in one fold, whatever the order of rows", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 200 }), fc.integer({ min: 2, max: 5 }), (rows, count) => {
      const folds = splitFolds(rows, count, "s");
      const foldOf = new Map<string, number>();
      rows.forEach(({ group }, i) => {
        expect(foldOf.get(group) ?? folds[i]).toBe(folds[i]);
        foldOf.set(group, folds[i]!);
      });
      const reversed = [...rows].reverse();
      expect([...splitFolds(reversed, count, "s")].reverse()).toEqual([...folds]);
    }),
  );
});

test("every fold has its share of every class", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ label: i % 10 === 0 ? "xss" : "benign", group: `${i >> 1}` }));
  const folds = splitFolds(rows, 5, "s");
  for (let fold = 0; fold < 5; fold++) {
    const own = rows.filter((_, i) => folds[i] === fold);
    expect(own.length).toBeGreaterThanOrEqual(190);
    expect(own.length).toBeLessThanOrEqual(210);
    expect(own.filter(({ label }) => label === "xss").length).toBeGreaterThanOrEqual(16);
    expect(own.filter(({ label }) => label === "xss").length).toBeLessThanOrEqual(24);
  }
});
