import { defineWrite, type StoreModule } from "../store/store.ts";
import { countFound, foundPage } from "./request-search.ts";

/** Scans whose hits are kept. */
const keptScans = 20;

/** Stores what a scan found in one piece of evidence; hits of long gone scans are removed. The id is the job's. */
export const storeScanHits = defineWrite("search.store_hits", (db) => {
  const insert = db.prepare("INSERT OR IGNORE INTO scan_hits VALUES (?, ?, ?)");
  const prune = db.prepare(
    `DELETE FROM scan_hits WHERE scan NOT IN (SELECT DISTINCT scan FROM scan_hits ORDER BY scan DESC LIMIT ${keptScans})`,
  );
  return (args: { scan: string; evidence: number; requests: readonly number[] }): null => {
    for (const request of args.requests) insert.run(args.scan, args.evidence, request);
    prune.run();
    return null;
  };
});

/** Forgets what scans found in a piece of evidence, by its place in the log. */
export const forgetScanHits = defineWrite("search.forget_hits", (db) => {
  const remove = db.prepare("DELETE FROM scan_hits WHERE evidence = ?");
  return (evidence: number): null => {
    remove.run(evidence);
    return null;
  };
});

/** What requests are searched by, and what was found in headers and bodies. */
export const searchModule: StoreModule = {
  name: "search",
  migrations: [
    {
      id: 322,
      sql: `
        CREATE TABLE scan_hits (
          scan TEXT NOT NULL,
          evidence INTEGER NOT NULL,
          request INTEGER NOT NULL,
          PRIMARY KEY (scan, evidence, request)
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [foundPage, countFound],
  writes: [storeScanHits, forgetScanHits],
  projections: [],
};
