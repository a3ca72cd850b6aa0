import type { BacktestSummary } from "../../../../shared/backtest.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { RuleExclusion } from "../../../../shared/rule.ts";
import type { Rule, RuleMeasure, RuleStage } from "../../../../shared/rule-record.ts";
import type { Ask } from "../../approve/approvals.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { nextStage, stageRank } from "../policy/decide-policy.ts";
import { bareExclusion, hashOfRecord, type RuleRecord, type StoredRule } from "./rule-state.ts";

/** How long an approval may wait and then be used, milliseconds: three days. */
const validMs = 3 * 86_400_000;

/** How long what was measured stands, days: traffic and labels go on. */
export const measureDays = 30;

/** Whether a rule that was measured is another one since, or was measured too long ago. @param now epoch milliseconds */
export function isOutdated({ record }: Pick<StoredRule, "record">, now: number): boolean {
  const { measured } = record;
  return measured !== null && (measured.definition_hash !== hashOfRecord(record) || isOld(measured, now));
}

const isOld = ({ at }: RuleMeasure, now: number) => now - Date.parse(at) > measureDays * 86_400_000;

/**
 * Why a rule does more than what was measured of it allows; null: it does not. It stays as it is until somebody lowers it: few labels make
 * a confidence low as well, and a rule that is disarmed by itself lets attacks in.
 */
export function whyTooFar({ record }: Pick<StoredRule, "record">): string | null {
  const { stage, measured, decision } = record;
  if (stageRank(stage) <= stageRank("log") || decision?.policy !== "log_only") return null;
  return measured?.definition_hash === hashOfRecord(record) ? decision.reason : null;
}

/** The step that would come next for a rule, and what it takes; null: there is none. @param isHeld by a panic; @param now epoch milliseconds */
export function nextStep(rule: Pick<StoredRule, "record">, isHeld: boolean, now: number): Rule["next"] {
  const to = nextStage(rule.record.stage);
  return to === null ? null : { to, ...whatItTakes(rule, to, isHeld, now) };
}

/** What it takes that a rule is in force at a stage, from now on or for longer. */
function whatItTakes(
  rule: Pick<StoredRule, "record">,
  at: RuleStage,
  isHeld: boolean,
  now: number,
): Omit<NonNullable<Rule["next"]>, "to"> {
  const { measured, decision } = rule.record;
  if (measured === null || decision === null) {
    return { needs: "backtest", why: "It was not tried on stored requests yet." };
  }
  if (isOld(measured, now)) {
    return { needs: "backtest", why: `It was tried on stored requests more than ${measureDays} days ago.` };
  }
  if (isOutdated(rule, now)) {
    return { needs: "backtest", why: "It was changed since it was tried on stored requests." };
  }
  if (isHeld) return { needs: "rearm", why: "Panic holds the response until an admin re-arms it." };
  if (decision.policy === "log_only") {
    return { needs: at === "log" ? "nothing" : "more_confidence", why: decision.reason };
  }
  if (at === "log" && decision.policy === "apply") return { needs: "nothing", why: decision.reason };
  const why =
    at === "log"
      ? decision.reason
      : `A rule ${at === "tag" ? "marks" : "stops"} requests only once somebody approved it.`;
  return { needs: "approval", why };
}

const endOf = (expiresAt: string | null) => (expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt));

/** Whether what has such an end looks at no request any more. @param now epoch milliseconds */
export const hasEnded = (expiresAt: string | null, now: number) => endOf(expiresAt) <= now;

/** Whether a rule that acts would do so for longer. */
export function isLonger(from: RuleRecord, to: Pick<RuleRecord, "definition">): boolean {
  return stageRank(from.stage) > 0 && endOf(to.definition.expires_at) > endOf(from.definition.expires_at);
}

/** @throws SentinelError INPUT_INVALID for an end that is past: what is to stop is taken back. @param now epoch milliseconds */
export function requireAhead(expiresAt: string | null, now: number): void {
  if (hasEnded(expiresAt, now)) throw new SentinelError("INPUT_INVALID", "expires_at: it is past.");
}

