import type { SampleKind } from "../../../shared/label.ts";
import { keptNearest } from "../detect/analysis/finding-list.ts";
import { attackScore } from "../detect/features/score-features.ts";
import { prepareFindings } from "../detect/verdicts/verdict-tables.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { type AuditEstimate, type AuditOutcome, estimateMissed } from "./audit-estimate.ts";
import type { Unlabelled } from "./label-candidates.ts";
import { prepareIsLabelled } from "./labelled-samples.ts";
import { longestSample, payloadSampleId, sessionSampleId } from "./sample-identity.ts";
import { agreeOn, bySample } from "./statement.ts";
import { prepareStatementsOf } from "./statement-reads.ts";

/** Sessions that are looked at, and draws without a label after which no more are: what follows could not be part of an estimate. */
const mostWalked = 5000;
const mostOpen = 150;
const sessionsAtOnce = 200;

/** A value that was drawn and labelled, with what was said of it when it came in. */
export interface DrawnValue {
  /** Hash of the payload model that said it. */
  readonly model: string;
  /** Probability of being an attack, in [0, 1]. */
  readonly probability: number;
  readonly isAttack: boolean;
}

export interface AuditDraw {
  /** What is to be labelled next, each sample once, in the order of the lots. */
  readonly waiting: readonly Unlabelled[];
  readonly estimate: AuditEstimate;
  /** The labelled values that the estimate is of; forged requests are no matter of a value. */
  readonly values: readonly DrawnValue[];
  /** Sessions that were called benign; of values it is not counted. */
  readonly population: number | null;
}

interface Unit extends Unlabelled {
  /** Whether it is of what the estimate is about: what was called benign. */
  readonly isCalledBenign: boolean;
  /** Of a value. */
  readonly said: Pick<DrawnValue, "model" | "probability"> | null;
}

interface SessionRow {
  readonly id: string;
  readonly evidence_id: string;
  readonly session: string;
  readonly verdict: string;
  readonly lot: string;
  readonly model: string;
  readonly reason: string | null;
}

/**
 * The audit: goes along the lots of the sessions from the first one on, and takes every session, or one value of each, with a probability
 * that what the model thinks of it has no part in. Of a session in which nothing was flagged each kept value is taken with the
 * probability 1 / `keptNearest`, also where fewer are kept (then none may be taken); of any other one of its n values with 1/n. Only the
 * former are in the estimate. Nothing is stored of it: the draws are where the lots put them, labelled by whatever label they have.
 */
export const drawAudit = defineSlowRead("labels.audit", (db: Db) => {
  // CROSS JOIN keeps the order of the tables: begun from the few rows of evidence, each page would sort all verdicts.
  const sessions = db.prepare<[string, number], SessionRow>(
    `SELECT v.id, v.evidence_id, v.session, v.verdict, v.lot, v.inputs ->> '$.modelHash' AS model,
       CASE WHEN a.status = 'closed' THEN a.reason END AS reason
     FROM verdicts v INDEXED BY verdicts_lot CROSS JOIN evidence e ON e.id = v.evidence_id AND e.withdrawn = 0
       LEFT JOIN alerts a ON a.id = v.alert_id
     WHERE v.lot > ? AND v.judged_by IS NULL ORDER BY v.lot LIMIT ?`,
  );
  const called = db
    .prepare<[], number | null>(
      `SELECT sum(c.n) FROM verdict_counts c JOIN evidence e ON e.id = c.evidence_id AND e.withdrawn = 0 AND e.at_fleet = 0
       WHERE c.verdict = 'benign'`,
    )
    .pluck();
  const findings = prepareFindings(db);
  const isLabelled = prepareIsLabelled(db);
  const statementsOf = prepareStatementsOf(db);

  function drawValue(row: SessionRow): Unit | null {
    const kept = findings(row.id);
    const isFlagged = kept.some((finding) => finding.class !== "benign");
    // Other digits than the place in the order, which the first ones decide.
    const share = Number.parseInt(row.lot.slice(-8), 16) / 2 ** 32;
    const n = Math.floor(share * (isFlagged ? kept.length : keptNearest));
    const finding = kept[n];
    // Closing an alert says what its payloads are.
    if (finding === undefined || (isFlagged && row.reason !== null)) return null;
    const text = finding.text.slice(0, longestSample).toWellFormed();
    return {
      sample: payloadSampleId(finding.place, text),
      verdictId: row.id,
      finding: n,
      isCalledBenign: !isFlagged,
      said: { model: row.model, probability: attackScore(finding) },
    };
  }

  const unitOf = (row: SessionRow, kind: SampleKind): Unit | null =>
    kind === "payload"
      ? drawValue(row)
      : {
          sample: sessionSampleId(row.evidence_id, row.session),
          verdictId: row.id,
          finding: null,
          isCalledBenign: row.verdict === "benign",
          said: null,
        };

  return ({ kind, limit }: { kind: SampleKind; limit: number }): AuditDraw => {
    const waiting = new Map<string, Unlabelled>();
    const units: (Pick<Unit, "sample" | "said"> & { readonly isSaid: boolean })[] = [];
    let [at, walked, open, isExhausted] = ["", 0, 0, false];
    while (!isExhausted && walked < mostWalked && open < mostOpen) {
      const rows = sessions.all(at, sessionsAtOnce);
      for (const row of rows) {
        const unit = unitOf(row, kind);
        if (unit === null) continue;
        const { isCalledBenign, said, ...one } = unit;
        const isSaid = isLabelled(one.sample);
        if (!isSaid && waiting.size < limit) waiting.set(one.sample, one);
        if (!isCalledBenign) continue;
        units.push({ sample: one.sample, said, isSaid });
        if (!isSaid) open++;
      }
      walked += rows.length;
      at = rows.at(-1)?.lot ?? at;
      isExhausted = rows.length < sessionsAtOnce;
    }
    const statements = statementsOf([...new Set(units.filter(({ isSaid }) => isSaid).map(({ sample }) => sample))]);
    const labels = new Map(bySample(statements).map(([sample, about]) => [sample, agreeOn(about).label]));
    const outcomes = units.map(({ sample }): AuditOutcome => {
      const label = labels.get(sample) ?? null;
      return label === null ? "open" : label === "benign" ? "benign" : "attack";
    });
    const estimate = estimateMissed(outcomes, isExhausted);
    const values = units.slice(0, estimate.drawn).flatMap(({ sample, said }): DrawnValue[] => {
      const label = labels.get(sample) ?? null;
      return said === null || label === null || label === "csrf" ? [] : [{ ...said, isAttack: label !== "benign" }];
    });
    return {
      waiting: [...waiting.values()],
      estimate,
      values,
      population: kind === "session" ? (called.get() ?? 0) : null,
    };
  };
});
