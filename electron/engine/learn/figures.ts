import { payloadClasses } from "../../../shared/payload.ts";
import { type Interval, wilson } from "../base/proportions.ts";
import { bootstrapGroups } from "./intervals.ts";
import { benignClass } from "./training/calibrate.ts";
import { createRandom } from "./training/random.ts";
import { likeliestOf } from "./training/score.ts";

/** What a model said of one labelled row. Classes are positions in `payloadClasses`. */
export interface RowJudgement {
  readonly truth: number;
  /** Calibrated, in the order of `payloadClasses`. */
  readonly probabilities: ArrayLike<number>;
  readonly group: string;
}

/** How a model did on labelled rows. */
export interface Figures {
  readonly rows: number;
  readonly attacks: number;
  readonly benign: number;
  /** Share of flagged rows that are attacks. Proportions have Wilson's interval. */
  readonly precision: Interval;
  /** Share of attacks that are flagged. */
  readonly recall: Interval;
  /** Share of ordinary rows that are flagged. */
  readonly fpr: Interval;
  /** Harmonic mean of precision and recall; its interval by bootstrap over groups, as the calibration error's. */
  readonly f1: Interval;
  /** Expected calibration error of the likeliest class. */
  readonly calibrationError: Interval;
  readonly classes: readonly ClassFigures[];
  /** confusion[truth][said], by likeliest class. */
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: readonly ReliabilityBin[];
  /** From the strictest threshold to the loosest, for "attack". */
  readonly curve: readonly CurvePoint[];
}

export interface ClassFigures {
  /** Position in `payloadClasses`. */
  readonly class: number;
  readonly rows: number;
  readonly recall: Interval;
  readonly precision: Interval;
}

/** Rows of like confidence: mean confidence and share that was right. */
export interface ReliabilityBin {
  readonly confidence: number;
  readonly right: Interval;
  readonly rows: number;
}

