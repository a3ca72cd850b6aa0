import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Place, places } from "../../../shared/payload.ts";
import { loadClassifier } from "../detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../detect/classifier/rules.ts";
import { attackLogOdds, explainPayload } from "./payload-shares.ts";

const shipped = loadClassifier(readFileSync(new URL("../../../resources/model/payload.bin", import.meta.url)));

describe.each([
  { name: "fitted model", classifier: shipped },
  { name: "rules", classifier: createRuleClassifier() },
])("$name", ({ classifier }) => {
  test.each([
    "1' or 1=1 -- and what else is written here",
    "blue shirt%27%20union%20select%20name,pw%20from%20users--",
    "<img src=x onerror=alert(1)> hello",
    `a long harmless beginning ${"of a text ".repeat(60)}; cat /etc/passwd`,
  ])("%s: base and shares add up to the log-odds; the spans lie inside, in order", (text) => {
    const { baseLogOdds, logOdds, spans } = explainPayload(classifier, text, "query");
    expect(logOdds).toBe(attackLogOdds(classifier.score(text, { place: "query" })));
    expect(spans.length).toBeGreaterThan(0);
    const total = spans.reduce((sum, { contribution }) => sum + contribution, baseLogOdds);
    expect(Math.abs(total - logOdds)).toBeLessThan(1e-9);
    let at = 0;
    for (const { start, end } of spans) {
      expect(start).toBeGreaterThanOrEqual(at);
      expect(end).toBeGreaterThan(start);
      at = end;
    }
    expect(at).toBeLessThanOrEqual(text.length);
  });
});

test("what speaks for an attack counts up, the harmless text around it does not", () => {
  const text = "good morning <script>alert(document.cookie)</script>";
  const { spans } = explainPayload(shipped, text, "form");
  const strongest = spans.toSorted((a, b) => b.contribution - a.contribution)[0]!;
  expect(strongest.contribution).toBeGreaterThan(1);
  expect(text.slice(strongest.start, strongest.end)).toMatch(/script|alert/);
});

test("a long decisive stretch is told word by word, and no escape is cut", () => {
  const text = "%27%20UNION%20SELECT%20name%2Cpassword%20FROM%20users--";
  const { spans } = explainPayload(shipped, text, "query");
  expect(spans.length).toBeGreaterThan(4);
  const pieces = spans.map(({ start, end }) => text.slice(start, end));
  expect(pieces.join("")).toBe(text);
  for (const piece of pieces) expect(piece).toMatch(/^(?:[^%]|%[0-9A-F]{2})+$/);
});

test("ordinary text has no decisive stretch", () => {
  const { spans, baseLogOdds, logOdds } = explainPayload(shipped, "blue cotton shirt", "query");
  expect(spans).toEqual([]);
  expect(baseLogOdds).toBe(logOdds);
});

test("holds for any text and place", () => {
  const piece = fc.constantFrom(
    "' or ",
    "1=1",
    "<script>",
    "%3Cscript%3E",
    "hello ",
    "ñ😀",
    "../",
    "; id",
    "&#x3c;",
    "a",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom<Place>(...places), (pieces, place) => {
      const text = pieces.join("");
      const { baseLogOdds, logOdds, spans } = explainPayload(shipped, text, place);
      const total = spans.reduce((sum, { contribution }) => sum + contribution, baseLogOdds);
      expect(Math.abs(total - logOdds)).toBeLessThan(1e-9);
      for (const [i, { start, end }] of spans.entries()) {
        expect(start).toBeGreaterThanOrEqual(i === 0 ? 0 : spans[i - 1]!.end);
        expect(end).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 40 * Number(process.env.TORTURE ?? 1) },
  );
});
