import fc from "fast-check";
import { expect, test } from "vitest";
import { isQuiet, minuteOfDay, msUntilNotice, noticeText, readQuietHours } from "./notice.ts";

const torture = Number(import.meta.env.TORTURE ?? 1);
const minute = 60_000;
const hour = 60 * minute;
const night = { from: 22 * 60, until: 7 * 60 };
const utc = (at: number) => minuteOfDay(at, "utc");

/** Minutes since midnight on the clocks of a place. */
function clocksOf(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (at) => {
    const [hours, minutes] = format.format(at).split(":").map(Number);
    return hours! * 60 + minutes!;
  };
}

test.each([
  { from: "22:00", until: "07:00", want: night },
  { from: "00:00", until: "23:59", want: { from: 0, until: 1439 } },
  { from: "", until: "", want: null },
  { from: "22:00", until: "", want: null },
  { from: "08:00", until: "08:00", want: null },
])("quiet from $from until $until", ({ from, until, want }) => expect(readQuietHours(from, until)).toEqual(want));

test.each([
  { at: "21:59", quiet: false },
  { at: "22:00", quiet: true },
  { at: "00:00", quiet: true },
  { at: "06:59", quiet: true },
  { at: "07:00", quiet: false },
])("from 22:00 until 07:00, $at is quiet: $quiet", ({ at, quiet }) => {
  const [hours, minutes] = at.split(":").map(Number);
  expect(isQuiet(hours! * 60 + minutes!, night)).toBe(quiet);
});

test.each<{ why: string; now: string; lastAt?: string; everyMs?: number; quiet?: typeof night | null; want: number }>([
  { why: "the first one at once", now: "2026-03-10T12:00:00Z", want: 0 },
  { why: "the next after the limit", now: "2026-03-10T12:00:10Z", lastAt: "2026-03-10T12:00:00Z", want: 50_000 },
  { why: "at once when the limit is over", now: "2026-03-10T12:05:00Z", lastAt: "2026-03-10T12:00:00Z", want: 0 },
  {
    why: "a clock that was set back waits no longer than the limit",
    now: "2026-03-10T10:00:00Z",
    lastAt: "2026-03-10T12:00:00Z",
    want: minute,
  },
  { why: "in the evening for the morning", now: "2026-03-10T23:30:30Z", quiet: night, want: 7.5 * hour - 30_000 },
  { why: "in the small hours for the morning", now: "2026-03-10T06:59:59Z", quiet: night, want: 1000 },
  { why: "when quiet hours end", now: "2026-03-10T07:00:00Z", quiet: night, want: 0 },
  {
    why: "the limit that ends within quiet hours",
    now: "2026-03-10T21:59:30Z",
    lastAt: "2026-03-10T21:59:00Z",
    quiet: night,
    want: 9 * hour + 30_000,
  },
  { why: "within a day", now: "2026-03-10T12:15:00Z", quiet: { from: 12 * 60, until: 13 * 60 }, want: 45 * minute },
  { why: "nearly a whole day", now: "2026-03-10T12:00:00Z", quiet: { from: 720, until: 719 }, want: 1439 * minute },
])("a notification waits: $why", ({ now, lastAt, everyMs = minute, quiet = null, want }) => {
  const last = lastAt === undefined ? null : Date.parse(lastAt);
  expect(msUntilNotice({ now: Date.parse(now), lastAt: last, everyMs, quiet, minuteOf: utc })).toBe(want);
});

test.each([
  {
    why: "the night the clocks go forward is an hour shorter",
    now: "2026-03-28T22:00:00Z",
    want: 7 * hour,
    quiet: { from: 22 * 60, until: 7 * 60 },
  },
  {
    why: "the night they go back is an hour longer",
    now: "2026-10-24T21:00:00Z",
    want: 9 * hour,
    quiet: { from: 22 * 60, until: 7 * 60 },
  },
  {
    why: "an end in the hour that is left out comes with the hour behind it",
    now: "2026-03-29T00:30:00Z",
    want: 30 * minute,
    quiet: { from: 0, until: 150 },
  },
  {
    why: "an end in the hour that comes twice is its first one",
    now: "2026-10-25T00:00:00Z",
    want: 30 * minute,
    quiet: { from: 0, until: 150 },
  },
  { why: "an ordinary night", now: "2026-06-10T21:00:00Z", want: 8 * hour, quiet: { from: 22 * 60, until: 7 * 60 } },
])("in Berlin, $why", ({ now, want, quiet }) => {
  const at = Date.parse(now);
  expect(msUntilNotice({ now: at, lastAt: null, everyMs: 0, quiet, minuteOf: clocksOf("Europe/Berlin") })).toBe(want);
});

test("whatever the rules are, it waits a bounded time, and then it is not quiet", () => {
  const minuteInDay = fc.nat(1439);
  const clocks = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"].map(clocksOf);
  fc.assert(
    fc.property(
      fc.date({ min: new Date("2026-01-01"), max: new Date("2027-01-01"), noInvalidDate: true }),
      fc.tuple(minuteInDay, minuteInDay).filter(([from, until]) => from !== until),
      fc.option(fc.integer({ min: -(10 ** 8), max: 10 ** 8 })),
      fc.constantFrom(...clocks),
      (date, [from, until], since, minuteOf) => {
        const now = date.getTime();
        const quiet = { from, until };
        const lastAt = since === null ? null : now - since;
        const wait = msUntilNotice({ now, lastAt, everyMs: 5 * minute, quiet, minuteOf });
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(25 * hour + 5 * minute);
        expect(isQuiet(minuteOf(now + wait), quiet)).toBe(false);
      },
    ),
    { numRuns: 30 * torture },
  );
});

test("what is said are counts and severities, the worst first", () => {
  expect(noticeText({ low: 0, medium: 0, high: 1, critical: 0, drift: 0 })).toEqual({
    title: "1 new alert",
    body: "1 high. Click to see them.",
    of: "alerts",
  });
  expect(noticeText({ low: 3, medium: 0, high: 12, critical: 2, drift: 1 })).toEqual({
    title: "17 new alerts and the drift alarm",
    body: "2 critical, 12 high, 3 low. Click to see them.",
    of: "alerts",
  });
});

test("of watched traffic it says that, and neither where nor what", () => {
  const none = { low: 0, medium: 0, high: 0, critical: 0 };
  expect(noticeText({ ...none, watched: 2, drift: 1 })).toEqual({
    title: "Watched traffic and the drift alarm",
    body: "Requests came in that meet a watch. Click to see them.",
    of: "watched",
  });
  expect(noticeText({ ...none, low: 1, watched: 2 })).toMatchObject({
    title: "1 new alert, watched traffic",
    of: "alerts",
  });
});

test("of drift alone it says that, and not what drifted", () => {
  expect(noticeText({ low: 0, medium: 0, high: 0, critical: 0, drift: 1 })).toMatchObject({
    title: "Drift alarm",
    of: "drift",
  });
});
