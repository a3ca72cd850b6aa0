import { payloadClasses } from "../../../../shared/payload.ts";
import { log } from "../../base/math.ts";
import { families, familyIndex } from "../../detect/classifier/families.ts";
import { type Calibration, calibratedShare, logarithmsOf } from "../../detect/classifier/outcome.ts";
import type { PayloadClassifier } from "../../detect/payload.ts";
import type { LabelledText } from "./labelled-text.ts";

/** What a classifier said of one sample, in the order of `payloadClasses`, and what is true. */
export interface Judged<S = LabelledText> {
  readonly sample: S;
  readonly truth: number;
  readonly probabilities: readonly number[];
}

export const benignClass: number = payloadClasses.indexOf("benign");

export function classOf(sample: Pick<LabelledText, "family">): number {
  return payloadClasses.indexOf(families[familyIndex(sample.family)]!.class);
}

/** Judges samples where they stood, or, where that is not known, without saying where. */
export function judge<S extends LabelledText>(classifier: PayloadClassifier, samples: readonly S[]): Judged<S>[] {
  return samples.map((sample) => {
    const context = sample.place === null ? undefined : { place: sample.place };
    return { sample, truth: classOf(sample), probabilities: classifier.score(sample.text, context).probabilities };
  });
}

/** Share of the calibration weight that is ordinary text: most values of real traffic are. */
const benignShare = 0.75;

/**
 * Temperature and shift of benign with the least negative log-likelihood, over a fixed grid; Guo et al. 2017, "On Calibration of
 * Modern Neural Networks". Sources count alike, and ordinary text has a fixed share.
 *
 * @param judged by a model that saw none of their sources, with temperature 1 and shift 0
 */
export function fitCalibration(judged: readonly Judged<Pick<LabelledText, "source">>[]): Calibration {
  const weights = sourceWeights(judged);
  const logarithms = judged.map(({ probabilities }) => logarithmsOf(probabilities));
  let best: Calibration = { temperature: 1, benignShift: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (let t = 12; t <= 60; t += 3) {
    for (let s = -20; s <= 80; s += 4) {
      const calibration = { temperature: t / 20, benignShift: s / 20 };
      let loss = 0;
      for (let i = 0; i < judged.length; i++) {
        const share = calibratedShare(logarithms[i]!, calibration, judged[i]!.truth);
        loss -= weights[i]! * log(Math.max(1e-9, share));
      }
      if (loss < least) {
        least = loss;
        best = calibration;
      }
    }
  }
  return best;
}

function sourceWeights(judged: readonly Judged<Pick<LabelledText, "source">>[]): number[] {
  const counts = new Map<string, number>();
  const key = ({ sample, truth }: Judged<Pick<LabelledText, "source">>) => `${truth === benignClass} ${sample.source}`;
  for (const one of judged) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  const groups = [...counts.keys()];
  const benignGroups = groups.filter((name) => name.startsWith("true")).length;
  const attackGroups = groups.length - benignGroups;
  return judged.map((one) =>
    one.truth === benignClass
      ? benignShare / (benignGroups * counts.get(key(one))!)
      : (1 - benignShare) / (attackGroups * counts.get(key(one))!),
  );
}

/**
 * Class-conditional conformal thresholds (Vovk et al. 2005, Mondrian): for each class the largest probability which at least
 * 1 − errorRate of its calibration rows reach, with the finite-sample correction. A class with too few rows is in every set that
 * gives it a hundredth.
 */
export function conformalThresholds(judged: readonly Judged<unknown>[], errorRate: number): number[] {
  return payloadClasses.map((name, c) => {
    if (name === "csrf") return 1;
    const own = judged
      .filter(({ truth }) => truth === c)
      .map(({ probabilities }) => probabilities[c]!)
      .sort((a, b) => a - b);
    const rank = Math.floor(errorRate * (own.length + 1)) - 1;
    return rank < 0 ? 0.01 : own[rank]!;
  });
}

/** Error rates at which a model's file has thresholds beside those that decide. */
const otherErrorRates = [0.01, 0.02, 0.05, 0.1, 0.2];

/** Thresholds at several error rates, so that another one can be chosen without a fit. */
export function thresholdsByRate(judged: readonly Judged<unknown>[]): { error_rate: number; thresholds: number[] }[] {
  return otherErrorRates.map((rate) => ({ error_rate: rate, thresholds: conformalThresholds(judged, rate) }));
}