/** What it takes that a rule ends at another time. What acts for longer takes what it takes to act; an earlier end takes nothing. */
export function whatRenewalTakes(
  rule: Pick<StoredRule, "record">,
  expiresAt: string | null,
  isHeld: boolean,
  now: number,
): Omit<NonNullable<Rule["next"]>, "to"> {
  const { stage, definition } = rule.record;
  if (isLonger(rule.record, { definition: { ...definition, expires_at: expiresAt } })) {
    return whatItTakes(rule, stage, isHeld, now);
  }
  return { needs: "nothing", why: "" };
}

/** A rule with another end. What was measured of it stands: it matches the same, for another time. */
export function renewed({ record }: Pick<StoredRule, "record">, expiresAt: string | null) {
  const definition = { ...record.definition, expires_at: expiresAt };
  const { measured } = record;
  if (measured?.definition_hash !== hashOfRecord(record)) return { definition };
  return { definition, measured: { ...measured, definition_hash: hashOfRecord({ ...record, definition }) } };
}

/** What an approval is asked for, exactly; only of the rule as it stands, so that it is the same when it is used. */
function shownOf(rule: StoredRule) {
  const { id, number, record } = rule;
  const { name, definition, exclusions, measured } = record;
  return {
    rule: { id, number, name },
    definition,
    exclusions: exclusions.map(bareExclusion),
    definition_hash: hashOfRecord(record),
    from: record.stage,
    backtest: measured,
  };
}

const inputsOf = (rule: StoredRule, backtestId: string | null) =>
  canonicalJson({ definition_hash: hashOfRecord(rule.record), backtest_id: backtestId });

/** Asks for a rule to be let in, or to go a stage further. */
export function askForStage(rule: StoredRule, to: "log" | "tag" | "block"): Ask {
  const { number, record } = rule;
  return {
    kind: to === "log" ? "rule" : "rollout",
    subject: rule.id,
    title: `Rule ${number}, ${record.name}: ${record.stage} → ${to}`,
    shown: { ...shownOf(rule), to },
    inputs: inputsOf(rule, record.measured?.backtest_id ?? null),
    risk: riskOf(to),
    authors: record.authors,
    validMs,
  };
}

/** Asks for a rule to act for longer, at the stage that it has. */
export function askForRenewal(rule: StoredRule, expiresAt: string | null): Ask {
  const { stage } = rule.record;
  const until = expiresAt === null ? "without an end" : `until ${expiresAt.slice(0, 10)}`;
  return {
    kind: "renewal",
    subject: rule.id,
    title: `Rule ${rule.number}, ${rule.record.name}: ${stage}, ${until}`,
    shown: { ...shownOf(rule), expires_at: expiresAt },
    inputs: inputsOf(rule, rule.record.measured?.backtest_id ?? null),
    risk: riskOf(stage),
    authors: rule.record.authors,
    validMs,
  };
}

const riskOf = (stage: RuleStage) => (stage === "block" ? "high" : stage === "tag" ? "medium" : "low");

/** Asks for an exclusion that was tried. */
export function askForExclusion(
  rule: StoredRule,
  exclusion: RuleExclusion,
  preview: RuleMeasure,
  tried: { readonly takesOut: number; readonly by: string },
): Ask {
  const { number, record } = rule;
  return {
    kind: "exclusion",
    subject: rule.id,
    title: `Rule ${number}, ${record.name}: exclude ${exclusion.parameter ?? "a value"} on ${exclusion.path ?? "any path"}`,
    shown: { ...shownOf(rule), exclusion: bareExclusion(exclusion), preview, takes_out: tried.takesOut },
    inputs: inputsOf(rule, preview.backtest_id),
    risk: record.stage === "block" ? "high" : record.stage === "proposed" || record.stage === "off" ? "low" : "medium",
    authors: [...record.authors, tried.by],
    validMs,
  };
}

/** What a back-test measured, as a rule keeps it. */
export function toMeasure(
  backtest: { readonly id: string; readonly summary: BacktestSummary; readonly endedAt: string },
  definition_hash: string,
  period: { readonly from: string | null; readonly to: string | null },
): RuleMeasure {
  const { summary } = backtest;
  return {
    backtest_id: backtest.id,
    definition_hash,
    at: backtest.endedAt,
    ...period,
    requests: summary.requests,
    attacks_caught: summary.kinds.attack.hits,
    attacks_missed: summary.kinds.missed.hits,
    false_hits: summary.false_hits,
    undecided: summary.kinds.undecided.hits,
    confidence: summary.confidence,
    fp_upper: summary.fp_upper,
  };
}
