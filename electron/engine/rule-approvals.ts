import { z } from "zod";
import type { Approval, decideApproval } from "../../shared/approval.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Input } from "../../shared/route.ts";
import type { RuleExclusion } from "../../shared/rule.ts";
import { Instant } from "../../shared/units.ts";
import type { Approvals, Ask } from "./approve/approvals.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import type { Metrics } from "./base/metrics.ts";
import type { Principal } from "./base/principals.ts";
import { type BacktestRow, backtestById } from "./respond/backtest/backtest-tables.ts";
import type { MustMatch } from "./respond/exclusions/narrowest-exclusion.ts";
import { decidePolicy, nextStage, type PolicySettings } from "./respond/policy/decide-policy.ts";
import { definitionHash, isOfMatched, type StoredRule } from "./respond/rules/rule-state.ts";
import {
  askForExclusion,
  askForRenewal,
  askForStage,
  nextStep,
  renewed,
  requireAhead,
  toMeasure,
  whatRenewalTakes,
} from "./respond/rules/rule-steps.ts";
import type { RuleBook, RuleChange } from "./rule-book.ts";
import type { RuleWorker } from "./rule-worker.ts";
import type { Store } from "./store/store.ts";

const dayMs = 86_400_000;
/** How old the try of an exclusion may be. */
const oldestTryMs = dayMs;

const Renewal = z.looseObject({ expires_at: Instant.nullable() });
const Preview = z.looseObject({ preview: z.looseObject({ backtest_id: z.string() }) });

export interface RuleApprovals {
  /** Grants and does what it was granted for, or denies. @throws SentinelError as `Approvals.decide`, APPROVAL_REFUSED, CONFLICT */
  decide(input: Input<typeof decideApproval>, by: Principal): Promise<Approval>;
  /** Asks for an exclusion. @throws SentinelError NOT_FOUND, CONFLICT when its back-test is not of the rule as it is, or lets an attack through */
  askForExclusion(rule: StoredRule, backtestId: string, by: Principal): Promise<string>;
}

