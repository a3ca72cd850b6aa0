import type { ModelEvaluation } from "../../../shared/model-figures.ts";
import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import { families, familyIndex } from "../detect/classifier/families.ts";
import type { PayloadClassifier } from "../detect/payload.ts";
import { agreementOf } from "./agreement.ts";
import { flags, measure, type RowJudgement } from "./figures.ts";
import { type FittedRows, fittedIn } from "./fitted-rows.ts";
import { arePassed, judgeGates } from "./gates.ts";
import type { ReportedValue } from "./reported-now.ts";
import type { DatasetRow, DatasetVersion } from "./sample.ts";
import { generateHeldOut } from "./training/held-out-values.ts";
import { toEstimate, toModelFigures } from "./wire-figures.ts";

/** Reported false positives count for so long, milliseconds: 90 days. */
export const falsePositiveAgeMs: number = 90 * 24 * 3_600_000;

/** A class with fewer rows in the test split is judged on generated values too, of each at most `generatedOfClass`. */
const fewOfClass = 30;
const generatedOfClass = 60;
const leastCalls = 400;
const mostCalls = 4000;

/** A value to be judged, and what it is. */
type Known = Pick<DatasetRow, "text" | "place" | "group" | "label">;

export interface EvaluationOptions {
  readonly candidate: PayloadClassifier;
  readonly champion: PayloadClassifier;
  readonly dataset: DatasetVersion;
  /** What the candidate, and those that it goes on from, were fitted to: never what they are judged on. */
  readonly fitted: FittedRows;
  /** Every value that was reported as a false positive in the last 90 days: it has to be right, whatever version holds it. */
  readonly reported: readonly ReportedValue[];
  /** A clock that never goes back, milliseconds. */
  readonly timer: () => number;
}

/**
 * Judges a candidate and the champion on the test split of a dataset version, in the same run, and the candidate by its gates. Rows that
 * the candidate or its lineage was fitted to, or near-duplicates of them, are left out: it would be judged by what it was told.
 *
 * @returns without the moment: the caller has the clock
 */
export function evaluateCandidate(options: EvaluationOptions): Omit<ModelEvaluation, "at"> {
  const { candidate, champion, dataset, fitted, reported } = options;
  const split = dataset.rows.filter(
    ({ split, label, text }) => split === "test" && label !== "csrf" && text.trim() !== "",
  );
  const isFitted = fittedIn(fitted);
  const tested = split.filter((row) => !isFitted(row));
  const extra = generatedFor(tested, isFitted);
  const [byCandidate, byChampion] = [judgeAll(candidate, tested), judgeAll(champion, tested)];
  const onReported = reported.map((row) => ({ probabilities: ask(candidate, row) }));
  const latency = timeBoth(options, [...tested, ...extra]);
  const heldOut = { rows: split.length, fitted: split.length - tested.length, isKnown: fitted.isComplete };
  const gates = judgeGates({
    heldOut,
    candidate: byCandidate,
    champion: byChampion,
    generated: { candidate: judgeAll(candidate, extra), champion: judgeAll(champion, extra) },
    falsePositives: onReported,
    latency,
  });
  return {
    dataset_version: dataset.id,
    champion: champion.hash,
    figures: toModelFigures(measure(byCandidate)),
    champion_figures: toModelFigures(measure(byChampion)),
    latency: latencyOf(latency.candidate),
    champion_latency: latencyOf(latency.champion),
    gates,
    passed: arePassed(gates),
    agreement: toEstimate(agreementOf(byCandidate, byChampion)),
    fixed: reported.flatMap(({ id }, i) => (flags(onReported[i]!.probabilities) ? [] : [id])),
  };
}

function judgeAll(model: PayloadClassifier, rows: readonly Known[]): RowJudgement[] {
  return rows.map((row) => ({
    truth: payloadClasses.indexOf(row.label),
    probabilities: ask(model, row),
    group: row.group,
  }));
}

function ask(model: PayloadClassifier, { text, place }: Pick<Known, "text" | "place">): readonly number[] {
  return model.score(text, place === null ? undefined : { place }).probabilities;
}

/** Generated values of the classes of which there are few rows: such as no fit has. */
function generatedFor(tested: readonly Known[], isFitted: (row: Known) => boolean): Known[] {
  const counts = new Map<string, number>();
  for (const { label } of tested) counts.set(label, (counts.get(label) ?? 0) + 1);
  const out: Known[] = [];
  const taken = new Map<string, number>();
  const isNeeded = (label: PayloadClass) => label !== "csrf" && (counts.get(label) ?? 0) < fewOfClass;
  if (!payloadClasses.some(isNeeded)) return out;
  for (const { text, place, family } of generateHeldOut()) {
    const label = families[familyIndex(family)]!.class;
    const count = taken.get(label) ?? 0;
    const row = { text, place, label, group: `generated ${text}` };
    if (count >= generatedOfClass || !isNeeded(label) || isFitted(row)) continue;
    taken.set(label, count + 1);
    out.push(row);
  }
  return out;
}

/** Single calls of both models in turn, so that whatever else the machine does meets both. */
function timeBoth({ candidate, champion, timer }: EvaluationOptions, rows: readonly Known[]) {
  const times = { candidate: [] as number[], champion: [] as number[] };
  const timed = rows.slice(0, mostCalls);
  for (const row of timed.slice(0, 50)) {
    ask(candidate, row);
    ask(champion, row);
  }
  const rounds = timed.length === 0 ? 0 : Math.ceil(leastCalls / timed.length);
  for (let round = 0; round < rounds; round++) {
    timed.forEach((row, i) => {
      const order = (i + round) % 2 === 0 ? (["candidate", "champion"] as const) : (["champion", "candidate"] as const);
      for (const who of order) {
        const from = timer();
        ask(who === "candidate" ? candidate : champion, row);
        times[who].push(timer() - from);
      }
    });
  }
  return times;
}

function latencyOf(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50_ms: at(0.5), p95_ms: at(0.95), calls: sorted.length };
}
