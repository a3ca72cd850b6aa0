import { type Db, defineRead, defineWrite, type StoreModule } from "../../store/store.ts";

/** What an output was last told of an alert. */
export interface Told {
  readonly alert_id: string;
  /** Of the document without its times; empty once the alert was gone. */
  readonly digest: string;
  /** When it was told of the alert for the first time. */
  readonly first_at: string;
  /** Why it would not take it; null: it did. */
  readonly refused: string | null;
}

export const toldAlerts = defineRead("siem.told", (db: Db) => {
  const select = db.prepare<[string, string], Told>(
    "SELECT alert_id, digest, first_at, refused FROM siem_told WHERE output = ? AND alert_id = ?",
  );
  return ({ output, ids }: { output: string; ids: readonly string[] }): Told[] =>
    ids.flatMap((id) => select.get(output, id) ?? []);
});

/** How many alerts an output has put aside, and why one of them. */
export const refusedAlerts = defineRead("siem.refused", (db: Db) => {
  const select = db.prepare<[string], { count: number; reason: string | null }>(
    "SELECT count(*) AS count, max(refused) AS reason FROM siem_told WHERE output = ? AND refused IS NOT NULL",
  );
  return (output: string): { count: number; reason: string | null } => select.get(output)!;
});

export const saveTold = defineWrite("siem.save_told", (db: Db) => {
  const save = db.prepare(
    `INSERT INTO siem_told (output, alert_id, digest, first_at, refused) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET digest = excluded.digest, refused = excluded.refused`,
  );
  return ({ output, told }: { output: string; told: readonly Told[] }): null => {
    for (const { alert_id, digest, first_at, refused } of told) save.run(output, alert_id, digest, first_at, refused);
    return null;
  };
});

/** Alerts that sessions of some evidence are in, page by page. */
export const alertsOfEvidence = defineRead("siem.alerts_of_evidence", (db: Db) => {
  const select = db
    .prepare<[string, string, number], string>(
      "SELECT DISTINCT alert_id FROM verdicts WHERE evidence_id = ? AND alert_id > ? ORDER BY alert_id LIMIT ?",
    )
    .pluck();
  return ({ evidenceId, after, limit }: { evidenceId: string; after: string; limit: number }): string[] =>
    select.all(evidenceId, after, limit);
});

/** What was told to other systems: an alert in the state that it was told in is not told again. */
export const siemModule: StoreModule = {
  name: "siem",
  migrations: [
    {
      id: 640,
      sql: `CREATE TABLE siem_told (
          output TEXT NOT NULL,
          alert_id TEXT NOT NULL,
          digest TEXT NOT NULL,
          first_at TEXT NOT NULL,
          refused TEXT,
          PRIMARY KEY (output, alert_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX siem_told_alert ON siem_told (alert_id);
        -- SECURITY: by its digest a guess at what was erased could be confirmed.
        CREATE TRIGGER siem_told_gone AFTER DELETE ON alerts BEGIN
          UPDATE siem_told SET digest = '' WHERE alert_id = old.id;
        END;
        CREATE INDEX siem_refused ON siem_told (output) WHERE refused IS NOT NULL;`,
    },
  ],
  reads: [toldAlerts, refusedAlerts, alertsOfEvidence],
  writes: [saveTold],
  projections: [],
};
