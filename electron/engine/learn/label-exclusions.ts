import { z } from "zod";
import { type Db, defineRead, type EventRow, forgetRow, type Projection } from "../store/store.ts";

export const exclusionEntity = "label_exclusion";
export const labelsExcluded = "labels.excluded";

/** Payload of `labels.excluded`: whatever a labeller said between two moments counts no more, in whatever way it was said. */
export const LabelsExcluded = z.strictObject({
  labeller: z.string(),
  /** Epoch milliseconds, both included. */
  since: z.number().int(),
  until: z.number().int(),
  by: z.string(),
  at: z.number().int(),
});
export type LabelsExcluded = z.infer<typeof LabelsExcluded>;

export const exclusionProjection: Projection = {
  name: "label exclusions",
  tables: ["label_exclusions"],
  kinds: [labelsExcluded, "labels.included"],
  shared: {
    entityType: exclusionEntity,
    forget: (db) => forgetRow(db, "label_exclusions"),
    rows: "SELECT * FROM label_exclusions ORDER BY id",
  },
  prepare(db) {
    const add = db.prepare(
      "INSERT OR REPLACE INTO label_exclusions (id, labeller, since, until, by, at) VALUES (?, ?, ?, ?, ?, ?)",
    );
    const remove = db.prepare("DELETE FROM label_exclusions WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind !== labelsExcluded) {
        remove.run(event.entity_id);
        return;
      }
      const { labeller, since, until, by, at } = LabelsExcluded.parse(event.payload);
      add.run(event.entity_id, labeller, since, until, by, at);
    };
  },
};

export interface StoredExclusion extends LabelsExcluded {
  readonly id: string;
  readonly version: number;
}

/** Everything that was taken out, the last first. */
export const labelExclusions = defineRead("labels.exclusions", (db: Db) => {
  const select = db.prepare<[], StoredExclusion>(
    `SELECT x.*, v.version FROM label_exclusions x
     JOIN entity_versions v ON v.entity_type = '${exclusionEntity}' AND v.entity_id = x.id ORDER BY x.at DESC, x.id`,
  );
  return (_args: null): StoredExclusion[] => select.all();
});

/** Whether what somebody said counts, by what is excluded now. */
export function prepareIncluded(db: Db): () => (said: { readonly labeller: string; readonly at: number }) => boolean {
  const select = db.prepare<[], Pick<LabelsExcluded, "labeller" | "since" | "until">>(
    "SELECT labeller, since, until FROM label_exclusions",
  );
  return () => {
    const excluded = Map.groupBy(select.all(), ({ labeller }) => labeller);
    return ({ labeller, at }) => !(excluded.get(labeller) ?? []).some(({ since, until }) => since <= at && at <= until);
  };
}
