import type { PayloadClass } from "../../../../shared/payload.ts";
import { attackScore } from "../features/score-features.ts";
import type { ClassifierOutput } from "../payload.ts";
import type { FindingRecord } from "../verdicts/verdict-record.ts";

/** Probability of being an attack from which a value is a finding and not just the nearest to one. */
export const findingThreshold = 0.5;
/** Attacks kept of a session: the worst ones. */
const keptAttacks = 50;
/** Of a session without attacks, the values that were nearest to one: they answer "why was this not flagged". */
const keptNearest = 3;

interface Kept {
  readonly score: number;
  readonly record: FindingRecord;
}

/** The worst values of a session, worst first, in bounded memory, and the worst prediction of each attacked request. */
export interface FindingList {
  /** Whether a value of this score would be kept; `describe` is costly and only called then. */
  consider(request: number, output: ClassifierOutput, describe: () => FindingRecord): void;
  finish(): {
    readonly findings: readonly FindingRecord[];
    readonly worst: readonly { request: number; class: PayloadClass; confidence: number }[];
  };
}

export function createFindingList(): FindingList {
  const attacks: Kept[] = [];
  const nearest: Kept[] = [];
  const worst = new Map<number, { request: number; class: PayloadClass; confidence: number }>();

  function insert(list: Kept[], limit: number, score: number, describe: () => FindingRecord): void {
    if (list.length === limit && score <= list[limit - 1]!.score) return;
    let at = list.length;
    // Equal scores keep the order of the session, so that the same evidence gives the same list.
    while (at > 0 && list[at - 1]!.score < score) at--;
    list.splice(at, 0, { score, record: describe() });
    if (list.length > limit) list.pop();
  }

  return {
    consider(request, output, describe) {
      const score = attackScore(output);
      if (score < findingThreshold) {
        if (attacks.length === 0) insert(nearest, keptNearest, score, describe);
        return;
      }
      insert(attacks, keptAttacks, score, describe);
      const known = worst.get(request);
      if (known === undefined || known.confidence < output.confidence) {
        worst.set(request, { request, class: output.class, confidence: output.confidence });
      }
    },
    finish: () => ({
      findings: (attacks.length > 0 ? attacks : nearest).map(({ record }) => record),
      worst: [...worst.values()],
    }),
  };
}
