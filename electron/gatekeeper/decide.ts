import type { GateDeed, GateRule } from "../../shared/gatekeeper-protocol.ts";
import { type CompiledRule, compileRule } from "../engine/detect/waf/compile-rule.ts";
import { type MatchWatch, matchRequest, type RuleHit } from "../engine/detect/waf/match-request.ts";
import type { Exchange } from "../engine/evidence/exchange.ts";

/** Rules in force, ready to match. */
export interface RuleSet {
  readonly compiled: readonly CompiledRule[];
  readonly rules: ReadonlyMap<string, GateRule>;
}

/** @throws SentinelError INPUT_INVALID for a rule that cannot be used */
export function compileRules(rules: Iterable<GateRule>): RuleSet {
  const acting = [...rules].filter(({ stage }) => stage !== "off");
  return {
    compiled: acting.map(({ id, definition, exclusions }) => compileRule({ id, definition, exclusions })),
    rules: new Map(acting.map((rule) => [rule.id, rule])),
  };
}

/** A rule that matched, and what it asks for. */
export interface Finding {
  readonly rule: GateRule;
  readonly hit: RuleHit;
  readonly deed: GateDeed;
}

/** What becomes of a request. */
export interface Decision {
  /** The most that any rule asks for; null: no rule matched. */
  readonly deed: GateDeed | null;
  /** One for each rule that matched. */
  readonly findings: readonly Finding[];
}

const severity: readonly GateDeed[] = ["logged", "tagged", "challenged", "blocked"];

/** What a rule does at its stage. */
function deedOf({ stage, definition }: GateRule): GateDeed {
  if (stage === "log") return "logged";
  if (stage === "tag" || definition.action === "tag") return "tagged";
  return definition.action === "challenge" ? "challenged" : "blocked";
}

/**
 * @param now epoch milliseconds by which rules expire
 * @param watch hears what it costs
 */
export function decide(
  { compiled, rules }: RuleSet,
  exchange: Exchange,
  now: number,
  watch: MatchWatch | null = null,
): Decision {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const hit of matchRequest(compiled, exchange, { now, firstOnly: true, ...(watch === null ? {} : { watch }) })) {
    const rule = rules.get(hit.rule);
    if (rule === undefined || seen.has(rule.id)) continue;
    seen.add(rule.id);
    findings.push({ rule, hit, deed: deedOf(rule) });
  }
  const deed = severity.findLast((one) => findings.some((finding) => finding.deed === one)) ?? null;
  return { deed, findings };
}
