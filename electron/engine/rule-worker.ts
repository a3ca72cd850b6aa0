import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import { onDemand } from "./base/on-demand.ts";
import type { RuleAnswer, RuleAnswers, RuleTask } from "./respond/rules/rule-worker-tasks.ts";
import { unpackError } from "./store/store-errors.ts";

/** Holds values against rules in a thread of its own: hundreds of patterns over thousands of values take longer than a screen may wait. */
export interface RuleWorker {
  /** @throws SentinelError INPUT_INVALID for a pattern that cannot be used, BUSY when it takes too long */
  ask<T extends RuleTask>(task: T): Promise<RuleAnswers[T["what"]]>;
  close(): Promise<void>;
}

/** How long an answer may take, those before it in the line included, milliseconds: hundreds of samples take seconds. */
const answerMs = 120_000;

/** @param patienceMs how long an answer may take */
export function createRuleWorker(entry: URL, patienceMs = answerMs): RuleWorker {
  const pool = new Piscina<RuleTask, RuleAnswer>({
    filename: entry.href,
    name: "consider",
    ...onDemand,
    idleTimeout: 60_000,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  return {
    async ask<T extends RuleTask>(task: T) {
      const signal = AbortSignal.timeout(patienceMs);
      // SECURITY: what takes too long is ended with its thread; the next one gets a new one.
      const answer = await pool.run(task, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        throw new SentinelError(
          "BUSY",
          `Holding values against rules took longer than ${patienceMs / 1000} s and was ended: try it with fewer samples.`,
        );
      });
      if ("error" in answer) throw unpackError(answer.error);
      // The worker answers what it was asked.
      return answer as RuleAnswers[T["what"]];
    },
    close: () => pool.destroy(),
  };
}
