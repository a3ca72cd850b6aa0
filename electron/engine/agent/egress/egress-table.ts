import { z } from "zod";
import { egressPurposes } from "../../../../shared/agent-egress.ts";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventDraft,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

const egressEntity = "agent_egress";

/** Payload of `egress.sent`: what is sent stands in it by its hash alone. */
const Sent = z.strictObject({
  task_id: z.string(),
  purpose: z.enum(egressPurposes),
  to: z.string(),
  characters: z.number().int(),
  sha256: z.string(),
  at: z.number().int(),
});
export type Sent = z.infer<typeof Sent>;

/** Payload of `egress.ended`. */
const Ended = z.strictObject({
  outcome: z.enum(["answered", "failed"]),
  input_tokens: z.number().int().nullable(),
  output_tokens: z.number().int().nullable(),
});
export type Ended = z.infer<typeof Ended>;

export interface EgressRow extends Sent {
  readonly id: string;
  readonly outcome: "sent" | "answered" | "failed";
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

const projection: Projection = {
  name: "agent egress",
  tables: ["agent_egress"],
  kinds: ["egress.sent", "egress.ended"],
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO agent_egress (id, task_id, purpose, "to", characters, sha256, at, outcome, input_tokens, output_tokens)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'sent', NULL, NULL)`,
    );
    const end = db.prepare("UPDATE agent_egress SET outcome = ?, input_tokens = ?, output_tokens = ? WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind === "egress.sent") {
        const { task_id, purpose, to, characters, sha256, at } = Sent.parse(event.payload);
        insert.run(event.entity_id, task_id, purpose, to, characters, sha256, at);
      } else {
        const { outcome, input_tokens, output_tokens } = Ended.parse(event.payload);
        end.run(outcome, input_tokens, output_tokens, event.entity_id);
      }
    };
  },
};

/** Without an inverse: what has left does not come back. */
export function noteSent(id: string, payload: Sent): EventDraft {
  return { entityType: egressEntity, entityId: id, baseVersion: 0, kind: "egress.sent", payload, inverse: null };
}

export function noteEnded(id: string, payload: Ended): EventDraft {
  return { entityType: egressEntity, entityId: id, baseVersion: 1, kind: "egress.ended", payload, inverse: null };
}

/** The last first. */
export const latestEgress = defineRead("agent_egress.latest", (db: Db) => {
  const select = db.prepare<[{ task: string | null; limit: number }], EgressRow>(
    "SELECT * FROM agent_egress WHERE @task IS NULL OR task_id = @task ORDER BY at DESC, id DESC LIMIT @limit",
  );
  return (args: { task: string | null; limit: number }): EgressRow[] => select.all(args);
});

export const egressById = defineRead("agent_egress.get", (db: Db) => {
  const select = db.prepare<[string], EgressRow>("SELECT * FROM agent_egress WHERE id = ?");
  return (id: string): EgressRow | null => select.get(id) ?? null;
});

/** The text itself, sealed, in parts. */
export const keepEgressText = defineWrite("agent_egress.keep_text", (db: Db) => {
  const insert = db.prepare("INSERT INTO agent_egress_texts (id, part, sealed) VALUES (?, ?, ?)");
  return ({ id, parts }: { id: string; parts: readonly string[] }) => {
    for (const [part, sealed] of parts.entries()) insert.run(id, part, sealed);
  };
});

export const egressText = defineRead("agent_egress.text", (db: Db) => {
  const select = db
    .prepare<[string], string>("SELECT sealed FROM agent_egress_texts WHERE id = ? ORDER BY part")
    .pluck();
  return (id: string): string[] => select.all(id);
});

export const egressModule: StoreModule = {
  name: "agent egress",
  migrations: [
    {
      id: 611,
      sql: `
        CREATE TABLE agent_egress (
          id TEXT PRIMARY KEY,
          task_id TEXT NOT NULL,
          purpose TEXT NOT NULL,
          "to" TEXT NOT NULL,
          characters INTEGER NOT NULL,
          sha256 TEXT NOT NULL,
          at INTEGER NOT NULL,
          outcome TEXT NOT NULL,
          input_tokens INTEGER,
          output_tokens INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX agent_egress_by_time ON agent_egress (at);
        CREATE INDEX agent_egress_by_task ON agent_egress (task_id);
        CREATE TABLE agent_egress_texts (
          id TEXT NOT NULL,
          part INTEGER NOT NULL,
          sealed TEXT NOT NULL,
          PRIMARY KEY (id, part)
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [latestEgress, egressById, egressText],
  writes: [keepEgressText],
  projections: [projection],
};
