import { expect, test } from "vitest";
import { longestRequest, takeRequest } from "./take-request.ts";

test.each([
  ["  Sum up\r\nthis \t week  ", "Sum up\nthis \t week"],
  ["e\u0301", "é"],
  ["میخواهم می\u200cخواهم", "میخواهم می\u200cخواهم"],
  ["family 👨\u200d👩\u200d👧 and ❤\ufe0f", "family 👨\u200d👩\u200d👧 and ❤\ufe0f"],
])("%j is taken", (given, want) => expect(takeRequest(given)).toBe(want));

test.each([
  ["", /empty/],
  [" \n ", /empty/],
  ["a\u0000b", /U\+0000/],
  ["a\u001b[2J", /U\+001B/],
  ["a\u0085b", /U\+0085/],
  ["a\u200bb", /U\+200B/],
  ["a\u200d b", /U\+200D/],
  ["a\u202eb", /U\+202E/],
  ["a\u2066b", /U\+2066/],
  ["a\ufeffb", /U\+FEFF/],
  ["a\u00adb", /U\+00AD/],
  ["a\u{e0041}b", /U\+E0041/],
  ["a\u{e0101}b", /U\+E0101/],
  ["a\ufe0fb", /FE0F/],
  ["a\ue000b", /U\+E000/],
  ["a\ud800b", /U\+D800/],
  ["a\u3164b", /U\+3164/],
  ["x".repeat(longestRequest + 1), /longer/],
])("%j is refused", (given, told) => expect(() => takeRequest(given)).toThrow(told));
