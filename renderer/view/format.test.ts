import { expect, test } from "vitest";
import {
  formatBytes,
  formatClock,
  formatContribution,
  formatDuration,
  formatFamily,
  formatInstant,
  formatInstantsIn,
  formatPlural,
  formatScore,
  formatValue,
  fromLocalInput,
  humanise,
  nameCountry,
  shorten,
  toLocalInput,
} from "./format.ts";

test("times in UTC", () => {
  expect(formatInstant("2026-01-31T08:05:09.123Z", "utc")).toBe("2026-01-31 08:05:09");
  expect(formatClock("2026-01-31T00:05:09.003Z", "utc")).toBe("00:05:09.003");
});

test("times in words of the engine, and nothing else of them", () => {
  const words = "Values have moved since 2026-01-31T08:05:09.123Z: 7 % of x; taken 2026-02-01T00:00:00Z.";
  expect(formatInstantsIn(words, "utc")).toBe(
    "Values have moved since 2026-01-31 08:05:09: 7 % of x; taken 2026-02-01 00:00:00.",
  );
  for (const same of ["", "2026-13-99T08:05:09Z", "2026-01-31", "x2026-01-31T08:05:09Z"])
    expect(formatInstantsIn(same, "utc")).toBe(same);
});

test("a score under a threshold is never shown as the threshold", () => {
  expect(formatScore(0.7499)).toBe("0.74");
  expect(formatScore(0.75)).toBe("0.75");
  expect(formatScore(0.29)).toBe("0.29");
  expect(formatScore(1)).toBe("1.00");
});

test.each([
  [0.2134, "+0.213"],
  [-0.04, "−0.040"],
  [-0.0001, "0.000"],
])("contribution %d", (value, want) => expect(formatContribution(value)).toBe(want));

test.each([
  [null, "not available"],
  [12, "12"],
  [12345, "12,345"],
  [0.12345, "0.123"],
  [4321.7, "4,322"],
  [0.00001, "1.0e-5"],
  [0.99999, "0.999"],
  [1.0004, "1"],
])("value %d", (value, want) => expect(formatValue(value)).toBe(want));

test("sizes, durations, counts, names", () => {
  expect(formatBytes(512)).toBe("512 B");
  expect(formatBytes(1536)).toBe("1.5 KiB");
  expect(formatBytes(200 * 1024 ** 2)).toBe("200 MiB");
  expect(formatDuration(12.4)).toBe("12 ms");
  expect(formatDuration(3400)).toBe("3.4 s");
  expect(formatDuration(2 * 3_600_000 + 600_000)).toBe("2 h 10 min");
  expect(formatPlural(1, "entry", "entries")).toBe("1 entry");
  expect(formatPlural(1200, "entry", "entries")).toBe("1,200 entries");
  expect(humanise("max_entry_mb")).toBe("Max entry mb");
  expect(["NZ", "QQ", "-", "zz<b>"].map(nameCountry)).toEqual(["New Zealand", "QQ", "-", "zz<b>"]);
});

test("a typed time comes back as it was typed", () => {
  expect(fromLocalInput("2026-01-31T08:15", "utc")).toBe("2026-01-31T08:15:00.000Z");
  expect(toLocalInput("2026-01-31T08:15:00.000Z", "utc")).toBe("2026-01-31T08:15:00");
  const local = toLocalInput("2026-01-31T08:15:00.000Z", "local");
  expect(fromLocalInput(local, "local")).toBe("2026-01-31T08:15:00.000Z");
  expect(fromLocalInput("nonsense", "utc")).toBeUndefined();
  expect(fromLocalInput("", "utc")).toBeUndefined();
});

test("what is shortened hides nothing and is cut between characters", () => {
  expect(shorten("Rule 7, union", 26)).toBe("Rule 7, union");
  expect(shorten("Rule 7, \u202enoinu\u200b", 26)).toBe("Rule 7, [RLO]noinu[ZWSP]");
  expect(shorten("\u{1f600}".repeat(5), 4)).toBe(`${"\u{1f600}".repeat(3)}…`);
  expect(shorten("\u{1f600}".repeat(4), 4)).toBe("\u{1f600}".repeat(4));
});

test.each([
  ["ssti", "SSTI"],
  ["nosql_injection", "NoSQL injection"],
  ["code_injection", "code injection"],
  ["of_a_rule", "of a rule"],
])("the family %s is called %s", (family, want) => {
  expect(formatFamily(family)).toBe(want);
});
