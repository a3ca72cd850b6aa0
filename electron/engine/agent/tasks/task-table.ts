import { z } from "zod";
import { type TaskEvent, taskStatuses } from "../../../../shared/agent-task.ts";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventDraft,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

const taskEntity = "agent_task";

/** Payload of `task.started`. */
const Started = z.strictObject({
  session_id: z.string(),
  /** Sealed. */
  request: z.string(),
  /** Channel it came by. */
  source: z.string(),
  at: z.number().int(),
});

/** Payload of `task.moved`: how far it is. The plan and the calls that were made are named by their hashes. */
const Moved = z.strictObject({
  status: z.enum(taskStatuses),
  plan: z.string().nullable(),
  approval: z.string().nullable(),
  /** Step that was done, and the hash of its proof. */
  step: z.strictObject({ id: z.string(), status: z.string(), proof: z.string().nullable() }).nullable(),
  risk: z.number(),
  at: z.number().int(),
});
export type Moved = z.infer<typeof Moved>;

export interface TaskRow {
  readonly id: string;
  readonly version: number;
  readonly session_id: string;
  /** Sealed. */
  readonly request: string;
  readonly source: string;
  readonly status: (typeof taskStatuses)[number];
  readonly approval: string | null;
  readonly risk: number;
  readonly actor: string;
  readonly at: number;
}

const projection: Projection = {
  name: "agent tasks",
  tables: ["agent_tasks"],
  kinds: ["task.started", "task.moved"],
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO agent_tasks (id, session_id, request, source, status, approval, risk, actor, at)
       VALUES (?, ?, ?, ?, 'running', NULL, 0, ?, ?)`,
    );
    const move = db.prepare("UPDATE agent_tasks SET status = ?, approval = ?, risk = ? WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind === "task.started") {
        const { session_id, request, source, at } = Started.parse(event.payload);
        insert.run(event.entity_id, session_id, request, source, event.actor, at);
      } else {
        const { status, approval, risk } = Moved.parse(event.payload);
        move.run(status, approval, risk, event.entity_id);
      }
    };
  },
};

export function startTask(id: string, payload: z.infer<typeof Started>): EventDraft {
  return { entityType: taskEntity, entityId: id, baseVersion: 0, kind: "task.started", payload, inverse: null };
}

/** Without an inverse: what a task did is undone where it did it. */
export function moveTask({ id, version }: Pick<TaskRow, "id" | "version">, payload: Moved): EventDraft {
  return { entityType: taskEntity, entityId: id, baseVersion: version, kind: "task.moved", payload, inverse: null };
}

const columns = `t.*, v.version FROM agent_tasks t
  JOIN entity_versions v ON v.entity_type = '${taskEntity}' AND v.entity_id = t.id`;

export const taskById = defineRead("agent_tasks.get", (db: Db) => {
  const select = db.prepare<[string], TaskRow>(`SELECT ${columns} WHERE t.id = ?`);
  return (id: string): TaskRow | null => select.get(id) ?? null;
});

/** The last first. */
export const latestTasks = defineRead("agent_tasks.latest", (db: Db) => {
  const select = db.prepare<[{ session: string | null; limit: number }], TaskRow>(
    `SELECT ${columns} WHERE @session IS NULL OR t.session_id = @session ORDER BY t.at DESC, t.id DESC LIMIT @limit`,
  );
  return (args: { session: string | null; limit: number }): TaskRow[] => select.all(args);
});

/** Tasks that an end of the engine may have cut off, and those that wait. */
export const openTasks = defineRead("agent_tasks.open", (db: Db) => {
  const select = db.prepare<[], TaskRow>(`SELECT ${columns} WHERE t.status IN ('running', 'awaiting_approval')`);
  return (_args: null): TaskRow[] => select.all();
});

/** What a task has to remember: sealed JSON, in parts. */
export const keepTaskState = defineWrite("agent_tasks.keep", (db: Db) => {
  const clear = db.prepare("DELETE FROM agent_task_states WHERE task_id = ?");
  const insert = db.prepare("INSERT INTO agent_task_states (task_id, part, sealed) VALUES (?, ?, ?)");
  return ({ id, parts }: { id: string; parts: readonly string[] }) => {
    clear.run(id);
    for (const [part, sealed] of parts.entries()) insert.run(id, part, sealed);
  };
});

export const taskState = defineRead("agent_tasks.state", (db: Db) => {
  const select = db
    .prepare<[string], string>("SELECT sealed FROM agent_task_states WHERE task_id = ? ORDER BY part")
    .pluck();
  return (id: string): string[] => select.all(id);
});

/** What happened to a task, for those who follow it. @returns its place in the order */
export const addTaskEvent = defineWrite("agent_tasks.add_event", (db: Db) => {
  const insert = db.prepare("INSERT INTO agent_task_events (task_id, type, at, sealed) VALUES (?, ?, ?, ?)");
  return ({ task, type, at, parts }: { task: string; type: TaskEvent["type"]; at: number; parts: string }): number =>
    Number(insert.run(task, type, at, parts).lastInsertRowid);
});

export interface TaskEventRow {
  readonly id: number;
  readonly type: TaskEvent["type"];
  readonly at: number;
  /** JSON list of sealed parts. */
  readonly sealed: string;
}

export const taskEvents = defineRead("agent_tasks.events", (db: Db) => {
  const select = db.prepare<[string, number], TaskEventRow>(
    "SELECT id, type, at, sealed FROM agent_task_events WHERE task_id = ? AND id > ? ORDER BY id LIMIT 100",
  );
  return ({ task, after }: { task: string; after: number }): TaskEventRow[] => select.all(task, after);
});

export const taskModule: StoreModule = {
  name: "agent tasks",
  migrations: [
    {
      id: 610,
      sql: `
        CREATE TABLE agent_tasks (
          id TEXT PRIMARY KEY,
          session_id TEXT NOT NULL,
          request TEXT NOT NULL,
          source TEXT NOT NULL,
          status TEXT NOT NULL,
          approval TEXT,
          risk REAL NOT NULL,
          actor TEXT NOT NULL,
          at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX agent_tasks_by_session ON agent_tasks (session_id, at);
        CREATE INDEX agent_tasks_by_time ON agent_tasks (at);
        CREATE INDEX agent_tasks_by_status ON agent_tasks (status);
        CREATE TABLE agent_task_states (
          task_id TEXT NOT NULL,
          part INTEGER NOT NULL,
          sealed TEXT NOT NULL,
          PRIMARY KEY (task_id, part)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE agent_task_events (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          task_id TEXT NOT NULL,
          type TEXT NOT NULL,
          at INTEGER NOT NULL,
          sealed TEXT NOT NULL
        ) STRICT;
        CREATE INDEX agent_task_events_of_task ON agent_task_events (task_id, id);`,
    },
  ],
  reads: [taskById, latestTasks, openTasks, taskState, taskEvents],
  writes: [keepTaskState, addTaskEvent],
  projections: [projection],
};
