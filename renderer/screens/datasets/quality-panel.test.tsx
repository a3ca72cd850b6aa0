import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { DatasetCounts, Quality } from "../../../shared/dataset.ts";
import type { TrainingRecord } from "../../../shared/model.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { QualityPanel } from "./quality-panel.tsx";

const counts = {
  rows: 1000,
  by_class: { benign: 1000 },
  by_split_class: { train: [], validation: [], test: payloadClasses.map(() => 1) },
} as unknown as DatasetCounts;
const quality = { balance: 1, median_age_days: 1, oldest_age_days: 1 } as Quality;

/** The row of the doubted labels: what is heard of it, and its figure. */
function rowOf(training: Partial<TrainingRecord> | null): string {
  const page = renderToStaticMarkup(
    <QualityPanel quality={quality} counts={counts} training={training as TrainingRecord | null} />,
  );
  const row = page.split("<tr").find((part) => part.includes("Doubted labels")) ?? "";
  return row.replace(/^[^>]*>|<svg.*?<\/svg>|<[^>]+>/g, " ").replace(/\s+/g, " ");
}

test.each([
  { why: "few are in order", training: { doubted: 4 }, want: [": in order", "4 (0 %)"] },
  { why: "many are to be looked at", training: { doubted: 40 }, want: [": look at this", "40 (4 %)"] },
  { why: "without a training nothing is known", training: null, want: [": not known", "–"] },
  { why: "a training that did not keep them tells none", training: {}, want: [": not known"] },
])("of labels that a cross-validation doubts $why", ({ training, want }) => {
  const row = rowOf(training);
  for (const words of want) expect(row).toContain(words);
});
