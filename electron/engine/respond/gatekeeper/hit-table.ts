import { z } from "zod";
import type { GateDeed, GateHits } from "../../../../shared/gatekeeper-protocol.ts";
import type { Place } from "../../../../shared/payload.ts";
import { contentId } from "../../base/ids.ts";
import {
  type Db,
  defineRead,
  defineWrite,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

export const hitEntity = "rule_hit";
export const hitJudged = "rule_hit.judged";
export const hitUnjudged = "rule_hit.unjudged";

/** Payload of `rule_hit.judged`. */
export const HitJudged = z.strictObject({
  rule: z.string(),
  verdict: z.enum(["false_positive", "attack"]),
  at: z.number().int(),
});
export type HitJudged = z.infer<typeof HitJudged>;

/** Minutes and examples that are kept of one rule: three months, and some dozens. */
const keptMs = 90 * 86_400_000;
const keptExamples = 100;

export interface HitExample {
  readonly id: string;
  readonly rule: string;
  readonly gatekeeper: string;
  readonly version: number;
  readonly deed: GateDeed;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly place: Place;
  readonly name: string;
  readonly excerpt: string;
  readonly sample: string | null;
  readonly anywhere: string | null;
  readonly client: string | null;
  readonly verdict: HitJudged["verdict"] | null;
  readonly judged_by: string | null;
  /** Of the entity `rule_hit`; 0: never judged. */
  readonly entity_version: number;
}

export interface HitMinute {
  readonly rule: string;
  /** Epoch milliseconds of its beginning. */
  readonly minute: number;
  readonly deed: GateDeed;
  readonly count: number;
}

const projection: Projection = {
  name: "rule hit judgements",
  tables: ["rule_hit_judgements"],
  kinds: [hitJudged, hitUnjudged],
  prepare(db) {
    const save = db.prepare(
      `INSERT INTO rule_hit_judgements (id, rule, verdict, at, by) VALUES (@id, @rule, @verdict, @at, @by)
       ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict, at = excluded.at, by = excluded.by`,
    );
    const remove = db.prepare("DELETE FROM rule_hit_judgements WHERE id = ?");
    return (event: EventRow) => {
      if (event.kind === hitUnjudged) remove.run(event.entity_id);
      else save.run({ ...HitJudged.parse(event.payload), id: event.entity_id, by: event.actor });
    };
  },
};

/**
 * Adds what a gatekeeper reported, and how far it was taken, in one transaction: what was added is not added again.
 *
 * @returns the examples that are new
 */
export const addHits = defineWrite("rule_hits.add", (db: Db) => {
  const count = db.prepare(
    `INSERT INTO rule_hits (rule, minute, gatekeeper, deed, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const add = db.prepare(
    `INSERT OR IGNORE INTO rule_hit_examples (id, rule, gatekeeper, version, deed, at, method, path, place, name, excerpt, sample, anywhere, client)
     VALUES (@id, @rule, @gatekeeper, @version, @deed, @at, @method, @path, @place, @name, @excerpt, @sample, @anywhere, @client)`,
  );
  const after = db.prepare<[string], number>("SELECT seq FROM rule_hit_cursors WHERE gatekeeper = ?").pluck();
  const move = db.prepare(
    "INSERT INTO rule_hit_cursors (gatekeeper, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
  );
  const forget = db.prepare("DELETE FROM rule_hits WHERE rule = ? AND minute < ?");
  const thin = db.prepare(
    `DELETE FROM rule_hit_examples WHERE rule = @rule AND id NOT IN (SELECT id FROM rule_hit_judgements)
       AND id NOT IN (SELECT id FROM rule_hit_examples WHERE rule = @rule ORDER BY at DESC, id LIMIT ${keptExamples})`,
  );
  return (args: { gatekeeper: string; hits: readonly GateHits[]; now: number }): string[] => {
    const { gatekeeper, hits, now } = args;
    const from = after.get(gatekeeper) ?? 0;
    const added: string[] = [];
    let last = from;
    for (const entry of hits) {
      if (entry.seq <= from) continue;
      last = Math.max(last, entry.seq);
      count.run(entry.rule, Date.parse(entry.minute), gatekeeper, entry.deed, entry.count);
      for (const [i, example] of entry.examples.entries()) {
        const id = contentId("rule hit", gatekeeper, entry.seq, i);
        const { rule, version, deed } = entry;
        if (add.run({ ...example, id, rule, version, deed, gatekeeper, at: Date.parse(example.at) }).changes > 0)
          added.push(id);
      }
    }
    move.run(gatekeeper, last);
    for (const rule of new Set(hits.map((entry) => entry.rule))) {
      forget.run(rule, now - keptMs);
      thin.run({ rule });
    }
    return added;
  };
});

/** How far the hits of a gatekeeper were taken. */
export const hitCursor = defineRead("rule_hits.cursor", (db: Db) => {
  const select = db.prepare<[string], number>("SELECT seq FROM rule_hit_cursors WHERE gatekeeper = ?").pluck();
  return (gatekeeper: string): number => select.get(gatekeeper) ?? 0;
});

/** Hits since a time, over all gatekeepers. @param rule null: of every rule */
export const hitMinutes = defineRead("rule_hits.minutes", (db: Db) => {
  const select = db.prepare<{ rule: string | null; since: number }, HitMinute>(
    `SELECT rule, minute, deed, sum(count) AS count FROM rule_hits
     WHERE (@rule IS NULL OR rule = @rule) AND minute >= @since GROUP BY rule, minute, deed ORDER BY minute, deed`,
  );
  return (args: { rule: string | null; since: number }): HitMinute[] => select.all(args);
});

const examples = `SELECT e.*, j.verdict, j.by AS judged_by, coalesce(v.version, 0) AS entity_version FROM rule_hit_examples e
  LEFT JOIN rule_hit_judgements j ON j.id = e.id
  LEFT JOIN entity_versions v ON v.entity_type = '${hitEntity}' AND v.entity_id = e.id`;

/** The last examples, the newest first. @param rule null: of every rule */
export const lastExamples = defineRead("rule_hits.examples", (db: Db) => {
  const select = db.prepare<{ rule: string | null; limit: number }, HitExample>(
    `${examples} WHERE @rule IS NULL OR e.rule = @rule ORDER BY e.at DESC, e.id LIMIT @limit`,
  );
  return (args: { rule: string | null; limit: number }): HitExample[] => select.all(args);
});

export const exampleById = defineRead("rule_hits.example", (db: Db) => {
  const select = db.prepare<[string], HitExample>(`${examples} WHERE e.id = ?`);
  return (id: string): HitExample | null => select.get(id) ?? null;
});

/** What of examples may name somebody, in the order of their ids. @param after id of the last one seen; empty: from the beginning */
export const exampleTexts = defineRead("rule_hits.example_texts", (db: Db) => {
  const select = db.prepare<[string, number], { id: string; text: string }>(
    `SELECT id, path || char(10) || name || char(10) || excerpt || char(10) || coalesce(client, '') AS text
     FROM rule_hit_examples WHERE id > ? ORDER BY id LIMIT ?`,
  );
  return ({ after, limit }: { after: string; limit: number }): { id: string; text: string }[] =>
    select.all(after, limit);
});

/** Removes examples for good; what they count for stays. */
export const forgetExamples = defineWrite("rule_hits.forget_examples", (db: Db) => {
  const remove = db.prepare("DELETE FROM rule_hit_examples WHERE id = ?");
  return (ids: readonly string[]): null => {
    for (const id of ids) remove.run(id);
    return null;
  };
});

export const hitModule: StoreModule = {
  name: "rule hits",
  migrations: [
    {
      id: 543,
      sql: `
        CREATE TABLE rule_hits (
          rule TEXT NOT NULL,
          minute INTEGER NOT NULL,
          gatekeeper TEXT NOT NULL,
          deed TEXT NOT NULL,
          count INTEGER NOT NULL,
          PRIMARY KEY (rule, minute, gatekeeper, deed)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rule_hits_by_minute ON rule_hits (minute);
        CREATE TABLE rule_hit_examples (
          id TEXT PRIMARY KEY,
          rule TEXT NOT NULL,
          gatekeeper TEXT NOT NULL,
          version INTEGER NOT NULL,
          deed TEXT NOT NULL,
          at INTEGER NOT NULL,
          method TEXT NOT NULL,
          path TEXT NOT NULL,
          place TEXT NOT NULL,
          name TEXT NOT NULL,
          excerpt TEXT NOT NULL,
          sample TEXT,
          anywhere TEXT,
          client TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rule_hit_examples_by_rule ON rule_hit_examples (rule, at);
        CREATE INDEX rule_hit_examples_by_time ON rule_hit_examples (at);
        CREATE TABLE rule_hit_cursors (gatekeeper TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rule_hit_judgements (
          id TEXT PRIMARY KEY,
          rule TEXT NOT NULL,
          verdict TEXT NOT NULL,
          at INTEGER NOT NULL,
          by TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [hitCursor, hitMinutes, lastExamples, exampleById, exampleTexts],
  writes: [addHits, forgetExamples],
  projections: [projection],
};
