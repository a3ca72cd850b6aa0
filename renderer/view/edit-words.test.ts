import { expect, test } from "vitest";
import { minimalInWords } from "./edit-words.ts";

test.each([
  { changed: 1, minimal: "exhaustive", want: "which is the least there can be" },
  {
    changed: 2,
    minimal: "exhaustive",
    want: "deleting any one character, or putting a neutral one in its place, is not enough",
  },
  { changed: 2, minimal: "within_budget", want: "the smallest edit found" },
] as const)("$changed changed, $minimal", ({ want, ...edit }) => expect(minimalInWords(edit)).toBe(want));
