import fc from "fast-check";
import { expect, test } from "vitest";
import { groupIntoTokens } from "./edit-choice.ts";
import { cutIntoUnits, neutralFor } from "./edit-units.ts";

test.each([
  { text: "a%27b", want: ["a", "%27", "b"] },
  { text: "%2527%25", want: ["%2527", "%25"] },
  { text: "%E2%80%99%u0027", want: ["%E2%80%99", "%u0027"] },
  { text: String.raw`\u0027\x41\"\q`, want: [String.raw`\u0027`, String.raw`\x41`, String.raw`\"`, "\\", "q"] },
  { text: "&lt;&#x3c;&#60;&!", want: ["&lt;", "&#x3c;", "&#60;", "&", "!"] },
  { text: "😀%G1", want: ["😀", "%", "G", "1"] },
])("$text is cut into whole characters", ({ text, want }) => {
  expect(cutIntoUnits(text).map(({ start, end }) => text.slice(start, end))).toEqual(want);
});

test("units cover any text without gaps, and tokens the units", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      const units = cutIntoUnits(text);
      expect(units.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
      expect(groupIntoTokens(units).flat()).toEqual(units.map((_, i) => i));
      expect(units.every((unit) => /^[a0]$/.test(neutralFor(unit)))).toBe(true);
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
});

test("words, blanks and signs are tokens", () => {
  const text = "1%27%20or+1=1";
  const units = cutIntoUnits(text);
  const tokens = groupIntoTokens(units).map((token) => text.slice(units[token[0]!]!.start, units[token.at(-1)!]!.end));
  expect(tokens).toEqual(["1", "%27", "%20", "or", "+", "1", "=", "1"]);
});
