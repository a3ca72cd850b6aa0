import { SentinelError } from "../../../shared/errors.ts";
import type { Blobs } from "../store/blobs.ts";
import type { ReadableStore } from "../store/store.ts";
import type { LocalSource } from "./federated/local-groups.ts";
import type { DatasetRow, DatasetVersion } from "./sample.ts";
import { campaignsOfSamples, type KnownSample, samplesByIds } from "./sample-table.ts";
import { readVersionFile, readWholeVersionFile, type VersionRow } from "./version-file.ts";
import { type StoredVersion, versionById } from "./version-state.ts";

const samplesAtOnce = 500;

/** @throws SentinelError NOT_FOUND */
export async function findVersion(store: ReadableStore, id: string): Promise<StoredVersion> {
  const found = await store.read(versionById, id);
  if (found === null) throw new SentinelError("NOT_FOUND", `There is no dataset version ${id}.`);
  return found;
}

/** A row of a version with its sample; null: its text was erased. */
export interface TextRow {
  readonly row: VersionRow;
  readonly sample: KnownSample | null;
}

/**
 * Rows of a version with their texts, some at a time, in the order of the ids.
 * @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT
 */
export async function* readRows(
  { store, blobs }: { store: ReadableStore; blobs: Pick<Blobs, "open"> },
  version: Pick<StoredVersion, "file">,
  keep: (row: VersionRow) => boolean = () => true,
): AsyncGenerator<TextRow[]> {
  for await (const all of readVersionFile(blobs.open(version.file))) {
    const rows = all.filter(keep);
    for (let from = 0; from < rows.length; from += samplesAtOnce) {
      const some = rows.slice(from, from + samplesAtOnce);
      const ids = some.map(({ id }) => id);
      const known = new Map((await store.read(samplesByIds, ids)).map((sample) => [sample.id, sample]));
      yield some.map((row) => ({ row, sample: known.get(row.id) ?? null }));
    }
  }
}

/**
 * What training reads of a version: its payloads. In any thread that has the store and the blobs.
 * @returns the rows that still have their text, and how many were erased since
 * @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT
 */
export async function readDatasetVersion(
  from: { store: ReadableStore; blobs: Pick<Blobs, "open"> },
  id: string,
): Promise<{ readonly version: DatasetVersion; readonly erased: number }> {
  const found = await findVersion(from.store, id);
  const rows: DatasetRow[] = [];
  let erased = 0;
  for await (const some of readRows(from, found, ({ kind }) => kind === "payload")) {
    for (const { row, sample } of some) {
      if (sample === null) erased++;
      else {
        rows.push({
          id: row.id,
          text: sample.text,
          place: sample.place,
          label: row.label,
          source: row.source,
          group: row.group,
          split: row.split,
          labelledAt: row.labelled_at,
          isFalsePositive: row.false_positive,
        });
      }
    }
  }
  return { version: { id, rows }, erased };
}

/**
 * What a federated update reads of a version: all its payloads that still have their text, those of no split among them, and of none its
 * group and split.
 * @throws SentinelError NOT_FOUND, EVIDENCE_CORRUPT
 */
export async function readLocalSources(
  { store, blobs }: { store: ReadableStore; blobs: Pick<Blobs, "open"> },
  id: string,
): Promise<{ readonly id: string; readonly rows: readonly LocalSource[] }> {
  const sources: LocalSource[] = [];
  const { file } = await findVersion(store, id);
  for await (const rows of readWholeVersionFile(blobs.open(file))) {
    const ids = rows.map((row) => row.id);
    const samples = new Map((await store.read(samplesByIds, ids)).map((sample) => [sample.id, sample]));
    const campaigns = new Map((await store.read(campaignsOfSamples, ids)).map((row) => [row.sample, row.campaign]));
    for (const row of rows) {
      const sample = samples.get(row.id);
      if (row.kind !== "payload" || sample === undefined) continue;
      const { text, place } = sample;
      const campaign = campaigns.get(row.id) ?? null;
      sources.push({ text, place, label: row.label, isFalsePositive: row.false_positive, campaign });
    }
  }
  return { id, rows: sources };
}
