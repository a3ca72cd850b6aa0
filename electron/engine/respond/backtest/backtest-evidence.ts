import type { PayloadClass, Place } from "../../../../shared/payload.ts";
import type { FindingRecord } from "../../detect/verdicts/verdict-record.ts";
import { type Db, defineRead, defineSlowRead } from "../../store/store.ts";

/** What is known of a request beside its values. */
export interface RequestState {
  readonly request: number;
  /** Earlier evidence has it too, and it counts there. */
  readonly isKnown: boolean;
  /** Of the alert of its session: null where it has none. */
  readonly status: string | null;
  readonly reason: string | null;
  /** What the worst value of the request was taken for; null: nothing of it was flagged. */
  readonly worst: PayloadClass | null;
}

/** States of some requests of one piece of evidence. */
export const requestStates = defineRead("backtests.request_states", (db: Db) => {
  // Crossed: else the planner may read every request of the file and look each up in the list.
  const select = db.prepare<
    { seq: number; id: string; requests: string },
    Omit<RequestState, "isKnown"> & { known: number }
  >(
    `SELECT r.idx AS request, r.overlaps IS NOT NULL AS known, a.status, a.reason, w.class AS worst
     FROM json_each(@requests) j CROSS JOIN requests r ON r.evidence = @seq AND r.idx = CAST(j.value AS INTEGER)
     LEFT JOIN verdicts v ON v.evidence_id = @id AND v.session = 's' || r.session
     LEFT JOIN alerts a ON a.id = v.alert_id
     LEFT JOIN worst_predictions w ON w.evidence_id = @id AND w.request = r.idx`,
  );
  return ({ seq, id, requests }: { seq: number; id: string; requests: readonly number[] }): RequestState[] =>
    select
      .all({ seq, id, requests: JSON.stringify(requests) })
      .map(({ known, ...state }) => ({ ...state, isKnown: known === 1 }));
});

interface TotalsOf {
  readonly seq: number;
  readonly id: string;
  readonly from: number | null;
  readonly to: number | null;
  /** Stands for the time of requests without one. */
  readonly addedAt: number;
}

/**
 * Of the requests of one piece of evidence within a period: how many earlier evidence has too, and of the others how many are of a
 * session whose alert nobody called false.
 */
export const requestTotals = defineSlowRead("backtests.request_totals", (db: Db) => {
  const within =
    "(@from IS NULL OR coalesce(r.started_at, @addedAt) >= @from) AND (@to IS NULL OR coalesce(r.started_at, @addedAt) < @to)";
  const known = db
    .prepare<TotalsOf, number>(
      `SELECT count(*) FROM requests r WHERE r.evidence = @seq AND r.overlaps IS NOT NULL AND ${within} AND @id IS NOT NULL`,
    )
    .pluck();
  const setAside = db
    .prepare<TotalsOf, number>(
      `SELECT count(*) FROM verdicts v JOIN alerts a ON a.id = v.alert_id AND a.reason IS NOT 'false_positive'
       CROSS JOIN requests r ON r.evidence = @seq AND r.session = CAST(substr(v.session, 2) AS INTEGER)
       WHERE v.evidence_id = @id AND r.overlaps IS NULL AND ${within}`,
    )
    .pluck();
  return (of: TotalsOf) => ({ known: known.get(of) ?? 0, setAside: setAside.get(of) ?? 0 });
});

/** A value of a request that an alert closed as true positive was about. */
export interface KnownAttack {
  readonly request: number;
  readonly place: Place;
  readonly name: string;
}

/** Flagged values of alerts that were closed as true positives of a class, in one piece of evidence. */
export const knownAttacks = defineSlowRead("backtests.known_attacks", (db: Db) => {
  const select = db
    .prepare<[string, string], string>(
      `SELECT f.findings FROM verdicts v
       JOIN alerts a ON a.id = v.alert_id AND a.status = 'closed' AND a.reason = 'true_positive'
       JOIN verdict_findings f ON f.verdict = v.n WHERE v.evidence_id = ? AND a.class = ?`,
    )
    .pluck();
  return ({ evidenceId, ofClass }: { evidenceId: string; ofClass: string }): KnownAttack[] => {
    const known: KnownAttack[] = [];
    for (const findings of select.iterate(evidenceId, ofClass)) {
      for (const { request, place, name, class: is, repeats = [] } of JSON.parse(findings) as FindingRecord[]) {
        if (is !== ofClass) continue;
        for (const at of [request, ...repeats.map((other) => other.request)]) known.push({ request: at, place, name });
      }
    }
    return known;
  };
});

/** Values of a class that are read of closed alerts, the newest first. */
const mostConfirmed = 20_000;

/** Flagged values of alerts that were closed as true positives of a class, of whatever time, each once. */
export const confirmedValues = defineSlowRead("backtests.confirmed_values", (db: Db) => {
  const select = db
    .prepare<[string], string>(
      `SELECT f.findings FROM alerts a JOIN verdicts v ON v.alert_id = a.id JOIN verdict_findings f ON f.verdict = v.n
       WHERE a.status = 'closed' AND a.reason = 'true_positive' AND a.class = ? ORDER BY v.n DESC`,
    )
    .pluck();
  return (ofClass: string): { text: string; place: Place }[] => {
    const found = new Map<string, { text: string; place: Place }>();
    for (const findings of select.iterate(ofClass)) {
      for (const { text, place, class: is } of JSON.parse(findings) as FindingRecord[]) {
        if (is === ofClass) found.set(`${place}\n${text}`, { text, place });
      }
      if (found.size >= mostConfirmed) break;
    }
    return [...found.values()];
  };
});
