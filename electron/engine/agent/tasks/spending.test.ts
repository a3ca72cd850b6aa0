import { expect, test } from "vitest";
import { type Budget, costOf, createSpending, nothingSpent } from "./spending.ts";

const budget: Budget = {
  ...{ calls: 2, characters: 10, plannerTokens: 1_000_000, money: null },
  prices: { input: 3, output: 15 },
};

test.each<{ why: string; more: Partial<Budget>; may: boolean }>([
  { why: "within all of it", more: {}, may: true },
  { why: "more tokens than it may, both ways together", more: { plannerTokens: 299_999 }, may: false },
  { why: "exactly its money", more: { money: 2.1 }, may: true },
  { why: "more money than it may", more: { money: 2.09 }, may: false },
  { why: "a limit of money, where nobody said what tokens cost", more: { money: 0, prices: null }, may: true },
])("planning with $why", ({ more, may }) => {
  const spent = { ...nothingSpent };
  const act = () => {
    const spending = createSpending(spent, { ...budget, ...more });
    spending.plan({ inputTokens: 100_000, outputTokens: 20_000 });
    // After a restart what was spent counts on.
    createSpending(spent, { ...budget, ...more }).plan({ inputTokens: 100_000, outputTokens: 80_000 });
  };
  if (may) act();
  else expect(act).toThrow(/tokens|cost 2\.1000/);
  expect(costOf({ ...nothingSpent, plannerInputTokens: 200_000, plannerOutputTokens: 100_000 }, budget.prices)).toBe(
    2.1,
  );
});

test("calls and answers are counted each for itself", () => {
  const spending = createSpending({ ...nothingSpent }, budget);
  spending.call();
  spending.call();
  expect(() => spending.call()).toThrow("calls");
  spending.answer(10);
  expect(() => spending.answer(1)).toThrow("answer");
});
