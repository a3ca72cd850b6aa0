import { expect, test } from "vitest";
import { chosenEnd } from "./end-field.tsx";

const former = "2026-06-01T12:30:00.000Z";

test.each([
  { why: "a day ahead", day: "2026-07-01", want: "2026-07-01T00:00:00.000Z" },
  { why: "the first that is", day: "2026-05-02", want: "2026-05-02T00:00:00.000Z" },
  { why: "today", day: "2026-05-01", want: undefined },
  { why: "a day that is not written out", day: "", want: undefined },
  { why: "a year of five digits", day: "12026-07-01", want: undefined },
  { why: "the day that it is, left alone", day: "2026-06-01", want: former },
  { why: "no end, whatever stands in the field", day: "2026-07-01", isEndless: true, want: null },
])("an end that is chosen: $why", ({ day, isEndless = false, want }) => {
  expect(chosenEnd({ isEndless, day }, former, "2026-05-02")).toBe(want);
});

test("a rule without an end, or one that has ended, is left as it is until another day is chosen", () => {
  expect(chosenEnd({ isEndless: true, day: "" }, null, "2026-05-02")).toBeNull();
  expect(chosenEnd({ isEndless: false, day: "" }, null, "2026-05-02")).toBeUndefined();
  expect(chosenEnd({ isEndless: false, day: "2026-04-01" }, "2026-04-01T00:00:00.000Z", "2026-05-02")).toBe(
    "2026-04-01T00:00:00.000Z",
  );
});
