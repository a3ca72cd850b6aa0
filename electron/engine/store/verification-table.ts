import type { LogVerification } from "../../../shared/audit.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "./store.ts";

/** When the whole log was last checked, by whom, and what was found. */
export interface StoredVerification {
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly result: LogVerification;
}

/** Faults that are kept of one check: each has the same meaning. */
const keptFaults = 50;

export const lastVerification = defineRead("verification.last", (db: Db) => {
  const select = db.prepare<[], { at: string; actor: string; result: string }>(
    "SELECT at, actor, result FROM log_verification",
  );
  return (_args: null): StoredVerification | null => {
    const row = select.get();
    return row === undefined ? null : { ...row, result: JSON.parse(row.result) as LogVerification };
  };
});

export const saveVerification = defineWrite("verification.save", (db: Db) => {
  const save = db.prepare(
    `INSERT INTO log_verification (one, at, actor, result) VALUES (1, ?, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at, actor = excluded.actor, result = excluded.result`,
  );
  return ({ at, actor, result }: StoredVerification): null => {
    save.run(at, actor, JSON.stringify({ ...result, faults: result.faults.slice(0, keptFaults) }));
    return null;
  };
});

export const verificationModule: StoreModule = {
  name: "verification",
  migrations: [
    {
      id: 551,
      sql: `CREATE TABLE log_verification (
        one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL, actor TEXT NOT NULL, result TEXT NOT NULL) STRICT;`,
    },
  ],
  reads: [lastVerification],
  writes: [saveVerification],
  projections: [],
};
