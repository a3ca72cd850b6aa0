import type { PayloadClass } from "../../../../shared/payload.ts";
import type { AttackOutcome } from "../../../../shared/verdict.ts";
import { contentId } from "../../base/ids.ts";
import { attackScore } from "../features/score-features.ts";
import type { JudgedOutcome } from "../outcome.ts";
import type { ClassifierOutput, PayloadValue } from "../payload.ts";
import type { FindingRecord, RepeatRecord } from "../verdicts/verdict-record.ts";

/** Probability of being an attack from which a value is a finding and not just the nearest to one. */
export const findingThreshold = 0.5;
/** Attacks kept of a session: the worst ones. */
export const keptAttacks = 50;
/** Further requests with one of them that are kept, over all of them. */
export const keptRepeats = 500;
/** Of a session without attacks, the values that were nearest to one: they answer "why was this not flagged". */
export const keptNearest = 3;

/** What a session's worst outcome is, the worst first. */
export const outcomesBySeverity: readonly AttackOutcome[] = [
  "succeeded",
  "likely_succeeded",
  "unclear",
  "likely_failed",
  "not_available",
];

/** Where a value stood and what it says. */
type Stands = Pick<PayloadValue, "place" | "name" | "text">;

interface Kept {
  readonly score: number;
  readonly value: Stands;
  describe(): FindingRecord;
}

interface KeptAttack extends Kept {
  readonly class: PayloadClass;
  request: number;
  judged: JudgedOutcome;
  describe: () => FindingRecord;
  readonly repeats: RepeatRecord[];
}

/** What costs, and is only asked for what is kept. */
export interface Describing {
  /** What the response says of an attack. */
  judge(): JudgedOutcome;
  /** @returns what is asked for the record once the session has ended */
  hold(judged: JudgedOutcome): () => FindingRecord;
}

/** The worst values of a session, worst first, in bounded memory, and the worst prediction of each attacked request. */
export interface FindingList {
  /** Keeps a value if its score is among the worst; of equal values only one, of attacks that whose response tells the worst. */
  consider(request: number, value: Stands, output: ClassifierOutput, describing: Describing): void;
  finish(): {
    readonly findings: readonly FindingRecord[];
    readonly worst: readonly { request: number; class: PayloadClass; confidence: number }[];
    /** Different values that are attacks, kept or not. */
    readonly found: number;
  };
}

export function createFindingList(): FindingList {
  const attacks: KeptAttack[] = [];
  const nearest: Kept[] = [];
  const worst = new Map<number, { request: number; class: PayloadClass; confidence: number }>();
  const found = new Set<string>();
  let repeats = 0;

  function insert<T extends Kept>(list: T[], limit: number, kept: T): void {
    let at = list.length;
    // Equal scores keep the order of the session, so that the same evidence gives the same list.
    while (at > 0 && list[at - 1]!.score < kept.score) at--;
    list.splice(at, 0, kept);
    if (list.length > limit) list.pop();
  }

  const fits = (list: Kept[], limit: number, score: number) => list.length < limit || score > list[limit - 1]!.score;

  function repeat(kept: KeptAttack, request: number, { judge, hold }: Describing): void {
    const isKnown = request === kept.request || request === kept.repeats.at(-1)?.request;
    const isFull = repeats >= keptRepeats;
    if (isKnown || (isFull && severity(kept.judged) === worstSeverity)) return;
    const judged = judge();
    const isWorse = severity(judged) > severity(kept.judged);
    // SECURITY: the one that succeeded is not hidden behind many that did not.
    if (!isFull) {
      repeats++;
      kept.repeats.push(isWorse ? toRepeat(kept.request, kept.judged) : toRepeat(request, judged));
    }
    if (!isWorse) return;
    kept.request = request;
    kept.judged = judged;
    kept.describe = hold(judged);
  }

  function considerAttack(request: number, value: Stands, output: ClassifierOutput, describing: Describing): void {
    found.add(contentId(output.class, value.place, value.name, value.text));
    const score = attackScore(output);
    const same = attacks.find((kept) => kept.class === output.class && isSame(kept.value, value));
    if (same !== undefined) repeat(same, request, describing);
    else if (fits(attacks, keptAttacks, score)) {
      const judged = describing.judge();
      const describe = describing.hold(judged);
      insert(attacks, keptAttacks, { score, value, class: output.class, request, judged, describe, repeats: [] });
      nearest.length = 0;
    }
    const known = worst.get(request);
    if (known === undefined || known.confidence < output.confidence) {
      worst.set(request, { request, class: output.class, confidence: output.confidence });
    }
  }

  return {
    consider(request, value, output, describing) {
      const score = attackScore(output);
      if (score >= findingThreshold) {
        considerAttack(request, value, output, describing);
        return;
      }
      const isNear = attacks.length === 0 && fits(nearest, keptNearest, score);
      // Most values of a session come with each of its requests.
      if (isNear && !nearest.some((kept) => isSame(kept.value, value))) {
        insert(nearest, keptNearest, { score, value, describe: describing.hold(describing.judge()) });
      }
    },
    finish: () => ({
      findings:
        attacks.length > 0
          ? attacks.map((kept) =>
              kept.repeats.length === 0 ? kept.describe() : { ...kept.describe(), repeats: kept.repeats },
            )
          : nearest.map(({ describe }) => describe()),
      worst: [...worst.values()],
      found: found.size,
    }),
  };
}

const severity = ({ outcome }: JudgedOutcome) => -outcomesBySeverity.indexOf(outcome);
const worstSeverity = 0;

const toRepeat = (request: number, { outcome, reason }: JudgedOutcome): RepeatRecord => ({
  request,
  outcome,
  outcomeReason: reason,
});

function isSame(a: Stands, b: Stands): boolean {
  return a.text === b.text && a.place === b.place && a.name === b.name;
}
