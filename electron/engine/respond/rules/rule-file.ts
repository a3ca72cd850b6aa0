import type { RuleFile } from "../../../../shared/rule-file.ts";
import { bareExclusion, type StoredRule } from "./rule-state.ts";
import type { ExportedRule } from "./seclang.ts";

/** A rule as a file of its own, by the published schema `waf-rule`: everything that it matches and does, nothing of its samples. */
export function toRuleFile(
  exported: ExportedRule,
  rule: Pick<StoredRule, "id" | "version" | "record">,
  hash: string,
): RuleFile {
  const { measured, stage } = rule.record;
  return {
    schema: "https://sentinel.local/schemas/waf-rule.json",
    id: rule.id,
    version: rule.version,
    number: exported.number,
    name: exported.name,
    definition: exported.definition,
    exclusions: exported.exclusions.map(bareExclusion),
    definition_hash: hash,
    stage,
    effect: exported.effect,
    capec: [...exported.capec],
    cwe: [...exported.cwe],
    confidence: measured?.definition_hash === hash ? measured.confidence : null,
  };
}
