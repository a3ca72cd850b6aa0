import { SentinelError } from "../../shared/errors.ts";
import type { Approvals } from "./approve/approvals.ts";
import type { BacktestArgs } from "./backtesting.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { BacktestRow } from "./respond/backtest/backtest-tables.ts";
import { decidePolicy, type PolicySettings } from "./respond/policy/decide-policy.ts";
import { hashOfRecord, isOfMatched, ruleById } from "./respond/rules/rule-state.ts";
import { askForStage, toMeasure, whyTooFar } from "./respond/rules/rule-steps.ts";
import type { RuleBook } from "./rule-book.ts";
import type { Store } from "./store/store.ts";

/** How often a rule that changes meanwhile is looked at again. */
const tries = 3;

/** Takes in what back-tests measured, and decides by it what becomes of the rule. */
export function createRuleMeasuring(options: {
  readonly store: Store;
  readonly approvals: Approvals;
  readonly book: RuleBook;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "rulesApplied">;
  readonly policy: () => Promise<PolicySettings>;
  readonly isHeld: () => Promise<boolean>;
}) {
  const { store, approvals, book, log, metrics } = options;

  /** @returns whether it is done with: a rule that changed while it was decided about is looked at again */
  async function takeOnce(row: BacktestRow, args: BacktestArgs, by: Principal): Promise<boolean> {
    const rule = await store.read(ruleById, args.question.id);
    // Removed, or another rule by now: what was measured stays with its back-test, and decides nothing.
    if (rule === null || !isOfMatched(args.definition_hash, rule.record) || row.endedAt === null) return true;
    const { from, to } = args.question;
    const measured = toMeasure({ ...row, endedAt: row.endedAt }, hashOfRecord(rule.record), { from, to });
    const decision = decidePolicy(rule.id, measured.confidence, await options.policy(), await options.isHeld());
    const isNew = rule.record.stage === "proposed";
    const applies = isNew && decision.policy === "apply";
    try {
      // SECURITY: let in by itself it only logs; who acts is the engine, and the reason is kept.
      if (applies) {
        await book.change(rule, { set: { measured, decision, stage: "log" }, because: "policy" }, enginePrincipal);
        metrics.rulesApplied.inc({ stage: "log" });
      } else await book.change(rule, { set: { measured, decision }, because: "measured" }, by);
    } catch (error) {
      if (error instanceof SentinelError && error.code === "CONFLICT") return false;
      throw error;
    }
    const tooFar = whyTooFar({ record: { ...rule.record, measured, decision } });
    if (tooFar !== null) log.warn({ rule: rule.id, reason: tooFar }, "A rule does more than its confidence allows");
    if (isNew && decision.policy === "propose" && !(await options.isHeld())) {
      const now = await store.read(ruleById, rule.id);
      if (now !== null) await approvals.request(askForStage(now, "log"), by);
    }
    return true;
  }

  return {
    async take(row: BacktestRow, args: BacktestArgs, by: Principal): Promise<void> {
      for (let i = 0; i < tries; i++) if (await takeOnce(row, args, by)) return;
      log.warn({ rule: args.question.id }, "A rule changed again and again while its back-test was taken in.");
    },
  };
}
