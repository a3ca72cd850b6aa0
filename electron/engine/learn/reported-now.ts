import { type Db, defineSlowRead } from "../store/store.ts";
import { prepareAlertLabels } from "./closed-alerts.ts";
import { prepareIncluded } from "./label-exclusions.ts";
import type { DatasetRow } from "./sample.ts";
import { type KnownSample, samplesByIds } from "./sample-table.ts";
import { agreeOn, bySample, type Statement } from "./statement.ts";
import { prepareWritten } from "./statement-reads.ts";

/** A value that was reported as a false positive: no model that is to decide may flag it again. */
export type ReportedValue = Pick<DatasetRow, "id" | "text" | "place">;

/**
 * Payloads that were reported, closed, or labelled as false positives since a moment, and of which the labels as they stand now say that they are
 * benign: whether or not a dataset version holds them. Those whose text was erased are left out.
 *
 * @param since epoch milliseconds
 */
export const reportedSince = defineSlowRead("false_positives.since", (db: Db) => {
  const written = prepareWritten(db);
  const alerts = prepareAlertLabels(db);
  const included = prepareIncluded(db);
  const samples = samplesByIds.prepare(db);
  return (since: number): ReportedValue[] => {
    const counts = included();
    const statements: Statement[] = [...written()].filter(counts);
    // Closing an alert writes no sample: its text is here before any version holds it.
    const known = new Map<string, Pick<KnownSample, "text" | "place">>();
    for (const label of alerts.all()) {
      if (!counts(label.statement)) continue;
      statements.push(label.statement);
      if (label.statement.isFalsePositive) known.set(label.known.id, label.known);
    }
    const isRecent = ({ isFalsePositive, at }: Statement) => isFalsePositive && at >= since;
    const ids = bySample(statements).flatMap(([id, about]) =>
      about[0]!.kind === "payload" && about.some(isRecent) && agreeOn(about).label === "benign" ? [id] : [],
    );
    for (const sample of samples(ids.filter((id) => !known.has(id)))) known.set(sample.id, sample);
    return ids.flatMap((id) => {
      const sample = known.get(id);
      return sample === undefined ? [] : [{ id, text: sample.text, place: sample.place }];
    });
  };
});
