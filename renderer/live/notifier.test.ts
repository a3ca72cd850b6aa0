import { expect, test } from "vitest";
import type { QuietHours } from "../view/notice.ts";
import { createNotifier } from "./notifier.ts";

const noon = Date.parse("2026-03-10T12:00:00Z");

/** A notifier under a clock that the test moves. */
function setUp(quiet: QuietHours | null = null, everyMs = 60_000) {
  let now = noon;
  let timers: { at: number; run: () => void }[] = [];
  const shown: string[] = [];
  const state = { isAttended: false, isOn: true };
  const hear = createNotifier({
    now: () => now,
    later: (ms, run) => timers.push({ at: now + ms, run }),
    isAttended: () => state.isAttended,
    rules: () => (state.isOn ? { everyMs, quiet, zone: "utc" } : null),
    show: ({ title }) => shown.push(`${new Date(now).toISOString().slice(11, 19)} ${title}`),
  });
  const advance = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const due = timers.filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      timers = timers.filter((t) => t !== due);
      now = due.at;
      due.run();
    }
    now = end;
  };
  return { hear, advance, shown, state };
}

test("the first is told at once, what follows within the limit together at its end", () => {
  const { hear, advance, shown } = setUp();
  hear(["high"]);
  for (let i = 0; i < 50; i++) {
    advance(1000);
    hear(["critical", "high"]);
  }
  advance(120_000);
  expect(shown).toEqual(["12:00:00 1 new alert", "12:01:00 100 new alerts"]);
});

test("a flood of an hour makes one notification a minute, and none is lost", () => {
  const { hear, advance, shown } = setUp();
  for (let i = 0; i < 3600; i++) {
    hear(["high"]);
    advance(1000);
  }
  advance(60_000);
  expect(shown.length).toBeLessThanOrEqual(61);
  expect(shown.reduce((sum, text) => sum + Number(/ (\d[\d,]*) new/.exec(text)?.[1]), 0)).toBe(3600);
});

test("quiet hours are waited for, and what came in them is told at their end", () => {
  const { hear, advance, shown } = setUp({ from: 11 * 60, until: 13 * 60 });
  hear(["high"]);
  advance(30 * 60_000);
  hear(["low", "low"]);
  advance(2 * 3_600_000);
  expect(shown).toEqual(["13:00:00 3 new alerts"]);
});

test("who looks at the window needs no notification, now or later", () => {
  const { hear, advance, shown, state } = setUp();
  state.isAttended = true;
  hear(["high"]);
  state.isAttended = false;
  advance(300_000);
  expect(shown).toEqual([]);
  hear(["high"]);
  hear(["high"]);
  state.isAttended = true;
  advance(300_000);
  expect(shown).toEqual(["12:05:00 1 new alert"]);
});

test("switched off meanwhile, nothing is told", () => {
  const { hear, advance, shown, state } = setUp();
  hear(["high"]);
  hear(["high"]);
  state.isOn = false;
  advance(300_000);
  expect(shown).toHaveLength(1);
});

test("the drift alarm is told by the same rules, alone or with alerts", () => {
  const { hear, advance, shown } = setUp();
  hear(["drift"]);
  hear(["drift", "high"]);
  advance(60_000);
  expect(shown).toEqual(["12:00:00 Drift alarm", "12:01:00 1 new alert and the drift alarm"]);
});
