import type { ReplayDecision, ReplaySummary } from "../../../shared/replay.ts";
import type { Score } from "../../../shared/units.ts";
import { type VerdictKind, verdictKinds } from "../../../shared/verdict.ts";
import type { VerdictRecord } from "../detect/verdicts/verdict-record.ts";

/** What decides about a session, and what is compared of it. */
export type Judged = Pick<VerdictRecord, "verdict" | "score" | "payloadScore" | "behavioralScore" | "class">;

/** A stored verdict with what an analyst decided about its alert. */
export interface Decided extends Judged {
  readonly id: string;
  readonly session: string;
  readonly decision: ReplayDecision;
}

/** A session whose verdict would be another one. */
export interface Flip {
  readonly verdictId: string;
  readonly before: VerdictKind;
  readonly after: VerdictKind;
  readonly score: number;
  readonly class: Judged["class"];
}

export type Counts = Omit<ReplaySummary, "notes" | "evidence">;

export function noCounts(): Counts {
  const row = () => Object.fromEntries(verdictKinds.map((kind) => [kind, 0])) as Record<VerdictKind, number>;
  return {
    sessions: 0,
    identical: 0,
    matrix: Object.fromEntries(verdictKinds.map((kind) => [kind, row()])) as Record<
      VerdictKind,
      Record<VerdictKind, number>
    >,
    gone: { true_positive: 0, false_positive: 0, benign_true_positive: 0, duplicate: 0, open: 0, none: 0 },
    opened: 0,
    largest_difference: 0 as Score,
  };
}

/** Both together. */
export function addCounts(a: Counts, b: Counts): Counts {
  const sum = <K extends string>(x: Readonly<Record<K, number>>, y: Readonly<Record<K, number>>) =>
    Object.fromEntries(Object.keys(x).map((key) => [key, x[key as K] + y[key as K]])) as Record<K, number>;
  return {
    sessions: a.sessions + b.sessions,
    identical: a.identical + b.identical,
    matrix: Object.fromEntries(
      verdictKinds.map((kind) => [kind, sum(a.matrix[kind], b.matrix[kind])]),
    ) as Counts["matrix"],
    gone: sum(a.gone, b.gone),
    opened: a.opened + b.opened,
    largest_difference: Math.max(a.largest_difference, b.largest_difference) as Score,
  };
}

/** Counts what a replay comes to, session by session. */
export function createComparison() {
  const counts = noCounts();
  return {
    /** @returns the flip; null where the verdict stays what it was */
    add(then: Decided, now: Judged): Flip | null {
      counts.sessions++;
      counts.matrix[then.verdict][now.verdict]++;
      const scores = ["score", "payloadScore", "behavioralScore"] as const;
      const isSame =
        then.verdict === now.verdict &&
        then.class === now.class &&
        scores.every((name) => Object.is(then[name], now[name]));
      if (isSame) counts.identical++;
      const largest = Math.max(counts.largest_difference, ...scores.map((name) => Math.abs(then[name] - now[name])));
      counts.largest_difference = largest as Score;
      if (then.verdict === now.verdict) return null;
      if (now.verdict === "benign") counts.gone[then.decision]++;
      if (then.verdict === "benign") counts.opened++;
      return { verdictId: then.id, before: then.verdict, after: now.verdict, score: now.score, class: now.class };
    },
    counts: (): Counts => structuredClone(counts),
  };
}
