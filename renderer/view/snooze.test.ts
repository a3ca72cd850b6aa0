import { expect, test } from "vitest";
import { snoozeEnd } from "./snooze.ts";

test("tomorrow is nine in the morning of the next day, also at the end of a month", () => {
  const evening = new Date(2026, 0, 31, 23, 30).getTime();
  expect(new Date(snoozeEnd("tomorrow", evening))).toEqual(new Date(2026, 1, 1, 9));
  const early = new Date(2026, 0, 31, 0, 30).getTime();
  expect(new Date(snoozeEnd("tomorrow", early))).toEqual(new Date(2026, 1, 1, 9));
});

test("the others are spans", () => {
  expect([snoozeEnd("hour", 0), snoozeEnd("hours", 0), snoozeEnd("week", 0)]).toEqual([
    3_600_000, 14_400_000, 604_800_000,
  ]);
});
