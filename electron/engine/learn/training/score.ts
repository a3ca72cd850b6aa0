import { benignClass, type Judged } from "./calibrate.ts";
import type { Random } from "./random.ts";

/** Whether a judgement says "attack": benign is less likely than not. */
export function isFlagged({ probabilities }: Judged): boolean {
  return probabilities[benignClass]! < 0.5;
}

export interface Rates {
  readonly attacks: number;
  readonly benign: number;
  /** Share of attacks that are flagged; NaN without attacks. */
  readonly recall: number;
  /** Share of ordinary values that are flagged; NaN without them. */
  readonly fpr: number;
}

export function rates(judged: readonly Judged[]): Rates {
  const attacks = judged.filter(({ truth }) => truth !== benignClass);
  const benign = judged.filter(({ truth }) => truth === benignClass);
  const share = (list: readonly Judged[]) => list.filter(isFlagged).length / list.length;
  return { attacks: attacks.length, benign: benign.length, recall: share(attacks), fpr: share(benign) };
}

/** Harmonic mean of precision and recall for "attack". */
export function f1(judged: readonly Judged[]): number {
  let hit = 0;
  let wrong = 0;
  for (const one of judged) {
    const attack = one.truth !== benignClass;
    if (isFlagged(one) && attack) hit++;
    else if (isFlagged(one) !== attack) wrong++;
  }
  return (2 * hit) / (2 * hit + wrong);
}

/** Mean over the classes of each one's F1 (classes are positions in `payloadClasses`). */
export function macroF1(judged: readonly Judged[], classes: readonly number[]): number {
  const total = classes.reduce((sum, c) => {
    let hit = 0;
    let wrong = 0;
    for (const { truth, probabilities } of judged) {
      const said = likeliestOf(probabilities);
      if (said === c && truth === c) hit++;
      else if (said === c || truth === c) wrong++;
    }
    return sum + (2 * hit) / (2 * hit + wrong);
  }, 0);
  return total / classes.length;
}

export function likeliestOf(probabilities: ArrayLike<number>): number {
  let best = benignClass;
  for (let c = 0; c < probabilities.length; c++) if (probabilities[c]! > probabilities[best]!) best = c;
  return best;
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 300;

/** Balanced accuracy of `a` minus that of `b` on the same samples, with a 95 % paired bootstrap interval (Efron 1979). */
export function pairedDifference(a: readonly Judged[], b: readonly Judged[], random: Random): Interval {
  const attacks: number[] = [];
  const benign: number[] = [];
  a.forEach((one, i) => {
    const attack = one.truth !== benignClass;
    const gain = Number(isFlagged(one) === attack) - Number(isFlagged(b[i]!) === attack);
    (attack ? attacks : benign).push(gain);
  });
  return bootstrap(
    () => (resampledMean(attacks, random) + resampledMean(benign, random)) / 2,
    (mean(attacks) + mean(benign)) / 2,
  );
}

/**
 * Expected calibration error of the likeliest class: 15 bins of equal mass, with a 95 % bootstrap interval.
 * Source: Nguyen & O'Connor 2015; Guo et al. 2017.
 */
export function calibrationError(judged: readonly Judged[], random: Random): Interval {
  const pairs = judged.map(({ truth, probabilities }) => {
    const said = likeliestOf(probabilities);
    return { confidence: probabilities[said]!, right: Number(said === truth) };
  });
  const error = (list: typeof pairs) => {
    const sorted = [...list].sort((a, b) => a.confidence - b.confidence);
    let total = 0;
    for (let bin = 0; bin < 15; bin++) {
      const part = sorted.slice(Math.floor((bin * sorted.length) / 15), Math.floor(((bin + 1) * sorted.length) / 15));
      total += Math.abs(part.reduce((sum, p) => sum + p.confidence - p.right, 0));
    }
    return total / Math.max(1, sorted.length);
  };
  return bootstrap(() => error(pairs.map(() => random.pick(pairs))), error(pairs), 60);
}

function bootstrap(draw: () => number, value: number, count = resamples): Interval {
  const draws = Array.from({ length: count }, draw).sort((a, b) => a - b);
  return { value, low: draws[Math.floor(count * 0.025)]!, high: draws[Math.floor(count * 0.975)]! };
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
}

function resampledMean(list: readonly number[], random: Random): number {
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += list[random.below(list.length)]!;
  return sum / Math.max(1, list.length);
}
