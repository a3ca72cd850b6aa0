import type { Blobs } from "../store/blobs.ts";
import type { Store } from "../store/store.ts";
import { buildVersion } from "./build-version.ts";
import type { DatasetProgress, MadeVersion } from "./dataset-task.ts";
import { campaignsOfSamples, type KnownSample, samplesByIds, storeSamples } from "./sample-table.ts";
import type { Placed } from "./split.ts";
import { allStatements } from "./statement-reads.ts";
import { versionId, writeVersionFile } from "./version-file.ts";
import { keptSplits, noteHeldRows } from "./version-state.ts";

/** Rows of one request to the store. */
const atOnce = 2000;

/**
 * Reads what is said of all samples, makes a version of it, stores its file and puts down what it holds. Until its event is in the log, and
 * `settleHeldRows` with it, all of that counts for nothing.
 * @throws the signal's reason
 */
export async function makeVersion(
  { store, blobs }: { store: Store; blobs: Pick<Blobs, "put"> },
  now: number,
  signal: AbortSignal,
  tell: (progress: DatasetProgress) => void,
): Promise<MadeVersion> {
  tell({ step: "reading labels", done: 0, total: null, unit: "samples" });
  const { statements, known } = await store.read(allStatements, null);
  // Closing an alert writes no sample: its texts are kept from the first version on that holds them.
  for (let from = 0; from < known.length; from += atOnce) {
    signal.throwIfAborted();
    await store.write(storeSamples, known.slice(from, from + atOnce));
  }
  const ids = [...new Set(statements.map(({ sample }) => sample))];
  const samples = new Map<string, KnownSample>();
  const campaigns = new Map<string, string>();
  const kept = new Map<string, Placed>();
  for (let from = 0; from < ids.length; from += atOnce) {
    signal.throwIfAborted();
    const some = ids.slice(from, from + atOnce);
    for (const sample of await store.read(samplesByIds, some)) samples.set(sample.id, sample);
    for (const { sample, campaign } of await store.read(campaignsOfSamples, some)) campaigns.set(sample, campaign);
    for (const { sample, split, grp } of await store.read(keptSplits, some)) kept.set(sample, { split, group: grp });
    tell({ step: "reading samples", done: from + some.length, total: ids.length, unit: "samples" });
  }
  signal.throwIfAborted();
  tell({ step: "grouping near-duplicates", done: 0, total: null, unit: "samples" });
  const { rows, whole, counts, quality } = buildVersion({ statements, samples, campaigns, kept, now });
  const id = versionId(whole);
  const file = await blobs.put(writeFile(), { signal });
  for (let from = 0; from < rows.length; from += atOnce) {
    signal.throwIfAborted();
    const some = rows.slice(from, from + atOnce);
    const held = some.map((row) => ({
      sample: row.id,
      split: row.split,
      group: row.group,
      isFalsePositive: row.false_positive,
    }));
    await store.write(noteHeldRows, { version: id, rows: held });
    tell({ step: "storing", done: from + some.length, total: rows.length, unit: "samples" });
  }
  return { id, file: file.sha256, bytes: file.size, counts, quality };

  async function* writeFile() {
    yield* writeVersionFile(whole);
  }
}
