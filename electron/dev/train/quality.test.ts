import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadClassifier } from "../../engine/detect/classifier/payload-model.ts";
import { createRuleClassifier } from "../../engine/detect/classifier/rules.ts";
import { judge } from "../../engine/learn/training/calibrate.ts";
import { encode } from "../../engine/learn/training/generated/encode.ts";
import { generateBenign } from "../../engine/learn/training/generated/generate.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { isFlagged, rates } from "../../engine/learn/training/score.ts";
import { hardSet } from "./hard-set.ts";

/**
 * Guards what the shipped model finds, on a small set that is our own: attacks written by hand, and ordinary text of our grammars. The
 * bounds lie well below what it does (in brackets), so that a mended model passes and a broken one, or a changed reading of values,
 * does not. How good it is, on traffic that no fit has seen, is for `npm run evaluate`.
 */
const model = loadClassifier(
  readFileSync(join(import.meta.dirname, "..", "..", "..", "resources", "model", "payload.bin")),
);
const attacks = hardSet();
const judged = judge(model, attacks);

describe("the shipped payload model", () => {
  test("finds attacks written by hand, more than the rules do [0.96, rules 0.86]", () => {
    const { recall } = rates(judged);
    expect(recall).toBeGreaterThan(0.9);
    expect(recall).toBeGreaterThan(rates(judge(createRuleClassifier(), attacks)).recall);
  });

  test.each([...new Set(attacks.map(({ family }) => family))])("finds most of %s", (family) => {
    const own = judged.filter(({ sample }) => sample.family === family);
    expect(own.filter(isFlagged).length / own.length).toBeGreaterThan(0.6);
  });

  test("says the right class [0.94]", () => {
    const right = judged.filter(({ truth, probabilities }) => probabilities[truth]! >= Math.max(...probabilities));
    expect(right.length / judged.length).toBeGreaterThan(0.87);
  });

  test.each(["url", "urlTwice", "html", "base64", "hex"] as const)("finds them encoded as %s", (encoding) => {
    const encoded = attacks.map((sample) => ({ ...sample, text: encode(sample.text, encoding) }));
    expect(rates(judge(model, encoded)).recall).toBeGreaterThan(0.8);
  });

  test("leaves ordinary text alone [0.004]", () => {
    expect(rates(judge(model, generateBenign(createRandom("quality"), 1500))).fpr).toBeLessThan(0.02);
  });
});
