import { describe, expect, test } from "vitest";
import type { Drift, DriftBin, DriftItem } from "../../shared/drift.ts";
import {
  describeMove,
  directionOf,
  formatP,
  formatShare,
  headlineOf,
  isRecordingChange,
  nameAlarm,
  nameBin,
} from "./drift.ts";

const bin = (told: Partial<DriftBin>): DriftBin => ({
  from: null,
  from_inside: false,
  to: null,
  to_inside: false,
  is_missing: false,
  reference: 0,
  live: 0,
  ...told,
});

const item = (told: Partial<DriftItem> = {}): DriftItem => ({
  subject: "feature",
  name: "n_requests",
  label: "Requests",
  unit: "requests",
  meaning: "",
  level: "drifted",
  is_expected: false,
  psi: 0.4,
  ks: 0.3,
  p: 0.00001,
  before: { median: 4, missing: 0 },
  after: { median: 9, missing: 0 },
  bins: [bin({ to: 4, to_inside: true, reference: 0.6, live: 0.2 }), bin({ from: 4, reference: 0.4, live: 0.8 })],
  sessions: 300,
  examples: [],
  ...told,
});

test.each([
  { told: { is_missing: true }, want: "not available" },
  { told: {}, want: "any value" },
  { told: { to: 3, to_inside: true }, want: "up to 3" },
  { told: { to: 3 }, want: "below 3" },
  { told: { from: 3 }, want: "over 3" },
  { told: { from: 3, from_inside: true }, want: "3 and more" },
  { told: { from: 0, from_inside: true, to: 0, to_inside: true }, want: "0" },
  { told: { from: 3, to: 5, to_inside: true }, want: "over 3 up to 5" },
  { told: { from: 0.25, from_inside: true, to: 0.5 }, want: "from 0.25 to below 0.5" },
])("a stretch of values: $want", ({ told, want }) => expect(nameBin(bin(told))).toBe(want));

describe("how a number moved", () => {
  test("is told by its medians and unit", () => {
    expect(describeMove(item())).toBe("median 4 → 9 requests");
    expect(
      describeMove(item({ unit: "1", before: { median: 0.1, missing: 0 }, after: { median: 0.25, missing: 0 } })),
    ).toBe("median 0.1 → 0.25");
  });

  test("with the same median by the stretch that changed most", () => {
    const same = { before: { median: 0, missing: 0 }, after: { median: 0, missing: 0 } };
    const bins = [
      bin({ from: 0, from_inside: true, to: 0, to_inside: true, reference: 0.97, live: 0.7 }),
      bin({ from: 0, reference: 0.03, live: 0.3 }),
    ];
    expect(describeMove(item({ ...same, bins, unit: "errors" }))).toBe("0 errors: 97% → 70% of sessions");
    expect(directionOf(item({ ...same, bins }))).toBe("up");
  });

  test("by what is not recorded any more, before anything else", () => {
    const gone = item({ before: { median: 4, missing: 0.03 }, after: { median: 9, missing: 0.6 } });
    expect(describeMove(gone)).toBe("not available: 3% → 60% of sessions");
    expect(isRecordingChange([gone, gone, item()])).toBe(true);
    expect(isRecordingChange([gone, item(), item()])).toBe(false);
    expect(isRecordingChange([gone])).toBe(false);
  });

  test("has a direction where it has values", () => {
    expect(directionOf(item())).toBe("up");
    expect(directionOf(item({ after: { median: 1, missing: 0 } }))).toBe("down");
    expect(directionOf(item({ ks: null, after: { median: null, missing: 1 } }))).toBeNull();
  });
});

test("shares and probabilities are short, and never rounded to nothing", () => {
  expect([0, 0.0004, 0.004, 0.123, 0.996, 1].map(formatShare)).toEqual(["0%", "<0.1%", "0.4%", "12%", "100%", "100%"]);
  expect([0, 1e-9, 0.0123, 1].map(formatP)).toEqual(["<0.0001", "<0.0001", "0.012", "1"]);
});

const reason = { kind: "feature", name: "n_requests", label: "Requests", size: 0.4, unseen: null } as const;
const drift = (told: Partial<Drift>): Drift => ({
  window: "week",
  at: "2026-06-01T12:00:00.000Z",
  since: "2026-05-25T12:00:00.000Z",
  from: null,
  to: null,
  state: "stable",
  sessions: 300,
  needed: 100,
  read: 300,
  stored: 300,
  behaviour: { hash: "a", sessions: 260, fitted_at: null, expected_until: null },
  payload: { hash: "b", reference: null, sessions: 0 },
  items: [],
  calibration: {
    labelled: 0,
    needed: 50,
    bins: [],
    error: null,
    by_chance: null,
    excess: null,
    is_off: false,
    drawn: { labelled: 0, bins: [] },
  },
  coverage: null,
  alarm: { state: "none", reasons: [], acknowledged: null, version: 0 },
  problem: null,
  ...told,
});

describe("what is said first", () => {
  test.each([
    { told: {}, want: "No drift" },
    { told: { state: "too_few" as const, sessions: 60 }, want: "Not enough to tell: 60 of 100 sessions" },
    { told: { state: "no_reference" as const }, want: "There is nothing to compare with" },
    { told: { state: "moved" as const }, want: "No drift; some numbers moved a little" },
    { told: { state: "drifted" as const, items: [item()] }, want: "1 number drifted in this stretch of time" },
    {
      told: {
        state: "drifted" as const,
        behaviour: { hash: "a", sessions: 9, fitted_at: null, expected_until: { sessions: 120, needed: 200 } },
      },
      want: "The shipped model knows other applications",
    },
  ])("$want", ({ told, want }) => expect(headlineOf(drift(told)).title).toBe(want));

  test("is the alarm where there is one, with the first names of what drifted", () => {
    const reasons = ["Requests", "Errors", "Pace", "Depth"].map((label) => ({
      ...reason,
      label,
      since: "2026-06-01T12:00:00.000Z",
    }));
    const raised = { state: "raised" as const, reasons, acknowledged: null, version: 1 };
    expect(headlineOf(drift({ state: "drifted", alarm: raised }))).toMatchObject({
      tone: "danger",
      title: "Drift: Requests, Errors, Pace and 1 more",
    });
    const quiet = {
      ...raised,
      state: "acknowledged" as const,
      acknowledged: { by: "ana", at: "2026-06-01T12:00:00.000Z" },
    };
    expect(headlineOf(drift({ state: "drifted", alarm: quiet }))).toMatchObject({ tone: "warn" });
  });
});

test("an alarm is told once: by what it is about and since when", () => {
  const alarm = (since: string, state: "raised" | "acknowledged" = "raised") =>
    nameAlarm({ state, reasons: [{ ...reason, since }], acknowledged: null, version: 0 });
  expect(alarm("2026-06-01T12:00:00.000Z")).toBe(alarm("2026-06-01T12:00:00.000Z"));
  expect(alarm("2026-06-01T12:00:00.000Z")).not.toBe(alarm("2026-06-02T12:00:00.000Z"));
  expect(alarm("2026-06-01T12:00:00.000Z", "acknowledged")).toBe("");
});
