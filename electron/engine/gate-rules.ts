import { SentinelError } from "../../shared/errors.ts";
import type { GateRule } from "../../shared/gatekeeper-protocol.ts";
import type { RuleSource } from "./respond/gatekeeper/rule-source.ts";
import { stageRank } from "./respond/policy/decide-policy.ts";
import { allRules, bareExclusion, type StoredRule } from "./respond/rules/rule-state.ts";
import type { RuleBook } from "./rule-book.ts";
import type { Store } from "./store/store.ts";

/** A rule as gatekeepers take it. */
export function toGateRule({ id, version, number, record }: StoredRule): GateRule {
  const { name, definition, exclusions, stage } = record;
  return {
    id,
    version,
    number,
    name,
    stage: stage === "proposed" ? "off" : stage,
    definition,
    exclusions: exclusions.map(bareExclusion),
  };
}

/** Rules as gatekeepers are told of them, and lowered by what they find. */
export function createGateRules({ store, book }: { readonly store: Store; readonly book: RuleBook }): RuleSource {
  return {
    all: async () => (await store.read(allRules, null)).map(toGateRule),
    async lower(id, why, by) {
      for (let tries = 0; ; tries++) {
        const rule = (await store.read(allRules, null)).find((one) => one.id === id);
        if (rule === undefined || stageRank(rule.record.stage) <= stageRank("log")) return false;
        // What it may do is judged anew by its next back-test, which knows of the false positive.
        const decision = { policy: "log_only" as const, reason: why };
        try {
          await book.change(rule, { set: { stage: "log", decision }, because: "rolled_back" }, by);
          return true;
        } catch (error) {
          // Somebody changed it meanwhile: it is looked at again.
          if (!(error instanceof SentinelError && error.code === "CONFLICT") || tries >= 5) throw error;
        }
      }
    },
  };
}
