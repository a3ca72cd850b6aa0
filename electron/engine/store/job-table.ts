import { z } from "zod";
import { JobState } from "../../../shared/job.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "./store.ts";

/** A job as stored: what routes show, and what a resumption needs. */
export const JobRow = z.object({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  state: JobState,
  step: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  args: z.unknown(),
  /** Who started it, so that a resumption acts for the same person. */
  actor: z.string(),
  role: z.string(),
  caller: z.string(),
  checkpoint: z.unknown(),
});
export type JobRow = z.infer<typeof JobRow>;

const columns = [
  "id",
  "kind",
  "subject",
  "state",
  "step",
  "done",
  "total",
  "unit",
  "started_at",
  "ended_at",
  "error",
  "result",
  "args",
  "actor",
  "role",
  "caller",
  "checkpoint",
] as const;

function parseJob(row: unknown): JobRow {
  const raw = row as Record<string, unknown>;
  const json = (name: string): unknown => (raw[name] === null ? null : JSON.parse(String(raw[name])));
  return JobRow.parse({
    ...raw,
    error: json("error"),
    result: json("result"),
    args: json("args"),
    checkpoint: json("checkpoint"),
  });
}

/** Unfinished jobs and the latest ended ones, newest first. */
export const newestJobs = defineRead("jobs.newest", (db: Db) => {
  const select = db.prepare(`SELECT ${columns.join(", ")} FROM jobs
    ORDER BY state IN ('queued', 'running', 'interrupted') DESC, started_at DESC, id DESC LIMIT ?`);
  return (limit: number): JobRow[] => select.all(limit).map(parseJob);
});

export const jobById = defineRead("jobs.by_id", (db: Db) => {
  const select = db.prepare(`SELECT ${columns.join(", ")} FROM jobs WHERE id = ?`);
  return (id: string): JobRow | null => {
    const row = select.get(id);
    return row === undefined ? null : parseJob(row);
  };
});

/** Stores a job as it is now. */
export const saveJob = defineWrite("jobs.save", (db: Db) => {
  const upsert =
    db.prepare(`INSERT INTO jobs (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})
    ON CONFLICT (id) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}`);
  const text = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value));
  return (job: JobRow): null => {
    upsert.run({
      ...job,
      error: text(job.error),
      result: text(job.result),
      args: text(job.args),
      checkpoint: text(job.checkpoint),
    });
    return null;
  };
});

/** At the start of an engine: whatever ran when the last one ended was interrupted. @returns those jobs, oldest first */
export const interruptJobs = defineWrite("jobs.interrupt", (db: Db) => {
  const update = db.prepare("UPDATE jobs SET state = 'interrupted' WHERE state IN ('queued', 'running')");
  const select = db.prepare(
    `SELECT ${columns.join(", ")} FROM jobs WHERE state = 'interrupted' ORDER BY started_at, id`,
  );
  return (_args: null): JobRow[] => {
    update.run();
    return select.all().map(parseJob);
  };
});

/** Forgets ended jobs but the newest `keep`. */
export const pruneJobs = defineWrite("jobs.prune", (db: Db) => {
  const remove = db.prepare(`DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
    WHERE state IN ('done', 'failed', 'cancelled') ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?)`);
  return (keep: number): number => remove.run(keep).changes;
});

/** Forgets the ended jobs about one piece of evidence: subjects are file names, and what a simulation leads to is gone with it. */
export const forgetJobsOf = defineWrite("jobs.forget_of", (db: Db) => {
  const remove = db.prepare(`DELETE FROM jobs WHERE kind = 'analyse' AND json_extract(args, '$.evidence_id') = @id
    OR kind = 'simulation' AND json_extract(args, '$.evidenceId') = @id`);
  return (evidenceId: string): number => remove.run({ id: evidenceId }).changes;
});

/** Forgets the ended jobs that name a person. */
export const forgetJobsNaming = defineWrite("jobs.forget_naming", (db: Db) => {
  const remove = db.prepare(`DELETE FROM jobs WHERE state NOT IN ('queued', 'running')
    AND instr(lower(subject || ' ' || coalesce(args, '') || ' ' || coalesce(result, '')), @person) > 0`);
  return (person: string): number => remove.run({ person: person.toLowerCase() }).changes;
});

/** Forgets the ended jobs that keep what somebody looked for: words of evidence may stand in it. */
export const forgetQueryJobs = defineWrite("jobs.forget_queries", (db: Db) => {
  const remove = db.prepare(`DELETE FROM jobs WHERE kind IN ('change-alerts', 'search-evidence')
    AND state NOT IN ('queued', 'running')`);
  return (_args: null): number => remove.run().changes;
});

/** Jobs are how work went, not what anybody decided: a derived table, not in the log. */
export const jobModule: StoreModule = {
  name: "jobs",
  migrations: [
    {
      id: 3,
      sql: `
        CREATE TABLE jobs (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          state TEXT NOT NULL,
          step TEXT NOT NULL,
          done REAL NOT NULL,
          total REAL,
          unit TEXT NOT NULL,
          started_at TEXT NOT NULL,
          ended_at TEXT,
          error TEXT,
          result TEXT,
          args TEXT,
          actor TEXT NOT NULL,
          role TEXT NOT NULL,
          caller TEXT NOT NULL,
          checkpoint TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX jobs_by_state ON jobs (state, started_at);`,
    },
  ],
  reads: [newestJobs, jobById],
  writes: [saveJob, interruptJobs, pruneJobs, forgetJobsOf, forgetJobsNaming, forgetQueryJobs],
  projections: [],
};