/** What is done once somebody granted it: exactly what was shown, or nothing. */
export function createRuleApprovals(options: {
  readonly store: Store;
  readonly approvals: Approvals;
  readonly book: RuleBook;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "rulesApplied">;
  /** Days that rules are usually tried on. */
  readonly days: () => Promise<number>;
  readonly policy: () => Promise<PolicySettings>;
  readonly isHeld: () => Promise<boolean>;
  /** Every known attack of a rule's class, of whatever time: what the rule was made of, too. */
  readonly attacks: (rule: StoredRule) => Promise<readonly MustMatch[]>;
  readonly worker: Pick<RuleWorker, "ask">;
}): RuleApprovals {
  const { store, approvals, book, clock } = options;

  /** @throws SentinelError CONFLICT */
  async function requireNotHeld(): Promise<void> {
    if (await options.isHeld())
      throw new SentinelError("CONFLICT", "Panic holds the response until an admin re-arms it.");
  }

  async function triedExclusion(rule: StoredRule, backtestId: string) {
    const row = await store.read(backtestById, backtestId);
    if (row === null || row.ruleId !== rule.id) throw new SentinelError("NOT_FOUND", "There is no such back-test.");
    const { exclusion } = row.question;
    const { endedAt, summary } = row;
    if (exclusion === null || endedAt === null) {
      throw new SentinelError("CONFLICT", "An exclusion has to be tried first, to the end.");
    }
    // SECURITY: a period of somebody's choice, or one long ago, could be one in which nothing was attacked.
    if (row.question.to !== null || summary.requests === 0 || clock.now() - Date.parse(endedAt) > oldestTryMs) {
      throw new SentinelError(
        "CONFLICT",
        "An exclusion has to be tried on the usual days, within the last day, on requests.",
      );
    }
    const usualFrom = Date.parse(row.beganAt) - (await options.days()) * dayMs;
    if (row.question.from !== null && Date.parse(row.question.from) > usualFrom + dayMs) {
      throw new SentinelError("CONFLICT", "An exclusion has to be tried on all of the usual days.");
    }
    if (!isOfMatched(row.definitionHash, rule.record)) {
      throw new SentinelError("CONFLICT", "The rule was changed since the exclusion was tried.");
    }
    // SECURITY: whatever it would spare, no known attack is let through.
    const refuse = (count: number) => new SentinelError("CONFLICT", `It would let ${count} known attacks through.`);
    if (summary.excluded_attacks > 0) throw refuse(summary.excluded_attacks);
    // SECURITY: also those from before the period, and those that became known since it was tried.
    const { spared } = await options.worker.ask({
      ...{ what: "spare", definition: rule.record.definition, exclusion },
      attacks: await options.attacks(rule),
    });
    if (spared > 0) throw refuse(spared);
    return { row: { ...row, endedAt }, exclusion };
  }

  function askFor(rule: StoredRule, tried: { row: BacktestRow & { endedAt: string }; exclusion: RuleExclusion }): Ask {
    const { row, exclusion } = tried;
    const hash = definitionHash(rule.record.definition, [...rule.record.exclusions, exclusion]);
    const { from, to } = row.question;
    return askForExclusion(rule, exclusion, toMeasure(row, hash, { from, to }), {
      takesOut: row.summary.kinds.excluded.hits,
      by: row.actor,
    });
  }

  /** What granting an approval would do now, and what must have been shown for it. */
  async function plan(
    approval: Approval,
  ): Promise<{ rule: StoredRule; ask: Ask; change: Omit<RuleChange, "approval"> }> {
    const rule = await book.find(approval.subject);
    if (approval.kind === "exclusion") {
      await requireNotHeld();
      const { preview } = Preview.parse(approval.shown);
      const tried = await triedExclusion(rule, preview.backtest_id);
      const ask = askFor(rule, tried);
      const own = { ...tried.exclusion, id: uuidv7(clock), by: approval.requested_by, at: toInstant(clock.now()) };
      const exclusions = [...rule.record.exclusions, own];
      const { from, to } = tried.row.question;
      const measured = toMeasure(tried.row, definitionHash(rule.record.definition, exclusions), { from, to });
      const decision = decidePolicy(rule.id, measured.confidence, await options.policy(), await options.isHeld());
      return { rule, ask, change: { set: { exclusions, measured, decision }, because: "excluded" } };
    }
    if (approval.kind === "renewal") {
      const { expires_at } = Renewal.parse(approval.shown);
      requireAhead(expires_at, clock.now());
      const { needs, why } = whatRenewalTakes(rule, expires_at, await options.isHeld(), clock.now());
      // SECURITY: nor what was asked for before panic, before the rule was taken back, or before what was measured grew too old.
      if (needs !== "approval") {
        throw new SentinelError("APPROVAL_REFUSED", needs === "nothing" ? "It needs no approval any more." : why);
      }
      return {
        rule,
        ask: askForRenewal(rule, expires_at),
        change: { set: renewed(rule, expires_at), because: "renewed" },
      };
    }
    const to = nextStage(rule.record.stage);
    if (to === null) throw new SentinelError("APPROVAL_REFUSED", "The rule blocks already.");
    const step = nextStep(rule, await options.isHeld(), clock.now());
    // SECURITY: what was asked for before panic, or before the rule was changed, is not done after it.
    if (step?.needs !== "approval")
      throw new SentinelError("APPROVAL_REFUSED", step?.why ?? "There is no further step.");
    return { rule, ask: askForStage(rule, to), change: { set: { stage: to }, because: "approved" } };
  }

  return {
    async decide(input, by) {
      if (!input.granted) return await approvals.decide(input, by);
      const before = await approvals.get(input.id, by);
      if (before.shown === null) throw new SentinelError("APPROVAL_REFUSED", "What it was asked for was erased.");
      if (before.state !== "pending") throw new SentinelError("APPROVAL_REFUSED", `It is ${before.state}.`);
      const { rule, ask, change } = await plan(before);
      // The grant, its use and the change are one: what conflicts leaves no grant behind.
      const events = await approvals.grantAndUse(input, ask, by);
      await book.change(rule, { ...change, approval: { id: input.id, events } }, by);
      if (change.set.stage !== undefined) options.metrics.rulesApplied.inc({ stage: change.set.stage });
      return await approvals.get(input.id, by);
    },

    async askForExclusion(rule, backtestId, by) {
      // SECURITY: what spares traffic waits like what stops it: nothing is loosened while somebody finds out what happened.
      await requireNotHeld();
      const tried = await triedExclusion(rule, backtestId);
      return await approvals.request(askFor(rule, tried), by);
    },
  };
}
