import { stepsOf } from "../../../../shared/canary.ts";
import type { SessionTrial, TrialMeasure } from "../../detect/serving/session-trial.ts";
import { trialMeasures } from "../../detect/serving/session-trial.ts";
import { emptySequence, intervalOf, observe, type SequenceState } from "./confidence-sequence.ts";

/** The only step that is accepted after one; null after the last. @param share where the trial stays until somebody decides; null: nowhere */
export function nextStep(percent: number, share: number | null): number | null {
  const steps = stepsOf(share);
  return steps[steps.indexOf(percent) + 1] ?? null;
}

/** What the mean of each measure may be at most; see `SessionTrial` for what they are. */
export type TrialLimits = Readonly<Record<TrialMeasure, number>>;

export const defaultLimits: TrialLimits = {
  errors: 0.02,
  // Twice as slow.
  latency: 2 / 3,
  disagreement: 0.05,
  drift: 0.05,
};

/** Probability that a step ends wrongly, in all its measures together and however often one looks. */
const stepAlpha = 0.05;
/** Two bounds are held for each measure at once (Bonferroni). */
const alpha = stepAlpha / trialMeasures.length;

/** What was seen of a challenger in one step. Plain data. */
export type TrialState = Readonly<Record<TrialMeasure, SequenceState>>;

export const noTrial: TrialState = {
  errors: emptySequence,
  latency: emptySequence,
  disagreement: emptySequence,
  drift: emptySequence,
};

export function observeSession(state: TrialState, session: SessionTrial): TrialState {
  return Object.fromEntries(
    trialMeasures.map((measure) => [measure, observe(state[measure], session[measure], alpha)]),
  ) as unknown as TrialState;
}

export interface MeasureVerdict {
  readonly measure: TrialMeasure;
  /** Null before the first session. */
  readonly mean: number | null;
  readonly lower: number;
  readonly upper: number;
  readonly limit: number;
  /** `passed`: surely below the limit; `failed`: surely above; `open`: not known yet. */
  readonly verdict: "passed" | "failed" | "open";
}

export interface TrialJudgement {
  readonly sessions: number;
  readonly measures: readonly MeasureVerdict[];
  /** `step`: all measures passed; `roll_back`: one failed; `wait`: not known yet. */
  readonly decision: "step" | "roll_back" | "wait";
}

/** What the sessions so far come to: may be asked after each of them. */
export function judgeTrial(state: TrialState, limits: TrialLimits): TrialJudgement {
  const measures = trialMeasures.map((measure): MeasureVerdict => {
    const sequence = state[measure];
    const limit = limits[measure];
    const { lower, upper } = intervalOf(sequence, alpha);
    const verdict = upper <= limit ? "passed" : lower > limit ? "failed" : "open";
    return { measure, mean: sequence.n === 0 ? null : sequence.sum / sequence.n, lower, upper, limit, verdict };
  });
  const verdicts = measures.map(({ verdict }) => verdict);
  const decision = verdicts.includes("failed")
    ? "roll_back"
    : verdicts.every((verdict) => verdict === "passed")
      ? "step"
      : "wait";
  return { sessions: state.errors.n, measures, decision };
}
