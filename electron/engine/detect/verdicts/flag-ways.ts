import type { VerdictKind } from "../../../../shared/verdict.ts";
import { defineSlowRead } from "../../store/store.ts";
import type { SessionFlag } from "../analysis/session-flags.ts";

export const flagMigration = {
  id: 661,
  // Names of what the session went without, in the order of the list, separated by commas. The index has all that is counted.
  sql: `
    ALTER TABLE verdicts ADD COLUMN withheld TEXT;
    CREATE INDEX verdicts_decided ON verdicts (decided_at, verdict, withheld);`,
};

export type SessionWay = Record<VerdictKind, number>;

const noSessions = (): SessionWay => ({ simulate: 0, tag: 0, benign: 0 });

/** Stored verdicts since a moment, by whether the session went with a part or without it. @param since epoch milliseconds */
export const countFlagWays = defineSlowRead("verdicts.flag-ways", (db) => {
  const select = db.prepare<[number], { verdict: VerdictKind; withheld: string | null; count: number }>(
    "SELECT verdict, withheld, count(*) AS count FROM verdicts WHERE decided_at >= ? GROUP BY verdict, withheld",
  );
  return ({ flag, since }: { flag: SessionFlag; since: number }): { with: SessionWay; without: SessionWay } => {
    const ways = { with: noSessions(), without: noSessions() };
    for (const { verdict, withheld, count } of select.all(since)) {
      ways[withheld?.split(",").includes(flag) === true ? "without" : "with"][verdict] += count;
    }
    return ways;
  };
});
