import { expect, test } from "vitest";
import { fromField, spanOf, toField } from "./shift-range.ts";

test("the last hours end now", () => {
  const now = Date.UTC(2026, 5, 1, 12);
  expect(spanOf({ kind: "last", hours: 8 }, now)).toEqual({
    from: "2026-06-01T04:00:00.000Z",
    to: "2026-06-01T12:00:00.000Z",
  });
  const between = { from: "2026-06-01T00:00:00.000Z", to: "2026-06-01T01:00:00.000Z" };
  expect(spanOf({ kind: "between", ...between }, now)).toEqual(between);
});

test.each([
  { text: "2026-06-01T04:30", read: "2026-06-01T04:30:00.000Z" },
  { text: "", read: null },
  { text: "2026-06-01", read: null },
  { text: "2026-13-01T04:30", read: null },
])("a field that says $text", ({ text, read }) => {
  expect(fromField(text)).toBe(read);
  if (read !== null) expect(toField(read)).toBe(text);
});
