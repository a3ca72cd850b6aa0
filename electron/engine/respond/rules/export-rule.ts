import { attackIdsOf } from "../../../../shared/attack-ids.ts";
import type { RuleFormat } from "../../../../shared/rule-record.ts";
import { toRuleFile } from "./rule-file.ts";
import type { StoredRule } from "./rule-state.ts";
import { hashOfRecord } from "./rule-state.ts";
import { type ExportedRule, secLangDifferences, toSecLang } from "./seclang.ts";
import { sigmaDifferences, toSigma } from "./sigma.ts";

export interface RuleExport {
  readonly file_name: string;
  readonly text: string;
  readonly differences: string[];
}

/** A rule as other engines are given it. */
export function exportedRule({ number, record }: Pick<StoredRule, "number" | "record">): ExportedRule {
  const { definition, exclusions, stage, name } = record;
  return {
    number,
    name,
    definition,
    exclusions,
    effect: stage === "block" ? definition.action : stage === "tag" ? "tag" : "log",
    ...(attackIdsOf(definition) ?? { capec: [], cwe: [], attack: [] }),
  };
}

/** A rule for another engine, with what that engine would not do the same, in words. */
export function exportRule(rule: StoredRule, format: RuleFormat): RuleExport {
  const exported = exportedRule(rule);
  const name = `sentinel-rule-${rule.number}`;
  const stage =
    rule.record.stage === "off" || rule.record.stage === "proposed"
      ? ["It is not in use here: exported, it only logs."]
      : [];
  switch (format) {
    case "seclang":
      return {
        file_name: `${name}.conf`,
        text: `${toSecLang(exported)}\n`,
        differences: [...stage, ...secLangDifferences(exported)],
      };
    case "sigma":
      return {
        file_name: `${name}.yml`,
        text: toSigma(exported, rule),
        differences: [...stage, ...sigmaDifferences(exported)],
      };
    case "json": {
      const file = toRuleFile(exported, rule, hashOfRecord(rule.record));
      return { file_name: `${name}.json`, text: `${JSON.stringify(file, null, 2)}\n`, differences: [] };
    }
  }
}
