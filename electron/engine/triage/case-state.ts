import { z } from "zod";
import { CaseOutcome, CaseStatus } from "../../../shared/case.ts";
import { openEventSelect } from "../store/event-table.ts";
import { defineRead, type EventRow, forgetRow, type Projection } from "../store/store.ts";

export const caseEntity = "case";
/** Its ids are those of the case and of the item: `CASE/ITEM`. */
export const caseItemEntity = "case_item";

/** Payload of `case.saved`: the whole of a case but its items. Severity as its place in the list of severities. */
export const SavedCase = z.strictObject({
  /** Title and summary, sealed. */
  text: z.string(),
  status: CaseStatus,
  outcome: CaseOutcome.nullable(),
  severity: z.number().int().min(0).max(3).nullable(),
  assignee: z.string().nullable(),
  /** Sorted. */
  tags: z.array(z.string()),
  merged_into: z.string().nullable(),
  opened_by: z.string(),
  opened_at: z.string(),
  closed_at: z.string().nullable(),
  /** Id of the case that was merged into this one by the same action; nothing else is changed by it. */
  took: z.string().optional(),
});
export type SavedCase = z.infer<typeof SavedCase>;

/** Payload of `case_item.saved`. */
export const SavedItem = z.strictObject({
  kind: z.enum(["task", "note", "entry", "observable"]),
  /** What was written, sealed. */
  text: z.string(),
  /** Of a task; else null. */
  done: z.boolean().nullable(),
  assignee: z.string().nullable(),
  /** Of an entry of the timeline; else null. */
  at: z.string().nullable(),
  by: z.string(),
  written_at: z.string(),
});
export type SavedItem = z.infer<typeof SavedItem>;

export const caseTables = `
  CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT,
    severity INTEGER,
    assignee TEXT,
    -- JSON, sorted.
    tags TEXT NOT NULL,
    merged_into TEXT,
    opened_by TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
  CREATE TABLE case_items (
    case_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    done INTEGER,
    assignee TEXT,
    at TEXT,
    written_by TEXT NOT NULL,
    written_at TEXT NOT NULL,
    PRIMARY KEY (case_id, id)
  ) STRICT, WITHOUT ROWID;`;

