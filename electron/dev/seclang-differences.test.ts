import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateBenign } from "../engine/learn/training/generated/generate.ts";
import { createRandom } from "../engine/learn/training/random.ts";
import type { RuleSample } from "../engine/respond/rules/cluster-samples.ts";
import { generateRules } from "../engine/respond/rules/generate-rules.ts";
import { toSecLang } from "../engine/respond/rules/seclang.ts";
import { askCoraza, hasCoraza } from "./coraza-check.ts";
import { describeSecLangDifferences } from "./seclang-differences.ts";

if (!hasCoraza)
  console.warn("SKIPPED: exported rules in the Coraza engine: it was not built, for want of Go or its module proxy");

const texts = [
  "1' union select name from users--",
  "2' UNION SELECT card, pin FROM cards--",
  "x' or 1=1--",
  "y' OR 22=22 -- ",
  "z'/**/or/**/3=3--",
  "<script>alert(1)</script>",
  "<script>alert(document.cookie)</script>",
  "; cat /etc/passwd",
  "| cat /etc/passwd #",
];
const classOf = (text: string): RuleSample["class"] =>
  text.includes("script") ? "xss" : text.includes("cat") ? "command_injection" : "sql_injection";

describe.skipIf(!hasCoraza)("in the real Coraza engine", () => {
  test("the page of differences is up to date: node electron/dev/write-seclang-differences.ts", () => {
    const page = readFileSync(join(import.meta.dirname, "../../resources/docs/seclang-differences.md"), "utf8");
    expect(page).toBe(describeSecLangDifferences());
  }, 240_000);

  test("rules that labelled samples make block every one of them, and pass the benign set", () => {
    const samples = texts.map(
      (text): RuleSample => ({
        id: text,
        class: classOf(text),
        family: null,
        text,
        place: "query",
        name: "q",
        method: "GET",
        path: "/search",
      }),
    );
    // What goes into a query as it is: the other places are not what this asks.
    const benign = generateBenign(createRandom("coraza"), 400).map(({ text }) => ({ text, place: null }));
    const { offered, unruled } = generateRules(samples, benign);
    expect(unruled).toEqual([]);
    for (const kind of [0, -1]) {
      const rules = offered
        .map((group, i) =>
          toSecLang({
            number: i + 1,
            name: `Rule ${i}`,
            definition: group.at(kind)!.definition,
            exclusions: [],
            effect: "block",
            capec: [],
            cwe: [],
            attack: [],
          }),
        )
        .join("\n");
      const ask = (text: string) => ({ target: `/search?q=${encodeURIComponent(text.toWellFormed())}` });
      const blocked = askCoraza(rules, texts.map(ask));
      expect(blocked.map(({ status }) => status)).toEqual(texts.map(() => 403));
      const passed = askCoraza(
        rules,
        benign.map(({ text }) => ask(text.slice(0, 2000))),
      );
      expect(passed.filter(({ status }) => status !== 0)).toEqual([]);
    }
  }, 240_000);
});
