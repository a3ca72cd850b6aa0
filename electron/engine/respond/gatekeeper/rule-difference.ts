import type { GateRule, GateStage, GateState } from "../../../../shared/gatekeeper-protocol.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";

/** SHA-256 of the canonical JSON (RFC 8785) of a rule as it is pushed: two sides that have the same hash do the same. */
export function gateRuleHash(rule: GateRule): string {
  return sha256(canonicalJson(rule));
}

/** How a gatekeeper differs from what it should enforce. */
export interface RuleDifference {
  readonly rule: string;
  readonly is: "missing" | "unknown" | "other_version" | "other_content";
  /** Stage at which the gatekeeper has it; null: it has not. */
  readonly there: GateStage | null;
  /** Stage at which it should be; null: it should not be there. */
  readonly here: GateStage | null;
}

/**
 * Compares what a gatekeeper says it keeps with what it should keep. A rule that is off is as good as none.
 *
 * @param wanted rules that should be in force
 * @returns by rule id; empty: they agree
 */
export function compareRules(wanted: readonly GateRule[], told: GateState["rules"]): RuleDifference[] {
  const differences: RuleDifference[] = [];
  const there = new Map(told.map((rule) => [rule.id, rule]));
  const should = new Map(wanted.filter(({ stage }) => stage !== "off").map((rule) => [rule.id, rule]));
  for (const [id, rule] of should) {
    const kept = there.get(id);
    if (kept === undefined || kept.stage === "off") {
      differences.push({ rule: id, is: "missing", there: kept?.stage ?? null, here: rule.stage });
    } else if (kept.version !== rule.version) {
      differences.push({ rule: id, is: "other_version", there: kept.stage, here: rule.stage });
    } else if (kept.hash !== gateRuleHash(rule)) {
      differences.push({ rule: id, is: "other_content", there: kept.stage, here: rule.stage });
    }
  }
  for (const { id, stage } of told) {
    if (stage !== "off" && !should.has(id)) differences.push({ rule: id, is: "unknown", there: stage, here: null });
  }
  return differences.sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

const ranks: Readonly<Record<GateStage, number>> = { off: 0, log: 1, tag: 2, block: 3 };

/**
 * Whether a push only takes away: less is done to requests by the same rule. Such a push goes through while panic holds all others,
 * and before them.
 *
 * @param before what the gatekeeper has; null: nothing
 */
export function isLowering(before: GateRule | null, next: GateRule): boolean {
  if (next.stage === "off") return before === null || before.stage !== "off";
  if (before === null || ranks[next.stage] > ranks[before.stage]) return false;
  if (matchedBy(before) !== matchedBy(next)) return false;
  const [endBefore, end] = [endOf(before), endOf(next)];
  // A lower stage counts whatever the end is: who lets it end later was asked for that, and less is done from now on.
  return ranks[next.stage] < ranks[before.stage] || end < endBefore;
}

/** What it matches, whenever it ends. */
function matchedBy({ definition: { expires_at: _, ...definition }, exclusions }: GateRule): string {
  return canonicalJson({ definition, exclusions });
}

const endOf = ({ definition }: GateRule) =>
  definition.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(definition.expires_at);
