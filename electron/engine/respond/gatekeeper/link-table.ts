import { GateRule, type GateState } from "../../../../shared/gatekeeper-protocol.ts";
import { type Db, defineRead, defineWrite, type StoreModule } from "../../store/store.ts";
import type { RuleDifference } from "./rule-difference.ts";

/** What is known of the way to one gatekeeper; not in the log: it is found again. */
export interface Link {
  /** Last number that a message to it had. */
  readonly seq: number;
  /** Its clock less this one's, milliseconds. */
  readonly offset_ms: number;
  /** Failures in a row, and the epoch milliseconds before which it is left alone. */
  readonly failures: number;
  readonly next_at: number;
  /** What is wrong, in words; null: nothing. */
  readonly problem: string | null;
  /** Epoch milliseconds of its last answer, and of the last comparison of its rules; null: never. */
  readonly answered_at: number | null;
  readonly compared_at: number | null;
  /** What the last comparison found. */
  readonly differences: readonly RuleDifference[];
  /** The last hit that it told of and that cannot have been; null: none. */
  readonly lie: { readonly rule: string; readonly at: number } | null;
  /** What it said of itself. */
  readonly told: Pick<GateState, "version" | "counters" | "problem" | "started_at"> | null;
}

export const newLink: Link = {
  seq: 0,
  offset_ms: 0,
  failures: 0,
  next_at: 0,
  problem: null,
  answered_at: null,
  compared_at: null,
  differences: [],
  lie: null,
  told: null,
};

export const linkOf = defineRead("gatekeepers.link", (db: Db) => {
  const select = db.prepare<[string], string>("SELECT link FROM gatekeeper_links WHERE gatekeeper = ?").pluck();
  return (gatekeeper: string): Link => {
    const text = select.get(gatekeeper);
    return text === undefined ? newLink : { ...newLink, ...(JSON.parse(text) as Partial<Link>) };
  };
});

export const saveLink = defineWrite("gatekeepers.save_link", (db: Db) => {
  const save = db.prepare(
    "INSERT INTO gatekeeper_links (gatekeeper, link) VALUES (?, ?) ON CONFLICT DO UPDATE SET link = excluded.link",
  );
  return ({ gatekeeper, link }: { gatekeeper: string; link: Link }): null => {
    save.run(gatekeeper, JSON.stringify(link));
    return null;
  };
});

/** Rules that a gatekeeper has taken, as they were sent. */
export const takenRules = defineRead("gatekeepers.taken", (db: Db) => {
  const select = db.prepare<[string], string>("SELECT content FROM gatekeeper_rules WHERE gatekeeper = ?").pluck();
  return (gatekeeper: string): GateRule[] => select.all(gatekeeper).map((text) => GateRule.parse(JSON.parse(text)));
});

/** Notes what a gatekeeper took: one rule, or these and no others. */
export const noteTaken = defineWrite("gatekeepers.note_taken", (db: Db) => {
  const clear = db.prepare("DELETE FROM gatekeeper_rules WHERE gatekeeper = ?");
  const save = db.prepare(
    `INSERT INTO gatekeeper_rules (gatekeeper, rule, content) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET content = excluded.content`,
  );
  return (args: { gatekeeper: string; rules: readonly GateRule[]; isAll: boolean }): null => {
    if (args.isAll) clear.run(args.gatekeeper);
    for (const rule of args.rules) save.run(args.gatekeeper, rule.id, JSON.stringify(rule));
    return null;
  };
});

/** A gatekeeper is gone, or is another now: nothing is known of it but the number of the last message. */
export const dropLink = defineWrite("gatekeepers.drop_link", (db: Db) => {
  const rules = db.prepare("DELETE FROM gatekeeper_rules WHERE gatekeeper = ?");
  const readLink = linkOf.prepare(db);
  const save = saveLink.prepare(db);
  return (gatekeeper: string): null => {
    rules.run(gatekeeper);
    save({ gatekeeper, link: { ...newLink, seq: readLink(gatekeeper).seq } });
    return null;
  };
});

export const linkModule: StoreModule = {
  name: "gatekeeper links",
  migrations: [
    {
      id: 542,
      sql: `
        CREATE TABLE gatekeeper_links (gatekeeper TEXT PRIMARY KEY, link TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE gatekeeper_rules (
          gatekeeper TEXT NOT NULL,
          rule TEXT NOT NULL,
          content TEXT NOT NULL,
          PRIMARY KEY (gatekeeper, rule)
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [linkOf, takenRules],
  writes: [saveLink, noteTaken, dropLink],
  projections: [],
};
