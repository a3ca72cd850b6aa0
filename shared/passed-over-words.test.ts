import { expect, test } from "vitest";
import { passedOverWords } from "./passed-over-words.ts";

test.each([
  { why: "nothing where nothing was counted", passed_over: {}, want: null },
  { why: "one", passed_over: { data: 1 }, want: "1 entry is no HTTP request and was passed over: 1 data." },
  {
    why: "many, the most frequent first",
    passed_over: { blob: 2, other: 1, data: 1200 },
    want: "1,203 entries are no HTTP requests and were passed over: 1,200 data, 2 blob, 1 of other schemes.",
  },
])("tells $why", ({ passed_over, want }) => {
  expect(passedOverWords({ passed_over })).toBe(want);
});
