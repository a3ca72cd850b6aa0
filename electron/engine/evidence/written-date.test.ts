import { describe, expect, test } from "vitest";
import { readWrittenDate } from "./written-date.ts";

const at = Date.UTC(2026, 4, 3, 16, 13, 58);

describe("readWrittenDate", () => {
  test.each<[string, number, boolean]>([
    ["Sun May 03 16:13:58 UTC 2026", at, true],
    ["Sun May  3 16:13:58 2026", at, false],
    ["Sun May 03 18:13:58 CEST 2026", at, true],
    ["Sun May 03 21:58:58 NPT 2026", at, true],
    ["Sun May 03 12:43:58 GMT-03:30 2026", at, true],
    ["Sun May 03 16:13:58 CST 2026", at, false],
    ["Sun May 03 16:13:58 constructor 2026", at, false],
  ])("%s", (text, ms, zoneKnown) => {
    expect(readWrittenDate(text)).toMatchObject({ ms, zoneKnown });
  });

  test.each([
    "",
    "2026-05-03T16:13:58Z",
    "Sun Foo 03 16:13:58 UTC 2026",
    "Sun May 03 16:13:58 UTC",
    `Sun ${" ".repeat(1e5)}`,
  ])("is none: %j", (text) => expect(readWrittenDate(text)).toBeNull());
});
