import fc from "fast-check";
import { expect, test } from "vitest";
import { matchWords } from "./fuzzy.ts";

const texts = ["Close", "Assign", "Assign to me", "Go to the audit log", "Go to the alert queue", "Next row", "Snooze"];
const best = (typed: string) =>
  texts
    .flatMap((text) => {
      const score = matchWords(typed, text);
      return score === null ? [] : [{ text, score }];
    })
    .sort((a, b) => a.score - b.score)
    .map(({ text }) => text);

test.each([
  ["close", ["Close"]],
  ["assign", ["Assign", "Assign to me"]],
  ["me assign", ["Assign to me"]],
  ["atm", ["Assign to me"]],
  ["queue", ["Go to the alert queue"]],
  ["snz", ["Snooze"]],
  ["lo g", ["Go to the audit log"]],
  ["xyz", []],
])("%s finds %j first", (typed, want) => expect(best(typed).slice(0, want.length)).toEqual(want));

test("nothing typed fits everything alike", () => {
  expect(texts.map((text) => matchWords("  ", text))).toEqual(texts.map(() => 0));
});

test("every piece of a text finds it, and hostile text ends soon", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(20), fc.nat(20), (text, from, length) => {
      expect(matchWords(text.slice(from, from + length), text)).not.toBeNull();
    }),
    { numRuns: 100 * Number(import.meta.env.TORTURE ?? 1) },
  );
  expect(matchWords("ab".repeat(2000), "a ".repeat(5000))).toBeNull();
});
