import type { PayloadClass } from "../../../../shared/payload.ts";
import type { Settings } from "../../../../shared/settings.ts";
import { attackScore } from "../../detect/features/score-features.ts";
import { usualSetErrorRate } from "../../detect/serving/deployed-payload.ts";
import type { FindingRecord, VerdictInputs } from "../../detect/verdicts/verdict-record.ts";
import { type Db, defineSlowRead } from "../../store/store.ts";
import { alertEntity } from "../../triage/alert-state.ts";
import { prepareClosings } from "../closed-alerts.ts";
import { prepareIncluded } from "../label-exclusions.ts";
import { type Calibration, measureCalibration } from "./calibration.ts";
import { type Coverage, watchCoverage } from "./watch-coverage.ts";

/** The decisive payload of a closed alert, and what its closing says of it. */
interface LabelledPayload {
  /** A true positive is an attack of the class that it was closed with; a false positive is benign. */
  readonly label: PayloadClass;
  /** What the payload model had said: the probability of being an attack, and the classes that it did not rule out. */
  readonly probability: number;
  readonly set: readonly PayloadClass[];
  /** Error rate of the set, as it was chosen. */
  readonly chosen: Settings["class_set_error_rate"];
}

/** Closed alerts that are read at most, the newest: bounds the time. */
const mostLabels = 2000;

interface Closed {
  readonly id: string;
  readonly n: number;
  readonly reason: string;
  readonly class: PayloadClass;
  readonly verdict_id: string;
}

/** What labels say of a payload model. */
export interface LabelledTraffic {
  readonly calibration: Calibration;
  /** Null: what its sets promise is not known. */
  readonly coverage: Coverage | null;
}

/**
 * What was found out about payloads that a model flagged, in the order in which it was last decided. An alert is one label, however many
 * sessions it has: they sent the same. Cross-site request forgery is judged by the request and not by the model. A duplicate and a
 * benign true positive tell nothing, nor does what a labeller said that was taken out.
 */
function prepareLabelled(db: Db): (model: string) => LabelledPayload[] {
  const closed = db.prepare<[], Closed>(
    // Whoever closes it may name another class than the verdict did.
    `SELECT a.id, a.n, a.reason, coalesce(s.label, a.class) AS class, a.verdict_id
     FROM alerts a LEFT JOIN alert_states s ON s.alert_id = a.id
     WHERE a.reason IN ('true_positive', 'false_positive') AND a.status = 'closed' ORDER BY a.n DESC LIMIT ${mostLabels}`,
  );
  const decided = db
    .prepare<{ id: string }, number | null>(
      `SELECT max(seq) FROM (
         SELECT max(seq) AS seq FROM events WHERE entity_type = '${alertEntity}' AND entity_id = @id
         UNION ALL SELECT max(seq) FROM bulk_events WHERE entity_type = '${alertEntity}' AND entity_id = @id)`,
    )
    .pluck();
  const decisive = db.prepare<[string], { inputs: string; finding: string | null }>(
    `SELECT v.inputs, json_extract(f.findings, '$[0]') AS finding
     FROM verdicts v JOIN verdict_findings f ON f.verdict = v.n WHERE v.id = ?`,
  );
  const closings = prepareClosings(db);
  const included = prepareIncluded(db);
  return (model: string): LabelledPayload[] => {
    const closing = closings();
    const counts = included();
    const found: (LabelledPayload & { readonly seq: number; readonly n: number })[] = [];
    for (const alert of closed.all()) {
      const row = decisive.get(alert.verdict_id);
      if (row === undefined || row.finding === null) continue;
      const { modelHash, setErrorRate = usualSetErrorRate } = JSON.parse(row.inputs) as VerdictInputs;
      if (modelHash !== model) continue;
      const finding = JSON.parse(row.finding) as FindingRecord;
      if (finding.class === "benign" || finding.class === "csrf") continue;
      const { by, at } = closing(alert.id);
      if (!counts({ labeller: by, at })) continue;
      found.push({
        label: alert.reason === "false_positive" ? "benign" : alert.class,
        probability: attackScore(finding),
        set: finding.set,
        chosen: setErrorRate,
        seq: decided.get({ id: alert.id }) ?? 0,
        n: alert.n,
      });
    }
    found.sort((a, b) => a.seq - b.seq || a.n - b.n);
    return found.map(({ label, probability, set, chosen }) => ({ label, probability, set, chosen }));
  };
}

interface LabelledQuestion {
  /** Hash of the payload model. */
  readonly model: string;
  /** What its sets promise now; null: it is not known. */
  readonly setErrorRate: number | null;
  /** Choices of a rate at which its sets are the ones of now: it may not know each rate that can be chosen. */
  readonly alike: readonly Settings["class_set_error_rate"][];
}

/** Calibration and coverage on labelled traffic; measured here, since it takes more than a moment. */
export const labelledTraffic = defineSlowRead("drift.labelled", (db: Db) => {
  const labelled = prepareLabelled(db);
  return ({ model, setErrorRate, alike }: LabelledQuestion): LabelledTraffic => {
    const rows = labelled(model);
    // A set that kept to another rate promised something else.
    const attacks = rows.filter(({ label, chosen }) => label !== "benign" && alike.includes(chosen));
    return {
      calibration: measureCalibration(
        rows.map(({ label, probability }) => ({ probability, isAttack: label !== "benign" })),
      ),
      coverage: setErrorRate === null ? null : watchCoverage(attacks, setErrorRate),
    };
  };
});
