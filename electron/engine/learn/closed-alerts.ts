import { z } from "zod";
import type { CloseReason } from "../../../shared/alert.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { findVerdict, prepareFindings } from "../detect/verdicts/verdict-tables.ts";
import { bulkMembers } from "../store/bulk.ts";
import { type Db, defineSlowRead } from "../store/store.ts";
import { AlertChanged, alertEntity, StateChange } from "../triage/alert-state.ts";
import { lineage, type TrackedFalsePositive, type TrackQuestion, trackColumns } from "./false-positive-state.ts";
import { type FoundSample, sourced } from "./labels.ts";
import { campaignOf, longestSample, payloadSampleId } from "./sample-identity.ts";
import { originOf, type SourcedSample } from "./sample-table.ts";
import { sessionSample } from "./session-sample.ts";
import type { Statement } from "./statement.ts";

/** A payload of a closed alert, or its session, and what its closing says of it. */
export interface AlertLabel {
  readonly statement: Statement;
  readonly known: SourcedSample;
  readonly alertId: string;
}

interface ClosedAlert {
  readonly id: string;
  readonly reason: CloseReason;
  readonly label: PayloadClass | null;
  readonly verdict_id: string;
  readonly evidence_id: string;
  readonly client: string | null;
  readonly started_at: number | null;
}

/** What one event did to the status of alerts. */
interface Deed {
  readonly by: string;
  readonly at: number;
  /** Null: it did not touch the status of all, but of these. */
  readonly members: ReadonlySet<string> | null;
  readonly touchesAll: boolean;
}

const closed = `SELECT a.id, a.reason, s.label, a.verdict_id, v.evidence_id, v.client, v.started_at
  FROM alerts a JOIN alert_states s ON s.alert_id = a.id JOIN verdicts v ON v.id = a.verdict_id
  WHERE a.status = 'closed' AND a.reason IN ('true_positive', 'false_positive')`;

/** Tells who decided the status of an alert last, and when. Events of many alerts are read once for each `closings()`. */
export function prepareClosings(db: Db): () => (alertId: string) => { readonly by: string; readonly at: number } {
  const events = db
    .prepare<{ id: string }, number>(
      `SELECT seq FROM events WHERE entity_type = '${alertEntity}' AND entity_id = @id
       UNION SELECT seq FROM bulk_events WHERE entity_type = '${alertEntity}' AND entity_id = @id ORDER BY seq DESC`,
    )
    .pluck();
  const event = db.prepare<[number], { actor: string; at: string; entity_id: string; payload: string }>(
    "SELECT actor, at, entity_id, payload FROM events WHERE seq = ?",
  );

  function readDeed(seq: number): Deed {
    const { actor, at, entity_id, payload: text } = event.get(seq)!;
    const payload: unknown = JSON.parse(text);
    const members = bulkMembers(entity_id, payload) as readonly { id: string; set?: unknown }[] | null;
    const own = members?.filter(({ set }) => set !== undefined && StateChange.parse(set).status !== undefined);
    return {
      by: actor,
      at: Date.parse(at),
      members: own === undefined ? null : new Set(own.map(({ id }) => id)),
      touchesAll: AlertChanged.parse(payload).set?.status !== undefined,
    };
  }

  return () => {
    const known = new Map<number, Deed>();
    return (id) => {
      for (const seq of events.iterate({ id })) {
        const deed = known.get(seq) ?? readDeed(seq);
        known.set(seq, deed);
        if (deed.touchesAll || deed.members?.has(id) === true) return deed;
      }
      return { by: "unknown", at: 0 };
    };
  };
}

/**
 * Labels that closed alerts are, read from the decisions as they stand: a true positive says of its decisive payload what it is, a
 * false positive says of each flagged payload that it is benign. Of the worst session of each alert: the others have the same shape.
 * Where nothing but behaviour stood out, the session is what is labelled; of a true positive, if somebody named what it was.
 */
