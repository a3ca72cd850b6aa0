import { expect, test } from "vitest";
import { shownOf } from "./shown.ts";

const items = ["a", "b", "c", "d", "e"];

test.each([
  { count: 5, index: -1, want: "abcde" },
  { count: 2, index: -1, want: "ab" },
  { count: 2, index: 1, want: "ab" },
  { count: 2, index: 4, want: "abe" },
  { count: 9, index: 4, want: "abcde" },
])("of a long list its beginning is drawn, and the row that is looked at: $want", ({ count, index, want }) => {
  expect(shownOf(items, count, index).join("")).toBe(want);
});
