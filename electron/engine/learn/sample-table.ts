import { z } from "zod";
import { SampleKind } from "../../../shared/label.ts";
import { Place } from "../../../shared/payload.ts";
import { type Db, defineRead, defineWrite } from "../store/store.ts";

/**
 * Texts of samples, each once, and where each came from. Beside the log, where they are sealed or lie in the file that brought them:
 * what goes with the last of its sources is gone for good.
 */
export const sampleTables = `
  CREATE TABLE samples (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    place TEXT,
    -- Masked. Of a session: JSON of its features.
    text TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sample_sources (
    sample TEXT NOT NULL,
    origin TEXT NOT NULL,
    campaign TEXT,
    PRIMARY KEY (sample, origin)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sample_sources_by_origin ON sample_sources (origin);`;

/** Where a sample came from, as its sources name it. What is erased is erased by this name. */
export const originOf = {
  evidence: (id: string) => `evidence:${id}`,
  /** @param tag of the subject that its text is sealed for */
  text: (tag: string) => `text:${tag}`,
  /** @param sha256 of an imported file */
  file: (sha256: string) => `file:${sha256}`,
} as const;

export interface KnownSample {
  readonly id: string;
  readonly kind: SampleKind;
  readonly place: Place | null;
  readonly text: string;
}

export interface SourcedSample extends KnownSample {
  readonly origin: string;
  readonly campaign: string | null;
}

/** Keeps samples with their sources; what is known already stays as it is. @returns how many were not known */
export const storeSamples = defineWrite("samples.store", (db: Db) => {
  const insert = db.prepare("INSERT OR IGNORE INTO samples (id, kind, place, text) VALUES (?, ?, ?, ?)");
  const source = db.prepare("INSERT OR IGNORE INTO sample_sources (sample, origin, campaign) VALUES (?, ?, ?)");
  return (samples: readonly SourcedSample[]): number => {
    let added = 0;
    for (const { id, kind, place, text, origin, campaign } of samples) {
      added += insert.run(id, kind, place, text).changes;
      source.run(id, origin, campaign);
    }
    return added;
  };
});

/** Forgets up to `limit` samples that came from one place and from nowhere else. @returns true once nothing is left of it */
export const forgetSamplesOf = defineWrite("samples.forget", (db: Db) => {
  const some = db
    .prepare<[string, number], string>("SELECT sample FROM sample_sources WHERE origin = ? LIMIT ?")
    .pluck();
  const source = db.prepare("DELETE FROM sample_sources WHERE sample = ? AND origin = ?");
  const orphan = db.prepare(
    "DELETE FROM samples WHERE id = ? AND NOT EXISTS (SELECT 1 FROM sample_sources s WHERE s.sample = samples.id)",
  );
  return ({ origin, limit }: { origin: string; limit: number }): boolean => {
    const samples = some.all(origin, limit);
    for (const sample of samples) {
      source.run(sample, origin);
      orphan.run(sample);
    }
    return samples.length < limit;
  };
});

const Row = z.object({
  id: z.string(),
  kind: SampleKind,
  place: Place.nullable(),
  text: z.string(),
});

/** Samples by their ids; those that were erased are left out. */
export const samplesByIds = defineRead("samples.by_ids", (db: Db) => {
  const select = db.prepare("SELECT id, kind, place, text FROM samples WHERE id IN (SELECT value FROM json_each(?))");
  return (ids: readonly string[]): KnownSample[] => select.all(JSON.stringify(ids)).map((row) => Row.parse(row));
});

/** Where a sample came from, oldest names first. */
export const sourcesOfSample = defineRead("samples.sources", (db: Db) => {
  const select = db.prepare<[string], { origin: string; campaign: string | null }>(
    "SELECT origin, campaign FROM sample_sources WHERE sample = ? ORDER BY origin",
  );
  return (sample: string): { origin: string; campaign: string | null }[] => select.all(sample);
});

/** The campaign of each sample that has one; of several, always the same one. */
export const campaignsOfSamples = defineRead("samples.campaigns", (db: Db) => {
  const select = db.prepare<[string], { sample: string; campaign: string }>(
    `SELECT sample, min(campaign) AS campaign FROM sample_sources
     WHERE campaign IS NOT NULL AND sample IN (SELECT value FROM json_each(?)) GROUP BY sample`,
  );
  return (ids: readonly string[]): { sample: string; campaign: string }[] => select.all(JSON.stringify(ids));
});

/** Of some origins those that samples came from. */
export const knownOrigins = defineRead("samples.known_origins", (db: Db) => {
  const select = db
    .prepare<[string], string>(
      "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM sample_sources s WHERE s.origin = value)",
    )
    .pluck();
  return (origins: readonly string[]): string[] => select.all(JSON.stringify(origins));
});
