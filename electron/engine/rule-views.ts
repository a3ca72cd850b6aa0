import type { Backtest } from "../../shared/backtest.ts";
import type { RuleDefinition } from "../../shared/rule.ts";
import type { BacktestRow } from "./respond/backtest/backtest-tables.ts";
import { hashOfRecord, isOfMatched, type RuleRecord } from "./respond/rules/rule-state.ts";

const kindWords = { string: "text", fingerprint: "fingerprint", regex: "pattern" } as const;
const classWords = {
  sql_injection: "SQL injection",
  xss: "Cross-site scripting",
  command_injection: "Command injection",
  path_traversal: "Path traversal",
  xxe: "External entity",
  csrf: "Request forgery",
} as const;

/** The name that a rule gets unless somebody gives it another. */
export function nameOf({ class: is, match, scope }: RuleDefinition): string {
  const where = [
    scope.parameter === null ? "" : ` in ${scope.parameter}`,
    scope.path === null ? "" : ` on ${scope.path}`,
  ];
  return `${classWords[is]}${where.join("")}, by ${kindWords[match.kind]}`.slice(0, 120);
}

/** A back-test in wire shape. @param record of the rule as it is now */
export function toBacktest(row: BacktestRow, record: RuleRecord): Backtest {
  const { question } = row;
  // Also what was stored when ends were part of the hash, and went on with the rule to another end.
  const stands = record.measured?.backtest_id === row.id && record.measured.definition_hash === hashOfRecord(record);
  return {
    id: row.id,
    rule_id: row.ruleId,
    version: row.version,
    definition_hash: row.definitionHash,
    is_outdated: !stands && !isOfMatched(row.definitionHash, record),
    exclusion: question.exclusion,
    from: question.from,
    to: question.to,
    actor: row.actor,
    began_at: row.beganAt,
    ended_at: row.endedAt,
    summary: row.summary,
  };
}