export const caseProjection: Projection = {
  name: "cases",
  tables: ["cases"],
  kinds: ["case.saved", "case.removed"],
  shared: {
    entityType: caseEntity,
    forget: (db) => forgetRow(db, "cases"),
    rows: "SELECT * FROM cases ORDER BY id",
  },
  prepare(db) {
    const save = db.prepare(
      `INSERT OR REPLACE INTO cases (id, text, status, outcome, severity, assignee, tags, merged_into, opened_by, opened_at, closed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = db.prepare("DELETE FROM cases WHERE id = ?");
    return (event) => {
      if (event.kind === "case.removed") {
        remove.run(event.entity_id);
        return;
      }
      const saved = SavedCase.parse(event.payload);
      const { text, status, outcome, severity, assignee, tags, merged_into, opened_by, opened_at, closed_at } = saved;
      const state = [status, outcome, severity, assignee, JSON.stringify(tags), merged_into];
      save.run(event.entity_id, text, ...state, opened_by, opened_at, closed_at);
    };
  },
};

export const caseItemProjection: Projection = {
  name: "case items",
  tables: ["case_items"],
  kinds: ["case_item.saved", "case_item.removed"],
  shared: {
    entityType: caseItemEntity,
    forget(db) {
      const remove = db.prepare("DELETE FROM case_items WHERE case_id || '/' || id = ?");
      return (id) => void remove.run(id);
    },
    rows: "SELECT * FROM case_items ORDER BY case_id, id",
  },
  prepare(db) {
    const save = db.prepare(
      `INSERT OR REPLACE INTO case_items (case_id, id, kind, text, done, assignee, at, written_by, written_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const remove = db.prepare("DELETE FROM case_items WHERE case_id = ? AND id = ?");
    return (event) => {
      const [caseId, id, ...rest] = event.entity_id.split("/");
      // SECURITY: what another engine says must not write to the row of another entity.
      if (id === undefined || rest.length > 0) throw new RangeError("no id of an item");
      if (event.kind === "case_item.removed") {
        remove.run(caseId, id);
        return;
      }
      const { kind, text, done, assignee, at, by, written_at } = SavedItem.parse(event.payload);
      save.run(caseId, id, kind, text, done === null ? null : Number(done), assignee, at, by, written_at);
    };
  },
};

/** A subquery: ids of a case and of those that were merged into it, at any depth. Takes the id. */
export const mergedCases = `WITH RECURSIVE family (id) AS (
    SELECT ? UNION SELECT c.id FROM cases c JOIN family ON c.merged_into = family.id) SELECT id FROM family`;

/** A subquery: ids of the open cases and of those that were merged into them. */
export const openCases = `WITH RECURSIVE open_case (id) AS (
    SELECT id FROM cases WHERE status = 'open' AND merged_into IS NULL
    UNION SELECT c.id FROM cases c JOIN open_case ON c.merged_into = open_case.id) SELECT id FROM open_case`;

export interface StoredCase extends SavedCase {
  readonly id: string;
  readonly version: number;
}

interface CaseRow extends Omit<StoredCase, "tags"> {
  readonly tags: string;
}

const columns = `c.id, c.text, c.status, c.outcome, c.severity, c.assignee, c.tags, c.merged_into, c.opened_by, c.opened_at,
  c.closed_at, v.version`;
const from = `cases c JOIN entity_versions v ON v.entity_type = '${caseEntity}' AND v.entity_id = c.id`;

const toCase = (row: CaseRow): StoredCase => ({ ...row, tags: JSON.parse(row.tags) as string[] });

/** A case, and then those that were merged into it; none: there is no such case. */
export const caseFamily = defineRead("cases.family", (db) => {
  const select = db.prepare<[string], CaseRow>(
    `SELECT ${columns} FROM ${from} WHERE c.id IN (${mergedCases}) ORDER BY c.opened_at, c.id`,
  );
  return (id: string): StoredCase[] => {
    const found = select.all(id).map(toCase);
    const own = found.filter((each) => each.id === id);
    return own.length === 0 ? [] : [...own, ...found.filter((each) => each.id !== id)];
  };
});

/** Cases that were not merged into another, the last opened first. */
export const casePage = defineRead("cases.page", (db) => {
  const select = db.prepare<[string | null, string | null, string | null, string | null, number], CaseRow>(
    `SELECT ${columns} FROM ${from} WHERE c.merged_into IS NULL AND (? IS NULL OR c.status = ?) AND (? IS NULL OR c.id < ?)
     ORDER BY c.id DESC LIMIT ?`,
  );
  return (args: { status: CaseStatus | null; before: string | null; limit: number }): StoredCase[] =>
    select.all(args.status, args.status, args.before, args.before, args.limit).map(toCase);
});

/** How many cases are open and closed, without the merged ones. */
export const countCases = defineRead("cases.counts", (db) => {
  const select = db.prepare<[], { status: CaseStatus; n: number }>(
    "SELECT status, count(*) AS n FROM cases WHERE merged_into IS NULL GROUP BY status",
  );
  return (_args: null): Record<CaseStatus, number> => {
    const counts: Record<CaseStatus, number> = { open: 0, closed: 0 };
    for (const { status, n } of select.all()) counts[status] = n;
    return counts;
  };
});

/** For each case the one that it is seen in: itself unless it was merged. Those that there are none of, any more, are left out. */
export const topCases = defineRead("cases.tops", (db) => {
  const above = db.prepare<[string], { merged_into: string | null }>("SELECT merged_into FROM cases WHERE id = ?");
  const topOf = (id: string): string | null => {
    if (above.get(id) === undefined) return null;
    const seen = new Set([id]);
    for (let at = id; ; ) {
      const next = above.get(at)?.merged_into ?? null;
      // What it was merged into is gone, or it is met again: it stands for itself.
      if (next === null || seen.has(next) || above.get(next) === undefined) return at;
      seen.add(next);
      at = next;
    }
  };
  return (ids: readonly string[]): ReadonlyMap<string, string> => {
    const tops = ids.map((id) => [id, topOf(id)] as const);
    return new Map(tops.flatMap(([id, top]) => (top === null ? [] : [[id, top] as const])));
  };
});

export interface StoredItem extends SavedItem {
  readonly id: string;
  readonly case_id: string;
  readonly version: number;
}

interface ItemRow extends Omit<StoredItem, "done"> {
  readonly done: number | null;
}

/** Items of a case and of those that were merged into it, oldest first. */
export const itemsOfCase = defineRead("cases.items", (db) => {
  const select = db.prepare<[string], ItemRow>(
    `SELECT i.id, i.case_id, i.kind, i.text, i.done, i.assignee, i.at, i.written_by AS by, i.written_at, v.version
     FROM case_items i JOIN entity_versions v ON v.entity_type = '${caseItemEntity}' AND v.entity_id = i.case_id || '/' || i.id
     WHERE i.case_id IN (${mergedCases}) ORDER BY i.written_at, i.id`,
  );
  return (caseId: string): StoredItem[] =>
    select.all(caseId).map((row) => ({ ...row, done: row.done === null ? null : row.done === 1 }));
});

/** Events about what is written in a case, newest first. */
export const eventsOfCaseItems = defineRead("cases.item_events", (db) => {
  const select = openEventSelect(db, "entity_type = ? AND entity_id > ? AND entity_id < ? ORDER BY seq DESC LIMIT ?");
  return (args: { caseId: string; limit: number }): EventRow[] =>
    // "0" follows "/".
    select(caseItemEntity, `${args.caseId}/`, `${args.caseId}0`, args.limit);
});
