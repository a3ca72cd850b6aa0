import { type Db, defineSlowRead } from "../../store/store.ts";
import { prepareWindowSessions } from "./window-sessions.ts";

/** Sessions that a reference describes at most, and files that they are read from: bounds the time. */
const mostSessions = 2000;
const mostFiles = 100;

/** Sessions of one piece of evidence. */
export interface OrdinarySessions {
  readonly evidenceId: string;
  readonly sessions: readonly string[];
}

/**
 * Ordinary sessions of this machine that were decided since a moment, by the rule by which a look chooses those that it compares (one a
 * client, none that was ever flagged): those of the newest evidence first.
 */
export const ordinarySessions = defineSlowRead("drift.ordinary_sessions", (db: Db) => {
  const chosen = prepareWindowSessions(db);
  const where = db.prepare<[number], { evidence_id: string; session: string }>(
    "SELECT evidence_id, session FROM verdicts WHERE n = ?",
  );
  return ({ since, extractorVersion }: { since: number; extractorVersion: string }): OrdinarySessions[] => {
    const newest = chosen(since, extractorVersion)
      .sessions.toSorted((a, b) => b.n - a.n)
      .slice(0, mostSessions)
      .map(({ n }) => where.get(n)!);
    return [...Map.groupBy(newest, ({ evidence_id }) => evidence_id)]
      .slice(0, mostFiles)
      .map(([evidenceId, rows]) => ({ evidenceId, sessions: rows.map(({ session }) => session) }));
  };
});
