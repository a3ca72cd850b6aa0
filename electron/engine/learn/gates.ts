import type { Gate } from "../../../shared/model-figures.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { clopperPearson, type Interval } from "../base/proportions.ts";
import { flags, measure, type RowJudgement } from "./figures.ts";
import { groupProportion, quantileInterval } from "./intervals.ts";
import { benignClass } from "./training/calibrate.ts";
import { likeliestOf } from "./training/score.ts";
import { toEstimate } from "./wire-figures.ts";

/** The bounds of the contract, and those that it leaves open. */
export const gateBounds = {
  precision: 0.85,
  recall: 0.8,
  fpr: 0.05,
  f1: 0.82,
  /** Highest calibration error. */
  calibration: 0.1,
  /** How many times as long as the champion's a payload's 95th percentile may take, … */
  slower: 2,
  /** … unless it stays below this, in milliseconds: one decision among thousands that an import makes in the background. */
  unnoticedMs: 25,
} as const;

/** Groups of attacks, and of ordinary rows, below which a resampled interval tells nothing: it would be as narrow as one row. */
const leastGroups = 30;
/** Rows of a class below which whether it got worse cannot be told. */
const leastOfClass = 20;

export interface GateInputs {
  /** Rows of the test split, those among them that the candidate or its lineage was fitted to, and whether all of those are known. */
  readonly heldOut: { readonly rows: number; readonly fitted: number; readonly isKnown: boolean };
  /** Judgements of the same rows of the test split, in the same order. */
  readonly candidate: readonly RowJudgement[];
  readonly champion: readonly RowJudgement[];
  /** The same for generated values of the classes that the test split has too few rows of. */
  readonly generated: { readonly candidate: readonly RowJudgement[]; readonly champion: readonly RowJudgement[] };
  /** What the candidate says of each value that was reported as a false positive lately. */
  readonly falsePositives: readonly Pick<RowJudgement, "probabilities">[];
  /** Milliseconds of single calls, both models in turn. */
  readonly latency: { readonly candidate: readonly number[]; readonly champion: readonly number[] };
}

/**
 * Judges a candidate. Proportions have the exact interval of Clopper & Pearson over groups: near-duplicates count as one row. Each gate is
 * judged by the worse end of its interval, so that few rows fail it instead of passing by luck.
 */
export function judgeGates(inputs: GateInputs): Gate[] {
  const { candidate } = inputs;
  const attacks = candidate.filter(({ truth }) => truth !== benignClass);
  const benign = candidate.filter(({ truth }) => truth === benignClass);
  const flagged = candidate.filter(({ probabilities }) => flags(probabilities));
  const figures = measure(candidate);
  const isAttack = ({ truth }: RowJudgement) => truth !== benignClass;
  const isFlagged = ({ probabilities }: RowJudgement) => flags(probabilities);
  const groups = Math.min(countGroups(attacks), countGroups(benign));
  const enough =
    groups >= leastGroups
      ? null
      : `too few rows: at least ${leastGroups} different attacks and ordinary values are needed, there are ${groups} of one of them`;
  return [
    judgeHeldOut(inputs.heldOut),
    atLeast("precision", groupProportion(flagged, isAttack), gateBounds.precision, flagged.length),
    atLeast("recall", groupProportion(attacks, isFlagged), gateBounds.recall, attacks.length),
    atMost("fpr", groupProportion(benign, isFlagged), gateBounds.fpr, benign.length),
    atLeast("f1", figures.f1, gateBounds.f1, candidate.length, enough),
    judgeClasses(inputs),
    atMost("calibration", figures.calibrationError, gateBounds.calibration, candidate.length, enough),
    judgeLatency(inputs.latency),
    judgeFalsePositives(inputs.falsePositives),
  ];
}

export function arePassed(gates: readonly Gate[]): boolean {
  return gates.length > 0 && gates.every(({ verdict }) => verdict === "passed");
}

