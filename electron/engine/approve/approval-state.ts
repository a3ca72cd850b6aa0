import { z } from "zod";
import { ApprovalKind, ApprovalRisk, type ApprovalState } from "../../../shared/approval.ts";
import { fleetActor, machineActors, panicActor } from "../base/principals.ts";
import { type Db, defineRead, type EventRow, forgetRow, type Projection, type StoreModule } from "../store/store.ts";

export const approvalEntity = "approval";

/** Payload of `approval.requested`. */
export const ApprovalRequested = z.strictObject({
  kind: ApprovalKind,
  subject: z.string(),
  /** Sealed, as is `shown`: both may quote what an attacker wrote. */
  title: z.string(),
  shown: z.string(),
  shown_hash: z.string(),
  /** Hash of what the answer depends on beside what is shown. */
  inputs: z.string(),
  risk: ApprovalRisk,
  authors: z.array(z.string()),
  /** Epoch milliseconds. */
  at: z.number().int(),
  expires_at: z.number().int(),
});
export type ApprovalRequested = z.infer<typeof ApprovalRequested>;

/** Payload of `approval.granted` and `approval.denied`. */
const Decided = z.strictObject({
  shown_hash: z.string(),
  /** Sealed. */
  reason: z.string().nullable(),
  at: z.number().int(),
});

const states = {
  "approval.requested": "pending",
  "approval.reopened": "pending",
  "approval.granted": "granted",
  "approval.denied": "denied",
  "approval.used": "used",
  "approval.superseded": "superseded",
  "approval.withdrawn": "withdrawn",
} as const satisfies Record<string, ApprovalState>;

/** As it stands in the log; that it expired is a matter of the clock. */
export interface ApprovalRow extends Omit<ApprovalRequested, "authors"> {
  readonly id: string;
  readonly version: number;
  readonly state: Exclude<ApprovalState, "expired">;
  readonly requested_by: string;
  /** Engine at which it was asked for. */
  readonly node_id: string;
  /** JSON list. */
  readonly authors: string;
  readonly decided_by: string | null;
  readonly decided_at: number | null;
  /** Sealed. */
  readonly reason: string | null;
}

const projection: Projection = {
  name: "approvals",
  tables: ["approvals"],
  kinds: Object.keys(states),
  shared: {
    entityType: approvalEntity,
    approverKinds: ["approval.granted", "approval.denied"],
    forget: (db) => forgetRow(db, "approvals"),
    rows: "SELECT * FROM approvals ORDER BY id",
  },
  prepare(db) {
    const insert = db.prepare(
      `INSERT INTO approvals (id, kind, subject, title, shown, shown_hash, inputs, risk, authors, at, expires_at, state, requested_by, node_id)
       VALUES (@id, @kind, @subject, @title, @shown, @shown_hash, @inputs, @risk, @authors, @at, @expires_at, 'pending', @by, @node)`,
    );
    const decide = db.prepare(
      "UPDATE approvals SET state = ?, decided_by = ?, decided_at = ?, reason = ? WHERE id = ?",
    );
    const move = db.prepare("UPDATE approvals SET state = ? WHERE id = ?");
    return (event: EventRow) => {
      const id = event.entity_id;
      switch (event.kind) {
        case "approval.requested":
          {
            const asked = ApprovalRequested.parse(event.payload);
            insert.run({ ...asked, authors: JSON.stringify(asked.authors), id, by: event.actor, node: event.node_id });
          }
          return;
        case "approval.granted":
        case "approval.denied": {
          const { reason, at } = Decided.parse(event.payload);
          decide.run(states[event.kind], event.actor, at, reason, id);
          return;
        }
        case "approval.reopened":
          decide.run("pending", null, null, null, id);
          return;
        default:
          move.run(states[event.kind as keyof typeof states], id);
      }
    };
  },
};

const columns = `a.*, v.version FROM approvals a
  JOIN entity_versions v ON v.entity_type = '${approvalEntity}' AND v.entity_id = a.id`;

export const approvalById = defineRead("approvals.get", (db: Db) => {
  const select = db.prepare<[string], ApprovalRow>(`SELECT ${columns} WHERE a.id = ?`);
  return (id: string): ApprovalRow | null => select.get(id) ?? null;
});

