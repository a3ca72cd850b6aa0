import { SentinelError } from "../../shared/errors.ts";
import type { RuleCause } from "../../shared/rule-record.ts";
import type { Approvals } from "./approve/approvals.ts";
import type { Clock } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import { dropRule, type RuleRecord, ruleById, type StoredRule, saveRule } from "./respond/rules/rule-state.ts";
import type { EventDraft, Store } from "./store/store.ts";

/** What changes of a rule. */
export interface RuleChange {
  readonly set: Partial<Omit<RuleRecord, "at" | "because" | "approval_id" | "provenance" | "authors">>;
  readonly because: RuleCause;
  /** The approval that is granted for it and used up by it, with the events that do. */
  readonly approval?: { readonly id: string; readonly events: readonly EventDraft[] };
}

/** Changes of what a rule matches. */
const authored: ReadonlySet<RuleCause> = new Set<RuleCause>(["made", "edited"]);

/** Whether somebody made by a change what an approval of the rule would be of. SECURITY: also an end that nobody had to approve. */
const isAuthored = ({ because, approval }: RuleChange) =>
  authored.has(because) || (because === "renewed" && approval === undefined);

/** Rules as they are kept: whatever changes one voids what was asked about it before. */
export interface RuleBook {
  /** @throws SentinelError NOT_FOUND */
  find(id: string): Promise<StoredRule>;
  /** The same, at the version that somebody saw. @throws SentinelError NOT_FOUND, CONFLICT */
  findAt(id: string, version: number): Promise<StoredRule>;
  /** @returns id of the event; @throws SentinelError CONFLICT */
  change(rule: StoredRule, change: RuleChange, by: Principal): Promise<string>;
  add(id: string, record: Omit<RuleRecord, "at" | "authors">, by: Principal): Promise<void>;
  remove(rule: StoredRule, by: Principal): Promise<string>;
}

export function createRuleBook(options: {
  readonly store: Store;
  readonly approvals: Pick<Approvals, "supersede">;
  readonly clock: Clock;
}): RuleBook {
  const { store, approvals, clock } = options;

  async function find(id: string): Promise<StoredRule> {
    const rule = await store.read(ruleById, id);
    if (rule === null) throw new SentinelError("NOT_FOUND", "There is no such rule.");
    return rule;
  }

  return {
    find,
    async findAt(id, version) {
      const rule = await find(id);
      if (rule.version !== version) throw new SentinelError("CONFLICT", `Rule ${rule.number} was changed meanwhile.`);
      return rule;
    },
    async change(rule, change, by) {
      const { set, because, approval } = change;
      const record: RuleRecord = {
        ...rule.record,
        ...set,
        because,
        authors: isAuthored(change) ? [...new Set([...rule.record.authors, by.actor])] : rule.record.authors,
        approval_id: approval?.id ?? null,
        at: clock.now(),
      };
      const voided = await approvals.supersede(rule.id, approval?.id);
      // In one transaction: a grant that is used up and the change that it was for, or neither.
      const events = await store.append([...voided, ...(approval?.events ?? []), saveRule(rule.id, record, rule)], by);
      return events.at(-1)!.id;
    },
    async add(id, record, by) {
      await store.append([saveRule(id, { ...record, authors: [by.actor], at: clock.now() }, null)], by);
    },
    async remove(rule, by) {
      const events = await store.append([...(await approvals.supersede(rule.id)), dropRule(rule)], by);
      return events.at(-1)!.id;
    },
  };
}
