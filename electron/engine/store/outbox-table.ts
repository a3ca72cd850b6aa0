import { type Db, defineRead, defineWrite, type StoreModule } from "./store.ts";

/**
 * What is to be sent somewhere, until it has arrived: it survives a restart. One entry for each target and key, the newest: what is
 * overtaken is never sent.
 */
export interface OutboxEntry {
  readonly id: number;
  /** Where it goes: "gatekeeper ID". */
  readonly target: string;
  /** What it is about: "rule ID". */
  readonly key: string;
  /** Of what it is about: a lower one never takes the place of a higher one. */
  readonly version: number;
  /** Higher goes first. */
  readonly priority: number;
  /** JSON. */
  readonly payload: string;
  /** Failures so far. */
  readonly attempts: number;
  /** Epoch milliseconds before which it is not tried. */
  readonly next_at: number;
  /** Epoch milliseconds. */
  readonly queued_at: number;
  /** The last failure, in words. */
  readonly problem: string | null;
}

export type OutboxDraft = Pick<OutboxEntry, "target" | "key" | "version" | "priority" | "payload"> & {
  readonly now: number;
};

/** Puts an entry in, or in the place of one of a lower version. @returns whether anything changed */
export const putOutbox = defineWrite("outbox.put", (db: Db) => {
  const put = db.prepare(
    `INSERT INTO outbox (target, key, version, priority, payload, attempts, next_at, queued_at, problem)
     VALUES (@target, @key, @version, @priority, @payload, 0, @now, @now, NULL)
     ON CONFLICT (target, key) DO UPDATE SET version = excluded.version, priority = excluded.priority, payload = excluded.payload,
       attempts = 0, next_at = excluded.next_at, queued_at = excluded.queued_at, problem = NULL
     WHERE excluded.version > outbox.version`,
  );
  return (draft: OutboxDraft): boolean => put.run(draft).changes > 0;
});

/** It arrived, or it is of no use any more. One of a higher version that came in meanwhile stays. */
export const doneOutbox = defineWrite("outbox.done", (db: Db) => {
  const remove = db.prepare("DELETE FROM outbox WHERE target = ? AND key = ? AND version <= ?");
  return ({ target, key, version }: { target: string; key: string; version: number }): null => {
    remove.run(target, key, version);
    return null;
  };
});

/** It did not arrive. @param nextAt epoch milliseconds */
export const failOutbox = defineWrite("outbox.fail", (db: Db) => {
  const fail = db.prepare(
    "UPDATE outbox SET attempts = attempts + 1, next_at = ?, problem = ? WHERE target = ? AND key = ? AND version = ?",
  );
  return (args: { target: string; key: string; version: number; nextAt: number; problem: string }): null => {
    fail.run(args.nextAt, args.problem, args.target, args.key, args.version);
    return null;
  };
});

/** Nothing goes there any more. */
export const dropOutbox = defineWrite("outbox.drop", (db: Db) => {
  const drop = db.prepare("DELETE FROM outbox WHERE target = ?");
  return (target: string): null => {
    drop.run(target);
    return null;
  };
});

/** What waits for a target, in the order in which it goes. */
export const waitingOutbox = defineRead("outbox.waiting", (db: Db) => {
  const select = db.prepare<[string, number], OutboxEntry>(
    "SELECT * FROM outbox WHERE target = ? ORDER BY priority DESC, id LIMIT ?",
  );
  return ({ target, limit }: { target: string; limit: number }): OutboxEntry[] => select.all(target, limit);
});

export const outboxModule: StoreModule = {
  name: "outbox",
  migrations: [
    {
      id: 540,
      sql: `
        CREATE TABLE outbox (
          id INTEGER PRIMARY KEY,
          target TEXT NOT NULL,
          key TEXT NOT NULL,
          version INTEGER NOT NULL,
          priority INTEGER NOT NULL,
          payload TEXT NOT NULL,
          attempts INTEGER NOT NULL,
          next_at INTEGER NOT NULL,
          queued_at INTEGER NOT NULL,
          problem TEXT,
          UNIQUE (target, key)
        ) STRICT;
        CREATE INDEX outbox_in_order ON outbox (target, priority DESC, id);`,
    },
  ],
  reads: [waitingOutbox],
  writes: [putOutbox, doneOutbox, failOutbox, dropOutbox],
  projections: [],
};
