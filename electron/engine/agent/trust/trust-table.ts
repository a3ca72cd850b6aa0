import { z } from "zod";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventDraft,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";
import {
  applyTrust,
  initialTrust,
  readTrustEvent,
  TrustChangeKind,
  type TrustEvent,
  TrustState,
  trustKinds,
} from "./trust-state.ts";

export const trustEntity = "agent_trust";

/** What happened to trust, by what it changes: that tasks are counted does not stand in the way of taking a raise back. */
const parts = {
  "trust.configured": "level",
  "trust.raised": "level",
  "trust.unraised": "level",
  "trust.incident": "level",
  "trust.task": "tasks",
  "trust.red_team": "red_team",
} as const;
export type TrustPart = (typeof parts)[keyof typeof parts];
export const partOf = (kind: TrustEvent["kind"]): TrustPart => parts[kind];

const Change = z.object({
  seq: z.number().int(),
  kind: TrustChangeKind,
  detail: z.string(),
  actor: z.string(),
  level_before: z.number().int(),
  level_after: z.number().int(),
  at: z.number().int(),
});
/** One thing that changed the level, or could have. */
export type TrustChangeRow = z.infer<typeof Change>;

/** What an event says of the level; null: nothing. */
function changeOf({ kind, payload }: TrustEvent): Pick<TrustChangeRow, "kind" | "detail"> | null {
  switch (kind) {
    case "trust.incident":
      return { kind: payload.kind, detail: payload.detail };
    case "trust.raised":
      return { kind: "raised", detail: payload.reason };
    case "trust.unraised":
      return { kind: "unraised", detail: "" };
    case "trust.configured":
      return { kind: "configured", detail: "" };
    default:
      return null;
  }
}

function readState(row: string | undefined): TrustState {
  return row === undefined ? initialTrust : TrustState.parse(JSON.parse(row));
}

const projection: Projection = {
  name: "agent trust",
  tables: ["agent_trust", "agent_trust_changes"],
  kinds: trustKinds,
  prepare(db) {
    const select = db.prepare<[], string>("SELECT state FROM agent_trust").pluck();
    const save = db.prepare(
      "INSERT INTO agent_trust (id, state) VALUES (1, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
    );
    const insert = db.prepare(
      `INSERT INTO agent_trust_changes (seq, kind, detail, actor, level_before, level_after, at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    return (row: EventRow) => {
      const event = readTrustEvent(row);
      const before = readState(select.get());
      const after = applyTrust(before, event);
      save.run(JSON.stringify(after));
      const change = changeOf(event);
      if (change === null) return;
      insert.run(row.seq, change.kind, change.detail, row.actor, before.level, after.level, Date.parse(row.at));
    };
  },
};

export function draftTrust(event: TrustEvent, baseVersion: number, inverse: TrustEvent | null): EventDraft {
  return { entityType: trustEntity, entityId: partOf(event.kind), baseVersion, ...event, inverse };
}

/** Where trust stands, up to which event, and the version of each part. */
export const trustNow = defineRead("agent_trust.now", (db: Db) => {
  const state = db.prepare<[], string>("SELECT state FROM agent_trust").pluck();
  const head = db.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM events").pluck();
  const versions = db.prepare<[string], { entity_id: TrustPart; version: number }>(
    "SELECT entity_id, version FROM entity_versions WHERE entity_type = ?",
  );
  return (_args: null) => ({
    state: readState(state.get()),
    seq: head.get()!,
    versions: Object.fromEntries(versions.all(trustEntity).map((row) => [row.entity_id, row.version])),
  });
});

/** The last first. */
export const trustChanges = defineRead("agent_trust.changes", (db: Db) => {
  const select = db.prepare<[number], unknown>("SELECT * FROM agent_trust_changes ORDER BY seq DESC LIMIT ?");
  return (limit: number): TrustChangeRow[] => select.all(limit).map((row) => Change.parse(row));
});

/** Runs of the red team that are kept. */
const keptRuns = 50;

const Outcome = z.object({
  id: z.string(),
  category: z.string(),
  title: z.string(),
  worker: z.string(),
  held: z.boolean(),
  wrong: z.array(z.string()).readonly(),
});
const RedTeamRow = z.object({
  at: z.number().int(),
  level: z.number().int(),
  hash: z.string(),
  failed: z.number().int(),
  cases: z.array(Outcome).readonly(),
});
export type RedTeamRow = z.infer<typeof RedTeamRow>;

export const keepRedTeamRun = defineWrite("agent_trust.keep_run", (db: Db) => {
  const insert = db.prepare("INSERT INTO agent_red_team_runs (at, level, hash, failed, cases) VALUES (?, ?, ?, ?, ?)");
  const prune = db.prepare("DELETE FROM agent_red_team_runs WHERE n <= (SELECT max(n) FROM agent_red_team_runs) - ?");
  return ({ at, level, hash, failed, cases }: RedTeamRow): null => {
    insert.run(at, level, hash, failed, JSON.stringify(cases));
    prune.run(keptRuns);
    return null;
  };
});

/** The last first. */
export const redTeamRuns = defineRead("agent_trust.runs", (db: Db) => {
  const select = db.prepare<[], { cases: string }>(
    "SELECT at, level, hash, failed, cases FROM agent_red_team_runs ORDER BY n DESC",
  );
  return (_args: null): RedTeamRow[] =>
    select.all().map((row) => RedTeamRow.parse({ ...row, cases: JSON.parse(row.cases) }));
});

export const trustModule: StoreModule = {
  name: "agent trust",
  migrations: [
    {
      id: 620,
      sql: `
        CREATE TABLE agent_trust (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL) STRICT;
        CREATE TABLE agent_trust_incidents (
          seq INTEGER PRIMARY KEY,
          kind TEXT NOT NULL,
          detail TEXT NOT NULL,
          actor TEXT NOT NULL,
          level_before INTEGER NOT NULL,
          level_after INTEGER NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE agent_red_team_runs (
          n INTEGER PRIMARY KEY AUTOINCREMENT,
          at INTEGER NOT NULL,
          level INTEGER NOT NULL,
          hash TEXT NOT NULL,
          failed INTEGER NOT NULL,
          cases TEXT NOT NULL
        ) STRICT;`,
    },
    // What raised the level stands beside what lowered it.
    { id: 621, sql: "ALTER TABLE agent_trust_incidents RENAME TO agent_trust_changes;" },
  ],
  reads: [trustNow, trustChanges, redTeamRuns],
  writes: [keepRedTeamRun],
  projections: [projection],
};
