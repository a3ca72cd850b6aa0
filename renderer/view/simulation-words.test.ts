import { expect, test } from "vitest";
import { tellWorking } from "./simulation-words.ts";

test.each([
  [0, 1, "The one payload does not work"],
  [1, 1, "The one payload works"],
  [0, 3, "None of 3 payloads work"],
  [1, 3, "1 of 3 payloads works"],
  [2, 3, "2 of 3 payloads work"],
])("%d of %d", (confirmed, payloads, want) => {
  expect(tellWorking(confirmed, payloads)).toBe(want);
});
