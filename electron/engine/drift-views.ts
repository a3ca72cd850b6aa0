import type { Drift, DriftItem, DriftLook, DriftReason } from "../../shared/drift.ts";
import { toInstant } from "./base/clock.ts";
import { featureIndex, featureSchema } from "./detect/features/session-features.ts";
import { type Calibration, fewestLabels, type LabelledScore, reliabilityOf } from "./learn/drift/calibration.ts";
import type { DriftReason as StoredReason } from "./learn/drift/drift-alarm.ts";
import type { StoredLook } from "./learn/drift/drift-tables.ts";
import type { DriftItem as JudgedItem } from "./learn/drift/look-at-window.ts";
import type { PayloadReference } from "./learn/drift/payload-reference.ts";
import type { Coverage } from "./learn/drift/watch-coverage.ts";

interface Words {
  readonly label: string;
  readonly unit: string;
  readonly meaning: string;
}

/** What behaviour scores are called; every other number is a session feature. */
export const behaviourScoreName = "behavioral_score";

const others: Readonly<Record<string, Words>> = {
  [behaviourScoreName]: {
    label: "Behaviour score",
    unit: "1",
    meaning: "What the behaviour model says of a session, beside what it said of the sessions that it was fitted to",
  },
  calibration: { label: "Calibration of probabilities", unit: "1", meaning: "" },
  coverage: { label: "Coverage of the sets", unit: "1", meaning: "" },
};

function wordsOf(name: string): Words {
  const index = featureIndex.get(name);
  return others[name] ?? (index === undefined ? { label: name, unit: "1", meaning: "" } : featureSchema[index]!);
}

/** @param isExpected whether such a difference raises no alarm */
export function toItem(item: JudgedItem, isExpected: boolean): DriftItem {
  const { label, unit, meaning } = wordsOf(item.name);
  return {
    subject: item.subject,
    name: item.name,
    label,
    unit,
    meaning,
    level: item.level,
    is_expected: isExpected,
    psi: item.stability.psi,
    ks: item.distance?.d ?? null,
    p: item.adjusted,
    before: { ...item.before },
    after: { ...item.after },
    bins: item.bins.map(({ from, to, isMissing, reference, live }) => ({
      from: from?.at ?? null,
      // What a cut includes lies below it.
      from_inside: from !== null && !from.inclusive,
      to: to?.at ?? null,
      to_inside: to?.inclusive ?? false,
      is_missing: isMissing,
      reference,
      live,
    })),
    sessions: item.sessions,
    examples: item.examples.map(({ id, client, host, requestLine, decidedAt }) => ({
      verdict_id: id,
      client,
      host,
      request_line: requestLine,
      decided_at: toInstant(decidedAt),
    })),
  };
}

export function toReason(reason: StoredReason): DriftReason {
  const { label } = wordsOf(reason.name);
  return { ...reason, label: reason.kind === "payload_score" ? `${label} (payload model)` : label };
}

/** @param drawn values drawn at random where nothing was flagged, of the same model */
export function toCalibration(calibration: Calibration, drawn: readonly LabelledScore[]): Drift["calibration"] {
  const { labelled, bins, error, byChance, excess, isOff } = calibration;
  return {
    labelled,
    needed: fewestLabels,
    bins: bins.map((bin) => ({ ...bin })),
    error,
    by_chance: byChance,
    excess,
    is_off: isOff,
    drawn: { labelled: drawn.length, bins: reliabilityOf(drawn) },
  };
}

export function toCoverage(coverage: Coverage, reference: PayloadReference | null): NonNullable<Drift["coverage"]> {
  const { promised, labelled, held, followed, isBroken, byClass } = coverage;
  return {
    promised,
    labelled,
    held,
    followed: followed.map((point) => ({ ...point })),
    is_broken: isBroken,
    by_class: byClass.map(({ label, ...counts }) => {
      const known = reference?.coverage.find((each) => each.class === label);
      return { class: label, ...counts, reference: known === undefined ? null : known.held / known.rows };
    }),
  };
}

/** @param before the look before it; null: it is the first */
export function toLook(look: StoredLook & { readonly at: string }, before: StoredLook | null): DriftLook {
  const { at, sessions, isTold, largest, moved, reasons, calibration_error, coverage, models } = look;
  return {
    at: toInstant(Date.parse(at)),
    sessions,
    is_told: isTold,
    largest,
    moved,
    drifted: reasons.map((reason) => toReason(reason).label),
    calibration_error,
    coverage,
    is_new_model:
      before !== null && (before.models.behaviour !== models.behaviour || before.models.payload !== models.payload),
  };
}
