import type { SampleKind } from "../../../shared/label.ts";
import { prepareFindings } from "../detect/verdicts/verdict-tables.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { longestSample, payloadSampleId, sessionSampleId } from "./sample-identity.ts";

/** Something that nobody has labelled. */
export interface Unlabelled {
  readonly sample: string;
  readonly verdictId: string;
  /** Number of the finding in its session; null for a session. */
  readonly finding: number | null;
}

/** Where the next call goes on. */
export interface QueuePlace {
  /** Place of the verdict in the list, and of the finding within it. */
  readonly n: number;
  readonly finding: number;
}

/** Sessions that one call looks through; then it answers with what it has and where to go on. */
const mostSessions = 3000;
const sessionsAtOnce = 100;

interface SessionRow {
  readonly n: number;
  readonly id: string;
  readonly evidence_id: string;
  readonly session: string;
  readonly reason: string | null;
}

/**
 * What to label next: values or sessions that nobody has labelled, the newest first. The one place that says in which order; whoever
 * knows better what a label is worth puts another order here.
 */
export const nextToLabel = defineSlowRead("labels.next", (db: Db) => {
  const sessions = db.prepare<[number, number], SessionRow>(
    `SELECT v.n, v.id, v.evidence_id, v.session, CASE WHEN a.status = 'closed' THEN a.reason END AS reason
     FROM verdicts v JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0 LEFT JOIN alerts a ON a.id = v.alert_id
     WHERE v.n <= ? ORDER BY v.n DESC LIMIT ?`,
  );
  const findings = prepareFindings(db);
  const isLabelled = db.prepare<{ sample: string }>(
    `SELECT 1 FROM sample_labels l WHERE l.sample = @sample
       AND NOT EXISTS (SELECT 1 FROM label_exclusions x WHERE x.labeller = l.labeller AND l.at BETWEEN x.since AND x.until)
     UNION ALL SELECT 1 FROM false_positive_samples WHERE sample = @sample
     UNION ALL SELECT 1 FROM import_rows r JOIN dataset_imports i ON i.id = r.import WHERE r.sample = @sample LIMIT 1`,
  );

  function* ofSession(row: SessionRow, kind: SampleKind, from: number): Generator<Unlabelled> {
    if (kind === "session") {
      yield { sample: sessionSampleId(row.evidence_id, row.session), verdictId: row.id, finding: null };
      return;
    }
    let isFirst = true;
    for (const [n, finding] of findings(row.id).entries()) {
      const isFlagged = finding.class !== "benign";
      // Closing its alert has said so already.
      const isSaid = isFlagged && (row.reason === "false_positive" || (row.reason === "true_positive" && isFirst));
      if (isFlagged) isFirst = false;
      if (isSaid || n < from) continue;
      const sample = payloadSampleId(finding.place, finding.text.slice(0, longestSample).toWellFormed());
      yield { sample, verdictId: row.id, finding: n };
    }
  }

  return (args: {
    kind: SampleKind;
    after: QueuePlace | null;
    limit: number;
  }): { items: Unlabelled[]; next: QueuePlace | null } => {
    const items = new Map<string, Unlabelled>();
    let top = args.after?.n ?? Number.MAX_SAFE_INTEGER;
    for (let looked = 0; looked < mostSessions; looked += sessionsAtOnce) {
      const rows = sessions.all(top, sessionsAtOnce);
      for (const row of rows) {
        const from = row.n === args.after?.n ? args.after.finding : 0;
        for (const one of ofSession(row, args.kind, from)) {
          if (items.has(one.sample) || isLabelled.get(one) !== undefined) continue;
          if (items.size === args.limit) {
            return { items: [...items.values()], next: { n: row.n, finding: one.finding ?? 0 } };
          }
          items.set(one.sample, one);
        }
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < sessionsAtOnce) return { items: [...items.values()], next: null };
      top = last.n - 1;
    }
    return { items: [...items.values()], next: { n: top, finding: 0 } };
  };
});