/** What waits, the riskiest first, then the oldest; what expired by now is left out. */
export const pendingApprovals = defineRead("approvals.pending", (db: Db) => {
  const select = db.prepare<[number, number], ApprovalRow>(
    `SELECT ${columns} WHERE a.state IN ('pending', 'granted') AND a.expires_at > ?
     ORDER BY CASE a.risk WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, a.at, a.id LIMIT ?`,
  );
  return ({ now, limit }: { now: number; limit: number }): ApprovalRow[] => select.all(now, limit);
});

/** What is over, the last first. */
export const pastApprovals = defineRead("approvals.past", (db: Db) => {
  const select = db.prepare<[number, number], ApprovalRow>(
    `SELECT ${columns} WHERE a.state NOT IN ('pending', 'granted') OR a.expires_at <= ?
     ORDER BY coalesce(a.decided_at, a.at) DESC, a.id LIMIT ?`,
  );
  return ({ now, limit }: { now: number; limit: number }): ApprovalRow[] => select.all(now, limit);
});

/** What waits about one subject. */
export const openApprovalsOf = defineRead("approvals.of_subject", (db: Db) => {
  const select = db.prepare<[string], ApprovalRow>(
    `SELECT ${columns} WHERE a.subject = ? AND a.state IN ('pending', 'granted') ORDER BY a.at, a.id`,
  );
  return (subject: string): ApprovalRow[] => select.all(subject);
});

/** What an engine asked for last, of one kind, about one subject, as it is judged by now; null: nothing. */
export const latestApprovalOf = defineRead("approvals.latest_of", (db: Db) => {
  const select = db.prepare<[string, string, string, string], ApprovalRow>(
    `SELECT ${columns} WHERE a.subject = ? AND a.kind = ? AND a.node_id = ? AND a.inputs = ? ORDER BY a.at DESC, a.id DESC LIMIT 1`,
  );
  return ({
    subject,
    kind,
    node,
    inputs,
  }: Record<"subject" | "kind" | "node" | "inputs", string>): ApprovalRow | null =>
    select.get(subject, kind, node, inputs) ?? null;
});

/** What an engine asked for of one kind and what still waits. */
export const openApprovalsOfKind = defineRead("approvals.of_kind", (db: Db) => {
  const select = db.prepare<[string, string], ApprovalRow>(
    `SELECT ${columns} WHERE a.kind = ? AND a.node_id = ? AND a.state IN ('pending', 'granted') ORDER BY a.at, a.id`,
  );
  return ({ kind, node }: Record<"kind" | "node", string>): ApprovalRow[] => select.all(kind, node);
});

/**
 * Whether somebody else than the actor, a person who may approve, has done anything since. There is no register of people: who never did
 * anything is not known.
 */
export const otherApprovers = defineRead("approvals.others", (db: Db) => {
  const select = db
    .prepare<[string, string, string, string, string]>(
      `SELECT EXISTS (SELECT 1 FROM events WHERE at >= ? AND actor != ? AND role IN ('approver', 'admin')
         AND actor NOT IN (SELECT value FROM json_each(?)) AND NOT instr(actor, ?) = 1 AND NOT instr(actor, ?) = 1)`,
    )
    .pluck();
  return ({ actor, since }: { actor: string; since: string }): boolean =>
    select.get(since, actor, JSON.stringify(machineActors), panicActor, fleetActor) === 1;
});

export const approvalModule: StoreModule = {
  name: "approvals",
  migrations: [
    {
      id: 500,
      sql: `
        CREATE TABLE approvals (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          title TEXT NOT NULL,
          shown TEXT NOT NULL,
          shown_hash TEXT NOT NULL,
          inputs TEXT NOT NULL,
          risk TEXT NOT NULL,
          authors TEXT NOT NULL,
          at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL,
          state TEXT NOT NULL,
          requested_by TEXT NOT NULL,
          decided_by TEXT,
          decided_at INTEGER,
          reason TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX approvals_by_state ON approvals (state, at);
        CREATE INDEX approvals_by_subject ON approvals (subject);`,
    },
    {
      id: 765,
      sql: `
        ALTER TABLE approvals ADD COLUMN node_id TEXT NOT NULL DEFAULT '';
        UPDATE approvals SET node_id = coalesce((SELECT node_id FROM events
          WHERE entity_type = '${approvalEntity}' AND entity_id = approvals.id ORDER BY seq LIMIT 1), '');`,
    },
  ],
  reads: [
    approvalById,
    pendingApprovals,
    pastApprovals,
    openApprovalsOf,
    latestApprovalOf,
    openApprovalsOfKind,
    otherApprovers,
  ],
  writes: [],
  projections: [projection],
};
