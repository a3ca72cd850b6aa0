import { expect, test } from "vitest";
import { shownWords } from "./backtest-flips.tsx";

test.each([
  { shown: 0, counted: 0, says: "" },
  { shown: 3, counted: 3, says: "" },
  { shown: 200, counted: 1250, says: "200 of 1,250 are shown." },
  { shown: 0, counted: 1, says: "1 request cannot be shown: the evidence may be gone." },
  { shown: 0, counted: 12, says: "12 requests cannot be shown: the evidence may be gone." },
])("of $counted requests that one version hits $shown are listed: “$says”", ({ shown, counted, says }) => {
  expect(shownWords(shown, counted)).toBe(says);
});
