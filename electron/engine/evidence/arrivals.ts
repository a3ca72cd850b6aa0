import { z } from "zod";
import type { CustodyArrival } from "../../../shared/evidence.ts";
import { type Db, defineRead } from "../store/store.ts";

/** Content that was here already and was brought again. */
export const arrivalTable = `
  CREATE TABLE evidence_arrivals (
    -- Sequence number of the event.
    seq INTEGER PRIMARY KEY,
    evidence TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    brought_at TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- Sealed.
    file_name TEXT NOT NULL
  ) STRICT;
  CREATE INDEX evidence_arrivals_of ON evidence_arrivals (evidence, seq);
  -- What a package says of itself, sealed; null: nothing.
  ALTER TABLE evidence ADD COLUMN metadata TEXT;`;

/** Each arrival is an entity of its own, so that undoing what was done to the evidence does not run into it. */
export const arrivalEntity = "evidence_arrival";
export const broughtAgain = "evidence.brought_again";

export const EvidenceBroughtAgain = z.object({
  evidence_id: z.string(),
  brought_by: z.string(),
  channel: z.string(),
  /** Sealed. */
  file_name: z.string(),
});

/** Arrivals that a manifest lists. */
const shownArrivals = 50;

/** What a manifest tells beside the evidence's row; the texts are sealed. */
export interface CustodyRemarks {
  readonly again: readonly CustodyArrival[];
  readonly metadata: string | null;
}

export const custodyRemarks = defineRead("evidence.custody_remarks", (db: Db) => {
  const arrivals = db.prepare<[string, number], CustodyArrival>(
    "SELECT brought_by, brought_at, channel, file_name FROM evidence_arrivals WHERE evidence = ? ORDER BY seq DESC LIMIT ?",
  );
  const metadata = db.prepare<[string], string | null>("SELECT metadata FROM evidence WHERE id = ?").pluck();
  return (id: string): CustodyRemarks => ({
    again: arrivals.all(id, shownArrivals),
    metadata: (metadata.get(id) as string | null | undefined) ?? null,
  });
});
