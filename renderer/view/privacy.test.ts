import { expect, test } from "vitest";
import { describeEpsilon, formatEpsilon, rateEpsilon } from "./privacy.ts";

test.each([
  { epsilon: 0, number: "0", words: "as likely", rate: "strong" },
  { epsilon: 0.99996, number: "1", words: "2.7 times as likely", rate: "strong" },
  { epsilon: 4, number: "4", words: "55 times as likely", rate: "reasonable" },
  { epsilon: 8.4567, number: "8.46", words: "4,707 times as likely", rate: "reasonable" },
  { epsilon: 20, number: "20", words: "more than a million times as likely", rate: "weak" },
])("ε $epsilon reads as it is", ({ epsilon, number, words, rate }) => {
  expect(formatEpsilon(epsilon)).toBe(number);
  expect(describeEpsilon(epsilon)).toBe(words);
  expect(rateEpsilon(epsilon)).toBe(rate);
});
