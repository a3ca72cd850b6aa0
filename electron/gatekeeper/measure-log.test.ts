import { expect, test } from "vitest";
import { type GateMeasure, otherRoutes, otherRules } from "../../shared/gate-measure.ts";
import { createMeasureLog, type Measured } from "./measure-log.ts";

const at = Date.UTC(2026, 0, 5, 8, 30);
const request = (route: string, more: Partial<Measured> = {}): Measured => ({
  route,
  deed: null,
  lookMs: 0.2,
  rules: new Map(),
  ...more,
});
const openLog = (most?: number) => createMeasureLog({ next: 1, measures: [] }, () => 1, most);
const sum = (measures: readonly GateMeasure[], of: (one: GateMeasure) => boolean) =>
  measures.filter(of).reduce((all, { requests }) => all + requests, 0);

test("requests are counted by hour, route and rule, with what was done and the steps of their times", () => {
  const log = openLog();
  const rules = new Map([
    ["a", { deed: "blocked" as const, ms: 0.03 }],
    ["b", { deed: null, ms: null }],
  ]);
  log.note(request("/s", { deed: "blocked", lookMs: 0.3, rules }), at);
  log.note(request("/s", { lookMs: 90 }), at);
  log.note(request("/t", { lookMs: null }), at + 3_600_000);
  const { measures, more } = log.take(0, 100);
  expect(more).toBe(false);
  expect(measures.map(({ hour, route, rule, requests }) => [hour.slice(11, 13), route, rule, requests])).toEqual([
    ["08", "/s", null, 2],
    ["08", "/s", "a", 1],
    ["08", "/s", "b", 1],
    ["09", "/t", null, 1],
  ]);
  expect(measures[0]).toMatchObject({
    deeds: { logged: 0, tagged: 0, challenged: 0, blocked: 1 },
    times: { timed: 2, max_us: 90_000, steps: [0, 0, 0, 1, 0, 0, 0, 0, 0, 1] },
  });
  expect(measures[0]!.times.sum_us).toBeCloseTo(90_300, 6);
  expect(measures[1]).toMatchObject({
    deeds: { blocked: 1 },
    times: { timed: 1, steps: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  });
  expect(measures[2]).toMatchObject({ deeds: { blocked: 0 }, times: { timed: 0 } });
  expect(measures[3]!.times.timed).toBe(0);
});

test("what was taken is closed: later requests are another entry, and nothing counts twice", () => {
  const log = openLog();
  log.note(request("/s"), at);
  const first = log.take(0, 100).measures;
  // Asked once more, because the answer was lost.
  expect(log.take(0, 100).measures).toEqual(first);
  log.note(request("/s"), at);
  const second = log.take(first.at(-1)!.seq, 100).measures;
  expect(second.map(({ seq, requests }) => [seq > first.at(-1)!.seq, requests])).toEqual([[true, 1]]);
  const again = createMeasureLog(log.kept(), () => 1);
  expect(again.take(first.at(-1)!.seq, 100).measures).toEqual(second);
});

test("however many paths and rules there are, entries are bounded and no request is lost from the count", () => {
  const log = openLog();
  for (let i = 0; i < 3000; i++) {
    const rules = new Map([0, 1, 2].map((k) => [`rule-${(i * 3 + k) % 900}`, { deed: null, ms: null }]));
    log.note(request(`/p${i}`, { rules }), at);
  }
  const { measures } = log.take(0, 10_000);
  expect(measures.length).toBeLessThanOrEqual(201 + 2000 + 201);
  expect(sum(measures, ({ rule }) => rule === null)).toBe(3000);
  expect(sum(measures, ({ route, rule }) => rule === null && route === otherRoutes)).toBe(2800);
  expect(measures.some(({ route, rule }) => route === otherRoutes && rule === otherRules)).toBe(true);
  // The next hour has room again.
  log.note(request("/new"), at + 3_600_000);
  expect(log.take(measures.at(-1)!.seq, 10).measures).toMatchObject([{ route: "/new" }]);
});

test("the oldest entries go first where nobody comes, and that is told", () => {
  const log = openLog(3);
  for (let hour = 0; hour < 5; hour++) log.note(request("/s"), at + hour * 3_600_000);
  const { measures, dropped } = log.take(0, 10);
  expect(measures.map(({ hour }) => hour.slice(11, 13))).toEqual(["10", "11", "12"]);
  expect(dropped).toBe(2);
});

test("rules are timed for the first hundred requests of an hour, and for a share of those after them", () => {
  let drawn = 0.99;
  const log = createMeasureLog({ next: 1, measures: [] }, () => drawn);
  for (let i = 0; i < 100; i++) {
    expect(log.times(at)).toBe(true);
    log.note(request("/s"), at);
  }
  expect(log.times(at)).toBe(false);
  drawn = 0.01;
  expect(log.times(at)).toBe(true);
  drawn = 0.99;
  expect(log.times(at + 3_600_000)).toBe(true);
});
