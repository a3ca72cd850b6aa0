import { SentinelError } from "../../../../shared/errors.ts";
import type { Tokens } from "../egress/egress-log.ts";

/** What a task has used so far, over all its stops for approval. */
export interface Spent {
  /** Calls of tools, and steps of text work. */
  calls: number;
  /** That workers answered. */
  characters: number;
  plannerInputTokens: number;
  plannerOutputTokens: number;
}

/** What a task may use at most. */
export interface Budget {
  readonly calls: number;
  readonly characters: number;
  /** Of the planner, both ways. */
  readonly plannerTokens: number;
  /** In the currency of the prices; null: as much as the rest allows. */
  readonly money: number | null;
  /** Of a million tokens of the planner; null: nobody said what they cost. */
  readonly prices: { readonly input: number; readonly output: number } | null;
}

export const nothingSpent: Readonly<Spent> = {
  calls: 0,
  characters: 0,
  plannerInputTokens: 0,
  plannerOutputTokens: 0,
};

/** What the planner's tokens cost, in the currency of the prices; null: nobody said what they cost. */
export function costOf({ plannerInputTokens, plannerOutputTokens }: Spent, prices: Budget["prices"]): number | null {
  if (prices === null) return null;
  return (plannerInputTokens * prices.input + plannerOutputTokens * prices.output) / 1_000_000;
}

/** Counts what a task uses. Each throws SentinelError BUSY once that is more than it may. */
export interface Spending {
  call(): void;
  answer(characters: number): void;
  /** After each answer of the planner, so that none is asked for beyond what may be used. */
  plan(tokens: Tokens): void;
}

/** @param spent is counted on */
export function createSpending(spent: Spent, budget: Budget): Spending {
  const refuse = (what: string): never => {
    throw new SentinelError("BUSY", what);
  };
  return {
    call() {
      spent.calls++;
      if (spent.calls > budget.calls) refuse("The task has used up its calls.");
    },
    answer(characters) {
      spent.characters += characters;
      if (spent.characters > budget.characters) refuse("The task has used up what workers may answer.");
    },
    plan({ inputTokens, outputTokens }) {
      spent.plannerInputTokens += inputTokens;
      spent.plannerOutputTokens += outputTokens;
      const tokens = spent.plannerInputTokens + spent.plannerOutputTokens;
      if (tokens > budget.plannerTokens) refuse("Planning has used up the task's tokens.");
      const cost = costOf(spent, budget.prices);
      if (budget.money !== null && cost !== null && cost > budget.money) {
        refuse(`Planning has cost ${cost.toFixed(4)}, more than the ${budget.money} that a task may.`);
      }
    },
  };
}
