import type { PayloadClass } from "../../../../shared/payload.ts";
import { attackScore } from "../features/score-features.ts";
import type { ClassifierOutput, PayloadValue } from "../payload.ts";
import type { FindingRecord } from "../verdicts/verdict-record.ts";

/** Probability of being an attack from which a value is a finding and not just the nearest to one. */
export const findingThreshold = 0.5;
/** Attacks kept of a session: the worst ones. */
const keptAttacks = 50;
/** Of a session without attacks, the values that were nearest to one: they answer "why was this not flagged". */
export const keptNearest = 3;

/** Where a value stood and what it says. */
type Stands = Pick<PayloadValue, "place" | "name" | "text">;

interface Kept {
  readonly score: number;
  readonly value: Stands;
  describe(): FindingRecord;
}

/** The worst values of a session, worst first, in bounded memory, and the worst prediction of each attacked request. */
export interface FindingList {
  /**
   * Keeps a value if its score is among the worst; of equal values near to an attack only the first.
   * @param hold costly, and only called for what is kept; what it returns is asked for the record once the session has ended
   */
  consider(request: number, value: Stands, output: ClassifierOutput, hold: () => () => FindingRecord): void;
  finish(): {
    readonly findings: readonly FindingRecord[];
    readonly worst: readonly { request: number; class: PayloadClass; confidence: number }[];
  };
}

export function createFindingList(): FindingList {
  const attacks: Kept[] = [];
  const nearest: Kept[] = [];
  const worst = new Map<number, { request: number; class: PayloadClass; confidence: number }>();

  function insert(list: Kept[], limit: number, kept: Kept): void {
    let at = list.length;
    // Equal scores keep the order of the session, so that the same evidence gives the same list.
    while (at > 0 && list[at - 1]!.score < kept.score) at--;
    list.splice(at, 0, kept);
    if (list.length > limit) list.pop();
  }

  const fits = (list: Kept[], limit: number, score: number) => list.length < limit || score > list[limit - 1]!.score;

  return {
    consider(request, value, output, hold) {
      const score = attackScore(output);
      if (score < findingThreshold) {
        const isNear = attacks.length === 0 && fits(nearest, keptNearest, score);
        // Most values of a session come with each of its requests.
        if (isNear && !nearest.some((kept) => isSame(kept.value, value))) {
          insert(nearest, keptNearest, { score, value, describe: hold() });
        }
        return;
      }
      if (fits(attacks, keptAttacks, score)) {
        insert(attacks, keptAttacks, { score, value, describe: hold() });
        nearest.length = 0;
      }
      const known = worst.get(request);
      if (known === undefined || known.confidence < output.confidence) {
        worst.set(request, { request, class: output.class, confidence: output.confidence });
      }
    },
    finish: () => ({
      findings: (attacks.length > 0 ? attacks : nearest).map(({ describe }) => describe()),
      worst: [...worst.values()],
    }),
  };
}

function isSame(a: Stands, b: Stands): boolean {
  return a.text === b.text && a.place === b.place && a.name === b.name;
}
