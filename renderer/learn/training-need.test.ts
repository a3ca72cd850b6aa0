import { expect, test } from "vitest";
import type { PayloadClass } from "../../shared/payload.ts";
import { payloadClasses } from "../../shared/payload.ts";
import type { DatasetStats } from "../queries/datasets.ts";
import { tellTrainingNeed, whyNotTrain } from "./training-need.ts";

const none = payloadClasses.map(() => 0);

function statsOf(train: Partial<Record<PayloadClass, number>>, version: string | null = "v1") {
  const rows = payloadClasses.map((name) => train[name] ?? 0);
  return {
    dataset_version: version,
    by_split_class: { train: rows, validation: none, test: none },
    labels: { samples: 7, by_class: { benign: 4 } },
  } as unknown as DatasetStats;
}

test.each([
  { why: "no version", stats: statsOf({}, null), want: "there is none yet. Labelled so far: 4 ordinary, 3 attacks." },
  { why: "too few ordinary", stats: statsOf({ benign: 4, xss: 9 }), want: "has 4 ordinary and 9 attacks" },
  { why: "too few attacks", stats: statsOf({ benign: 30, xss: 2, xxe: 2 }), want: "has 30 ordinary and 4 attacks" },
  {
    why: "forgeries, which teach nothing",
    stats: statsOf({ benign: 30, csrf: 9 }),
    want: "has 30 ordinary and 0 attacks",
  },
  { why: "enough", stats: statsOf({ benign: 5, xss: 2, sql_injection: 3 }), want: null },
])("what a training lacks is told beforehand: $why", ({ stats, want }) => {
  const told = tellTrainingNeed(stats);
  if (want === null) expect(told).toBeNull();
  else expect(told).toContain(want);
});

test.each([
  { form: { isUnderWay: true, hasSeed: false, need: "more" }, want: "a training is under way" },
  { form: { isUnderWay: false, hasSeed: false, need: null }, want: "the seed is empty" },
  { form: { isUnderWay: false, hasSeed: true, need: "more" }, want: "there are too few labels" },
  { form: { isUnderWay: false, hasSeed: true, need: null }, want: null },
])("why none can be started: $want", ({ form, want }) => {
  expect(whyNotTrain(form)).toBe(want);
});