export interface CurvePoint {
  /** Rows at least this likely to be an attack are flagged. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** Whether a row is flagged: benign is less likely than not. */
export function flags(probabilities: ArrayLike<number>): boolean {
  return probabilities[benignClass]! < 0.5;
}

const bins = 15;
const curvePoints = 60;

/** Figures of a model's judgements. The same judgements, in any order of rows that have the same groups, give the same figures. */
export function measure(judgements: readonly RowJudgement[]): Figures {
  const attacks = judgements.filter(({ truth }) => truth !== benignClass);
  const benign = judgements.length - attacks.length;
  const flagged = judgements.filter(({ probabilities }) => flags(probabilities));
  const hits = flagged.filter(({ truth }) => truth !== benignClass).length;
  const groups = numberGroups(judgements);
  const ties = tiesOf(judgements, groups);
  return {
    rows: judgements.length,
    attacks: attacks.length,
    benign,
    precision: wilson(hits, flagged.length),
    recall: wilson(hits, attacks.length),
    fpr: wilson(flagged.length - hits, benign),
    f1: f1Of(judgements, groups),
    calibrationError: calibrationErrorOf(ties, groups.count, judgements.length),
    classes: classesOf(judgements),
    confusion: confusionOf(judgements),
    reliability: reliabilityOf(ties, judgements.length),
    curve: curveOf(judgements),
  };
}

interface Groups {
  readonly count: number;
  /** Group of each judgement. */
  readonly of: Int32Array;
}

/** Groups numbered in the order of their names, so that the order of rows does not matter. */
function numberGroups(judgements: readonly RowJudgement[]): Groups {
  const names = [...new Set(judgements.map(({ group }) => group))].sort();
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { count: names.length, of: Int32Array.from(judgements, ({ group }) => numbers.get(group)!) };
}

function f1Of(judgements: readonly RowJudgement[], groups: Groups): Interval {
  const hits = new Int32Array(groups.count);
  const wrong = new Int32Array(groups.count);
  judgements.forEach(({ truth, probabilities }, i) => {
    const isAttack = truth !== benignClass;
    const isFlagged = flags(probabilities);
    if (isAttack && isFlagged) hits[groups.of[i]!]!++;
    else if (isAttack !== isFlagged) wrong[groups.of[i]!]!++;
  });
  const figure = (times: Int32Array) => {
    let hit = 0;
    let missed = 0;
    for (let g = 0; g < times.length; g++) {
      hit += times[g]! * hits[g]!;
      missed += times[g]! * wrong[g]!;
    }
    return hit + missed === 0 ? Number.NaN : (2 * hit) / (2 * hit + missed);
  };
  return bootstrapGroups(groups.count, figure, createRandom("f1"));
}

/** Rows of one confidence, least sure first. They are in one bin: which of them came first tells nothing. */
interface Tie {
  readonly confidence: number;
  readonly rows: readonly { readonly right: number; readonly group: number }[];
}

function tiesOf(judgements: readonly RowJudgement[], groups: Groups): Tie[] {
  const ties = new Map<number, { right: number; group: number }[]>();
  judgements.forEach(({ truth, probabilities }, i) => {
    const said = likeliestOf(probabilities);
    const confidence = probabilities[said]!;
    const rows = ties.get(confidence) ?? [];
    rows.push({ right: Number(said === truth), group: groups.of[i]! });
    ties.set(confidence, rows);
  });
  return [...ties].map(([confidence, rows]) => ({ confidence, rows })).sort((a, b) => a.confidence - b.confidence);
}

/** 15 bins of equal mass: Nguyen & O'Connor 2015; Guo et al. 2017. */
function calibrationErrorOf(ties: readonly Tie[], groups: number, rows: number): Interval {
  const gaps = new Float64Array(bins);
  const figure = (times: Int32Array) => {
    let total = 0;
    for (const tie of ties) for (const { group } of tie.rows) total += times[group]!;
    gaps.fill(0);
    let seen = 0;
    for (const tie of ties) {
      let mass = 0;
      let gap = 0;
      for (const { right, group } of tie.rows) {
        mass += times[group]!;
        gap += times[group]! * (tie.confidence - right);
      }
      gaps[binOf(seen + mass / 2, total)]! += gap;
      seen += mass;
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / Math.max(1, total);
  };
  return bootstrapGroups(groups, figure, createRandom("calibration"), rows > 10_000 ? 100 : 400);
}

function binOf(middle: number, total: number): number {
  return Math.min(bins - 1, Math.floor((bins * middle) / Math.max(1, total)));
}

function reliabilityOf(ties: readonly Tie[], total: number): ReliabilityBin[] {
  const found = Array.from({ length: bins }, () => ({ confidence: 0, right: 0, rows: 0 }));
  let seen = 0;
  for (const { confidence, rows } of ties) {
    const bin = found[binOf(seen + rows.length / 2, total)]!;
    bin.confidence += confidence * rows.length;
    bin.right += rows.reduce((sum, { right }) => sum + right, 0);
    bin.rows += rows.length;
    seen += rows.length;
  }
  return found
    .filter(({ rows }) => rows > 0)
    .map(({ confidence, right, rows }) => ({ confidence: confidence / rows, right: wilson(right, rows), rows }));
}

function classesOf(judgements: readonly RowJudgement[]): ClassFigures[] {
  const confusion = confusionOf(judgements);
  return payloadClasses
    .map((_name, c) => {
      const rows = confusion[c]!.reduce((sum, n) => sum + n, 0);
      const said = confusion.reduce((sum, row) => sum + row[c]!, 0);
      return { class: c, rows, recall: wilson(confusion[c]![c]!, rows), precision: wilson(confusion[c]![c]!, said) };
    })
    .filter(({ rows }) => rows > 0);
}

function confusionOf(judgements: readonly RowJudgement[]): number[][] {
  const confusion = payloadClasses.map(() => payloadClasses.map(() => 0));
  for (const { truth, probabilities } of judgements) confusion[truth]![likeliestOf(probabilities)]!++;
  return confusion;
}

/** Precision and recall at most `curvePoints` thresholds, evenly spread over the attacks. */
function curveOf(judgements: readonly RowJudgement[]): CurvePoint[] {
  const sorted = judgements
    .map(({ truth, probabilities }) => ({ score: 1 - probabilities[benignClass]!, attack: truth !== benignClass }))
    .sort((a, b) => b.score - a.score);
  const attacks = sorted.filter(({ attack }) => attack).length;
  if (attacks === 0) return [];
  const out: CurvePoint[] = [];
  let hits = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i]!.attack) hits++;
    // Rows of one score are flagged together.
    if (i + 1 < sorted.length && sorted[i + 1]!.score === sorted[i]!.score) continue;
    const isDue = hits >= ((out.length + 1) * attacks) / curvePoints || i === sorted.length - 1;
    if (isDue) out.push({ threshold: sorted[i]!.score, precision: hits / (i + 1), recall: hits / attacks });
  }
  return out;
}
