import { expect, test } from "vitest";
import { formatShare } from "./answer-words.ts";

test.each([
  [0, 0, "0 %"],
  [0, 10, "0 %"],
  [1, 10_000, "under 0.1 %"],
  [1, 250, "0.4 %"],
  [1, 10, "10 %"],
  [10, 10, "100 %"],
])("%d of %d samples reads %s", (part, whole, want) => expect(formatShare(part, whole)).toBe(want));
