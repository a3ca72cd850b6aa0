import type { SampleKind } from "../../../shared/label.ts";
import type { Place } from "../../../shared/payload.ts";
import type { Blobs } from "../store/blobs.ts";
import { type Sealer, subjectTag } from "../store/seal.ts";
import { type Db, defineRead, type Store } from "../store/store.ts";
import { originOf, type SourcedSample, storeSamples } from "./sample-table.ts";
import { readVersionFile } from "./version-file.ts";
import { noteHeldRows, settleHeldRows, storedVersions } from "./version-state.ts";

interface SealedRow {
  readonly sample: string;
  readonly kind: SampleKind;
  readonly place: Place | null;
  readonly evidence_id: string | null;
  readonly campaign: string | null;
  readonly text: string;
}

const columns = "sample, kind, place, evidence_id, campaign, text";

/** Samples whose texts stand sealed in the log, after one of them. */
export const sealedSamples = defineRead("samples.sealed", (db: Db) => {
  const page = db.prepare<[string, number], SealedRow>(
    `SELECT ${columns} FROM (SELECT ${columns} FROM sample_labels UNION SELECT ${columns} FROM false_positive_samples)
     WHERE sample > ? GROUP BY sample, evidence_id ORDER BY sample LIMIT ?`,
  );
  return ({ after, limit }: { after: string; limit: number }): SealedRow[] => page.all(after, limit);
});

/** Whether the log knows of samples and none is kept, as where tables were built again from it. */
export const lacksSamples = defineRead("samples.lacking", (db: Db) => {
  const lacks = db
    .prepare<[], number>(
      `SELECT NOT EXISTS (SELECT 1 FROM samples) AND (EXISTS (SELECT 1 FROM sample_labels)
         OR EXISTS (SELECT 1 FROM false_positive_samples) OR EXISTS (SELECT 1 FROM dataset_imports))`,
    )
    .pluck();
  return (_args: null): boolean => lacks.get() === 1;
});

const atOnce = 500;

/** Opens the texts that stand sealed in the log and keeps them again; those whose key was dropped stay gone. */
export async function restoreSealedSamples(store: Store, sealer: Sealer, signal: AbortSignal): Promise<void> {
  for (let after = ""; ; ) {
    const rows = await store.read(sealedSamples, { after, limit: atOnce });
    const opened: SourcedSample[] = [];
    for (const { sample, kind, place, evidence_id, campaign, text: sealed } of rows) {
      signal.throwIfAborted();
      const text = await sealer.unseal(sealed).catch(() => null);
      if (text === null) continue;
      const origin =
        evidence_id === null ? originOf.text(subjectTag(`sample ${sample}`)) : originOf.evidence(evidence_id);
      opened.push({ id: sample, kind, place, text, origin, campaign });
    }
    await store.write(storeSamples, opened);
    if (rows.length < atOnce) return;
    after = rows.at(-1)!.sample;
  }
}

/** Reads from the files of all versions, oldest first, which split each sample has kept. */
export async function restoreSplits(store: Store, blobs: Pick<Blobs, "open">, signal: AbortSignal): Promise<void> {
  const versions = await store.read(storedVersions, Number.MAX_SAFE_INTEGER);
  for (const { id, file } of versions.toReversed()) {
    for await (const rows of readVersionFile(blobs.open(file, { signal }))) {
      const held = rows.map((row) => ({
        sample: row.id,
        split: row.split,
        group: row.group,
        isFalsePositive: row.false_positive,
      }));
      await store.write(noteHeldRows, { version: id, rows: held });
    }
    await store.write(settleHeldRows, id);
  }
}
