import { z } from "zod";
import { AttackClass, Place } from "../../../../shared/payload.ts";
import { RuleDefinition, type RuleExclusion } from "../../../../shared/rule.ts";
import { OwnExclusion, RuleCause, RuleDecision, RuleMeasure, RuleStage } from "../../../../shared/rule-record.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { withoutEnd } from "../../detect/waf/compile-rule.ts";
import {
  type Db,
  defineRead,
  type EventDraft,
  type EventRow,
  type Projection,
  type StoreModule,
} from "../../store/store.ts";

export const ruleEntity = "waf_rule";
export const ruleSaved = "rule.saved";
export const ruleRemoved = "rule.removed";

/** A sample as the log keeps it: what an attacker wrote is sealed under the evidence that it came from. */
export const KeptSample = z.strictObject({
  id: z.string(),
  class: AttackClass,
  family: z.string().nullable(),
  place: Place,
  evidence_id: z.string().nullable(),
  verdict_id: z.string().nullable(),
  simulation_id: z.string().nullable(),
  /** Sealed JSON: text, name, method, path. */
  sealed: z.string(),
});
export type KeptSample = z.infer<typeof KeptSample>;

/** Payload of `rule.saved`: the whole of a rule. */
export const RuleRecord = z.strictObject({
  name: z.string(),
  definition: RuleDefinition,
  exclusions: z.array(OwnExclusion),
  stage: RuleStage,
  provenance: z.strictObject({
    simulations: z.array(z.string()),
    verdicts: z.array(z.string()),
    samples: z.array(KeptSample),
    by: z.string(),
    /** Epoch milliseconds. */
    at: z.number().int(),
  }),
  /** Who made it, and who changed what it matches, or when it ends without an approval: none of them approves it where somebody else could. */
  authors: z.array(z.string()),
  measured: RuleMeasure.nullable(),
  decision: RuleDecision.nullable(),
  because: RuleCause,
  approval_id: z.string().nullable(),
  /** Epoch milliseconds. */
  at: z.number().int(),
});
export type RuleRecord = z.infer<typeof RuleRecord>;

/** A rule as it stands. */
export interface StoredRule {
  readonly id: string;
  /** Of the rule on this node, in the order in which rules were made. */
  readonly number: number;
  readonly version: number;
  readonly record: RuleRecord;
  readonly savedBy: string;
}

/** What an exclusion takes out, without who asked for it. */
export function bareExclusion({ path, place, parameter, shape, expires_at }: RuleExclusion): RuleExclusion {
  return { path, place, parameter, shape, expires_at };
}

/**
 * SHA-256 over everything that a rule matches and does, exclusions included, in whatever order they stand: what approvals and pushes are
 * bound to. Its stage is no part of it.
 */
export function definitionHash(definition: RuleDefinition, exclusions: readonly RuleExclusion[]): string {
  const bare = exclusions.map((each) => canonicalJson(bareExclusion(each))).sort();
  return sha256(canonicalJson({ definition, exclusions: bare }));
}

/** The same over what a rule matches, whenever it ends: with another end a rule matches what it matched before. */
export const matchedHash = (definition: RuleDefinition, exclusions: readonly RuleExclusion[]): string =>
  definitionHash(withoutEnd(definition), exclusions);

/** Whether what has this hash was tried on what a rule matches now. */
export function isOfMatched(hash: string, record: Pick<RuleRecord, "definition" | "exclusions">): boolean {
  // What was stored when ends were part of it stands as long as the end does.
  return hash === matchedHash(record.definition, record.exclusions) || hash === hashOfRecord(record);
}

export const hashOfRecord = ({ definition, exclusions }: Pick<RuleRecord, "definition" | "exclusions">) =>
  definitionHash(definition, exclusions);

/** The event that makes a record the present one. @param former what it takes the place of; null: a new rule */
export function saveRule(
  id: string,
  record: RuleRecord,
  former: Pick<StoredRule, "version" | "record"> | null,
): EventDraft {
  const inverse = former === null ? { kind: ruleRemoved, payload: {} } : { kind: ruleSaved, payload: former.record };
  return {
    entityType: ruleEntity,
    entityId: id,
    baseVersion: former?.version ?? 0,
    kind: ruleSaved,
    payload: record,
    inverse,
  };
}

export function dropRule({ id, version, record }: Pick<StoredRule, "id" | "version" | "record">): EventDraft {
  const inverse = { kind: ruleSaved, payload: record };
  return { entityType: ruleEntity, entityId: id, baseVersion: version, kind: ruleRemoved, payload: {}, inverse };
}

const projection: Projection = {
  name: "waf rules",
  tables: ["waf_rules"],
  kinds: [ruleSaved, ruleRemoved],
  shared: {
    entityType: ruleEntity,
    forget(db) {
      const remove = db.prepare("UPDATE waf_rules SET record = NULL WHERE id = ?");
      return (id) => void remove.run(id);
    },
    // The number is this node's own.
    rows: "SELECT id, record, saved_by FROM waf_rules WHERE record IS NOT NULL ORDER BY id",
  },
  prepare(db) {
    // A removed rule keeps its row and so its number: an undo brings it back under the same one.
    const save = db.prepare(
      `INSERT INTO waf_rules (id, number, record, saved_by)
       VALUES (@id, (SELECT coalesce(max(number), 0) + 1 FROM waf_rules), @record, @by)
       ON CONFLICT (id) DO UPDATE SET record = excluded.record, saved_by = excluded.saved_by`,
    );
    const remove = db.prepare("UPDATE waf_rules SET record = NULL WHERE id = ?");
    return (event: EventRow) => {
      const id = event.entity_id;
      if (event.kind === ruleRemoved) remove.run(id);
      else save.run({ id, record: JSON.stringify(RuleRecord.parse(event.payload)), by: event.actor });
    };
  },
};

interface Row {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  readonly record: string;
  readonly saved_by: string;
}

const select = `SELECT r.id, r.number, r.record, r.saved_by, v.version FROM waf_rules r
  JOIN entity_versions v ON v.entity_type = '${ruleEntity}' AND v.entity_id = r.id WHERE r.record IS NOT NULL`;

const toRule = (row: Row): StoredRule => ({
  id: row.id,
  number: row.number,
  version: row.version,
  record: RuleRecord.parse(JSON.parse(row.record)),
  savedBy: row.saved_by,
});

/** One rule; null: none, or it was removed. */
export const ruleById = defineRead("rules.by_id", (db: Db) => {
  const get = db.prepare<[string], Row>(`${select} AND r.id = ?`);
  return (id: string): StoredRule | null => {
    const row = get.get(id);
    return row === undefined ? null : toRule(row);
  };
});

/** All rules, by number. */
export const allRules = defineRead("rules.all", (db: Db) => {
  const all = db.prepare<[], Row>(`${select} ORDER BY r.number`);
  return (_args: null): StoredRule[] => all.all().map(toRule);
});

export const ruleModule: StoreModule = {
  name: "waf rules",
  migrations: [
    {
      id: 510,
      sql: `
        CREATE TABLE waf_rules (
          id TEXT PRIMARY KEY,
          number INTEGER NOT NULL UNIQUE,
          -- JSON; null once it was removed.
          record TEXT,
          saved_by TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;`,
    },
  ],
  reads: [ruleById, allRules],
  writes: [],
  projections: [projection],
};
