import type { BehaviourModel } from "../anomaly/behaviour-model.ts";
import type { PayloadClassifier } from "../payload.ts";

export const analysisPhases = ["read", "payloads", "features", "forest"] as const;
export type AnalysisPhase = (typeof analysisPhases)[number];
/** Milliseconds. */
export type PhaseTimes = Readonly<Record<AnalysisPhase, number>>;

/** Adds up what the phases of an analysis take, which alternate request by request. A phase within another counts for itself alone. */
export interface PhaseClock {
  during<T>(phase: AnalysisPhase, work: () => T): T;
  /** The same items; the time until each of them is there counts. */
  waiting<T>(phase: AnalysisPhase, items: AsyncIterable<T>): AsyncGenerator<T>;
  times(): PhaseTimes;
}

export function createPhaseClock(now: () => number = performance.now.bind(performance)): PhaseClock {
  const spent = { read: 0, payloads: 0, features: 0, forest: 0 };
  let current: AnalysisPhase | null = null;
  let since = 0;
  function change(phase: AnalysisPhase | null): void {
    const at = now();
    if (current !== null) spent[current] += at - since;
    current = phase;
    since = at;
  }
  return {
    during(phase, work) {
      const outer = current;
      change(phase);
      try {
        return work();
      } finally {
        change(outer);
      }
    },
    async *waiting(phase, items) {
      change(phase);
      try {
        for await (const item of items) {
          change(null);
          yield item;
          change(phase);
        }
      } finally {
        change(null);
      }
    },
    times: () => ({ ...spent }),
  };
}

/** The same classifier, on the clock. */
export function timedClassifier(classifier: PayloadClassifier, { during }: PhaseClock): PayloadClassifier {
  return {
    hash: classifier.hash,
    classify: (text, context) => during("payloads", () => classifier.classify(text, context)),
    score: (text, context) => during("payloads", () => classifier.score(text, context)),
  };
}

/** The same model, on the clock. */
export function timedBehaviour(model: BehaviourModel, { during }: PhaseClock): BehaviourModel {
  return { ...model, score: (x) => during("forest", () => model.score(x)) };
}