function countGroups(rows: readonly RowJudgement[]): number {
  return new Set(rows.map(({ group }) => group)).size;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function atLeast(
  name: Gate["name"],
  figure: Interval,
  bound: number,
  rows: number,
  tooFew: string | null = null,
): Gate {
  const passed = tooFew === null && rows > 0 && figure.low >= bound;
  const why =
    tooFew ??
    (rows === 0
      ? "there are no rows to tell it from"
      : `the lower end, ${percent(figure.low)}, ${passed ? "reaches" : "is below"} ${percent(bound)}${
          !passed && figure.value >= bound ? ": more test rows may show that it is reached" : ""
        }`);
  return { name, figure: toEstimate(figure), kind: "min", bound, verdict: passed ? "passed" : "failed", rows, why };
}

function atMost(name: Gate["name"], figure: Interval, bound: number, rows: number, tooFew: string | null = null): Gate {
  const passed = tooFew === null && rows > 0 && figure.high <= bound;
  const why =
    tooFew ??
    (rows === 0
      ? "there are no rows to tell it from"
      : `the upper end, ${percent(figure.high)}, ${passed ? "is within" : "is above"} ${percent(bound)}${
          !passed && figure.value <= bound ? ": more test rows may show that it is kept" : ""
        }`);
  return { name, figure: toEstimate(figure), kind: "max", bound, verdict: passed ? "passed" : "failed", rows, why };
}

/**
 * No class may be recognised less often than the champion's interval allows. Classes of which the test split has few rows are judged
 * on generated values as well. The gate shows the class that comes closest to failing, or fails by most.
 */
function judgeClasses({ candidate, champion, generated }: GateInputs): Gate {
  const own = [...candidate, ...generated.candidate];
  const other = [...champion, ...generated.champion];
  let worst: { name: string; figure: Interval; bound: number; rows: number } | null = null;
  const tooFew: string[] = [];
  payloadClasses.forEach((name, c) => {
    if (name === "csrf") return;
    const rows = own.filter(({ truth }) => truth === c);
    if (countGroups(rows) < leastOfClass) {
      tooFew.push(name);
      return;
    }
    const isRight = ({ probabilities }: RowJudgement) => likeliestOf(probabilities) === c;
    const figure = groupProportion(rows, isRight);
    const bound = groupProportion(
      other.filter(({ truth }) => truth === c),
      isRight,
    ).low;
    if (worst === null || figure.value - bound < worst.figure.value - worst.bound) {
      worst = { name, figure, bound, rows: rows.length };
    }
  });
  const rows = own.length;
  if (worst === null || tooFew.length > 0) {
    return {
      name: "classes",
      figure: toEstimate(clopperPearson(0, 0)),
      kind: "min",
      bound: 0,
      verdict: "failed",
      rows,
      why: `too few rows: at least ${leastOfClass} different values of each class are needed; missing for ${tooFew.join(", ")}`,
    };
  }
  const { name, figure, bound } = worst as { name: string; figure: Interval; bound: number };
  const passed = figure.value >= bound;
  return {
    name: "classes",
    figure: toEstimate(figure),
    kind: "min",
    bound,
    verdict: passed ? "passed" : "failed",
    rows,
    why: passed
      ? `no class is recognised less often than the champion's interval allows; ${name} comes closest (${percent(figure.value)}, the champion's interval begins at ${percent(bound)})`
      : `${name} is recognised in ${percent(figure.value)} of its rows, the champion's interval begins at ${percent(bound)}`,
  };
}

/** Figures on rows that a model was fitted to say nothing: those are left out, and where nobody knows which they are, none can be believed. */
function judgeHeldOut({ rows, fitted, isKnown }: GateInputs["heldOut"]): Gate {
  const share = rows === 0 ? 0 : fitted / rows;
  return {
    name: "held_out",
    figure: { value: share, low: share, high: share },
    kind: "max",
    bound: 1,
    verdict: isKnown ? "passed" : "failed",
    rows,
    why: !isKnown
      ? "what it, or a model that it goes on from, was fitted to is not known here: any of the test rows may be among it"
      : fitted === 0
        ? `none of the ${rows} test rows, nor a near-duplicate, was fitted to by it or by a model that it goes on from`
        : `${fitted} of the ${rows} test rows were fitted to by it, or by a model that it goes on from, and are left out of all figures`,
  };
}

function judgeLatency({ candidate, champion }: GateInputs["latency"]): Gate {
  const own = quantileInterval(candidate, 0.95);
  const other = quantileInterval(champion, 0.95);
  const bound = Math.max(gateBounds.slower * other.value, gateBounds.unnoticedMs);
  const passed = own.high <= bound;
  return {
    name: "latency",
    // What JSON has no number for stands as the largest that was seen.
    figure: toEstimate({ ...own, high: Number.isFinite(own.high) ? own.high : Math.max(0, ...candidate) }),
    kind: "max",
    bound: Number.isNaN(bound) ? gateBounds.unnoticedMs : bound,
    verdict: passed ? "passed" : "failed",
    rows: candidate.length,
    why: Number.isFinite(own.high)
      ? `the 95th percentile of one payload is at most ${own.high.toFixed(2)} ms (champion: ${other.value.toFixed(2)} ms), allowed are ${bound.toFixed(2)} ms`
      : "too few calls to tell the 95th percentile from",
  };
}

function judgeFalsePositives(reported: GateInputs["falsePositives"]): Gate {
  const flagged = reported.filter(({ probabilities }) => flags(probabilities)).length;
  const share = reported.length === 0 ? 0 : flagged / reported.length;
  return {
    name: "false_positives",
    figure: { value: share, low: share, high: share },
    kind: "max",
    bound: 0,
    verdict: flagged === 0 ? "passed" : "failed",
    rows: reported.length,
    why:
      reported.length === 0
        ? "nothing was reported as a false positive in the last 90 days"
        : flagged === 0
          ? `none of ${reported.length} values that were reported in the last 90 days is flagged any more`
          : `${flagged} of ${reported.length} values that were reported in the last 90 days are still flagged`,
  };
}
