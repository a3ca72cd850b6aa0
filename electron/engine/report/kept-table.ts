import { z } from "zod";
import { type Db, defineRead, type Projection, type StoreModule } from "../store/store.ts";

/** Entity of a report, by the SHA-256 of its file. */
export const reportEntity = "report";

/** Payload of `report.shelved`: written before the first byte is sent, so that nothing lies on the shelf that nobody knows of. */
export const ReportShelved = z.object({
  key: z.string(),
  address: z.string(),
  bytes: z.number().int(),
  /** What it is about. */
  alert_id: z.string().optional(),
  case_id: z.string().optional(),
  /** Evidence that it tells of: when that is erased, so is the report. */
  evidence: z.array(z.string()),
});

/** A report on the shelf as it is stored. */
export interface ShelvedReport {
  readonly sha256: string;
  readonly key: string;
  readonly address: string;
  readonly bytes: number;
  readonly about: string;
  readonly at: string;
  readonly by: string;
  readonly evidence: readonly string[];
  /** Whether the shelf said that it has it. */
  readonly isKept: boolean;
  readonly version: number;
}

interface Row {
  readonly sha256: string;
  readonly shelved: string;
  readonly at: string;
  readonly actor: string;
  readonly kept: number;
  readonly version: number;
}

const projection: Projection = {
  name: "reports on the shelf",
  tables: ["shelved_reports"],
  kinds: ["report.shelved", "report.kept", "report.removed"],
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO shelved_reports (sha256, shelved, at, actor) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET shelved = excluded.shelved, removed = 0, kept = 0`,
    );
    const keep = db.prepare("UPDATE shelved_reports SET kept = 1 WHERE sha256 = ?");
    const remove = db.prepare("UPDATE shelved_reports SET removed = 1 WHERE sha256 = ?");
    return ({ kind, entity_id: sha256, payload, at, actor }) => {
      if (kind === "report.shelved") insert.run(sha256, JSON.stringify(ReportShelved.parse(payload)), at, actor);
      else (kind === "report.kept" ? keep : remove).run(sha256);
    };
  },
};

function toReport(row: Row): ShelvedReport {
  const { key, address, bytes, alert_id, case_id, evidence } = ReportShelved.parse(JSON.parse(row.shelved));
  const about = alert_id === undefined ? `case ${case_id}` : `alert ${alert_id}`;
  const { sha256, at, actor: by, version } = row;
  return { sha256, key, address, bytes, about, at, by, evidence, isKept: row.kept === 1, version };
}

const select = `SELECT r.*, v.version FROM shelved_reports r
  JOIN entity_versions v ON v.entity_type = '${reportEntity}' AND v.entity_id = r.sha256 WHERE r.removed = 0`;

/** Reports that were put on the shelf and not removed, newest first. */
export const shelvedReports = defineRead("reports.shelved", (db: Db) => {
  const rows = db.prepare<[number], Row>(`${select} ORDER BY r.at DESC, r.sha256 LIMIT ?`);
  return (limit: number): ShelvedReport[] => rows.all(limit).map(toReport);
});

export const shelvedReport = defineRead("reports.shelved_one", (db: Db) => {
  const row = db.prepare<[string], Row>(`${select} AND r.sha256 = ?`);
  return (sha256: string): ShelvedReport | null => {
    const found = row.get(sha256);
    return found === undefined ? null : toReport(found);
  };
});

export const reportModule: StoreModule = {
  name: "reports on the shelf",
  migrations: [
    {
      id: 670,
      sql: `
        CREATE TABLE shelved_reports (
          sha256 TEXT PRIMARY KEY,
          shelved TEXT NOT NULL,
          at TEXT NOT NULL,
          actor TEXT NOT NULL,
          kept INTEGER NOT NULL DEFAULT 0,
          removed INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX shelved_reports_in_order ON shelved_reports (at DESC, sha256) WHERE removed = 0;`,
    },
  ],
  reads: [shelvedReports, shelvedReport],
  writes: [],
  projections: [projection],
};
