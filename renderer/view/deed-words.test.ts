import { expect, test } from "vitest";
import { describeDeed, describeInTheWay } from "./deed-words.ts";

test.each([
  { kind: "alert.changed", entities: 1, want: "a decision about an alert" },
  { kind: "alert.changed", entities: 1200, want: "a decision about 1,200 alerts" },
  { kind: "label.set", entities: 3, want: "a label, 3 times" },
  { kind: "of_later.made", entities: 1, want: '"of later made"' },
  { kind: "constructor", entities: 1, want: '"constructor"' },
])("what was taken back is said in words: $kind, $entities", ({ kind, entities, want }) => {
  expect(describeDeed(kind, entities)).toBe(want);
});

test("an import that a key does not undo says what does", () => {
  expect(describeInTheWay("evidence.added")).toMatch(/import evidence\..*withdraw it/);
  expect(describeInTheWay("evidence.erased")).toMatch(/erase evidence, which cannot be undone/);
});