export function prepareAlertLabels(db: Db) {
  const select = db.prepare<[], ClosedAlert>(`${closed} ORDER BY a.id`);
  const findings = prepareFindings(db);
  const verdict = findVerdict.prepare(db);
  const closings = prepareClosings(db);

  function* labelsOf(alert: ClosedAlert, closing: ReturnType<typeof closings>): Generator<AlertLabel> {
    const flagged = findings(alert.verdict_id).filter((finding) => finding.class !== "benign");
    const isFalse = alert.reason === "false_positive";
    const { by, at } = closing(alert.id);
    const said = { labeller: by, at, source: "alert", resolves: false, isFalsePositive: isFalse } as const;
    if (flagged.length === 0) {
      const label = isFalse ? "benign" : alert.label;
      const row = label === null ? null : verdict(alert.verdict_id);
      if (label !== null && row !== null) yield ofSession(alert.id, sessionSample(row), { ...said, label });
      return;
    }
    const campaign = campaignOf({
      client: alert.client,
      startedAt: alert.started_at,
      evidenceId: alert.evidence_id,
    });
    for (const finding of isFalse ? flagged : flagged.slice(0, 1)) {
      const { place } = finding;
      const text = finding.text.slice(0, longestSample).toWellFormed();
      const sample = payloadSampleId(place, text);
      const label = isFalse ? "benign" : (alert.label ?? finding.class);
      const judged = { class: finding.class, confidence: finding.confidence };
      yield {
        alertId: alert.id,
        statement: { ...said, sample, kind: "payload", label, said: judged },
        known: { id: sample, kind: "payload", place, text, origin: originOf.evidence(alert.evidence_id), campaign },
      };
    }
  }

  const recent = db.prepare<[number], ClosedAlert>(
    `${closed} AND a.reason = 'false_positive' ORDER BY a.n DESC LIMIT ?`,
  );
  return {
    *recentFalsePositives(limit: number): Generator<AlertLabel & { readonly verdictId: string }> {
      const closing = closings();
      for (const alert of recent.all(limit)) {
        for (const label of labelsOf(alert, closing)) yield { ...label, verdictId: alert.verdict_id };
      }
    },
    *all(): Generator<AlertLabel> {
      const closing = closings();
      // Read whole first: the statements below run on the same connection.
      for (const alert of select.all()) yield* labelsOf(alert, closing);
    },
  };
}

function ofSession(
  alertId: string,
  sample: FoundSample,
  said: Omit<Statement, "sample" | "kind" | "said">,
): AlertLabel {
  return {
    alertId,
    statement: { ...said, sample: sample.id, kind: "session", said: sample.said },
    known: sourced(sample),
  };
}

/** @param text of a session's sample */
const requestLineOf = (text: string) => z.object({ request_line: z.string() }).parse(JSON.parse(text)).request_line;

/** Payloads, or sessions, of the alerts that were closed as false positives, those of the newest alerts first, as reports are tracked. */
export const recentFalsePositives = defineSlowRead("false_positives.closed_alerts", (db: Db) => {
  const alerts = prepareAlertLabels(db);
  const track = db.prepare<
    { sample: string; champion: string },
    Pick<TrackedFalsePositive, "dataset_version" | "model_id">
  >(`${lineage} SELECT ${trackColumns("@sample")}`);
  return ({ limit, champion }: TrackQuestion): TrackedFalsePositive[] => {
    const tracked: TrackedFalsePositive[] = [];
    for (const { alertId, statement, known, verdictId } of alerts.recentFalsePositives(limit)) {
      const { sample, labeller, at, said } = statement;
      tracked.push({
        report: alertId,
        sample,
        by: labeller,
        at,
        reason: null,
        verdict_id: verdictId,
        text: known.kind === "session" ? requestLineOf(known.text) : known.text,
        place: known.place,
        said_class: said?.class ?? null,
        ...track.get({ sample, champion })!,
      });
    }
    return tracked.slice(0, limit);
  };
});
