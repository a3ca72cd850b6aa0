import { describe, expect, test } from "vitest";
import { type Place, payloadClasses } from "../../../shared/payload.ts";
import { readModel, writeModel } from "../../engine/detect/classifier/model-file.ts";
import { calibrate } from "../../engine/detect/classifier/outcome.ts";
import {
  benignClass,
  conformalThresholds,
  fitCalibration,
  type Judged,
  judge,
  thresholdsByRate,
} from "../../engine/learn/training/calibrate.ts";
import { fitDefaults, fitNetwork } from "../../engine/learn/training/fit.ts";
import { type Encoding, encode, encodings } from "../../engine/learn/training/generated/encode.ts";
import {
  attackKinds,
  benignKinds,
  generateAttacks,
  generateBenign,
} from "../../engine/learn/training/generated/generate.ts";
import { createRandom } from "../../engine/learn/training/random.ts";
import { calibrationError, f1, macroF1, pairedDifference, rates } from "../../engine/learn/training/score.ts";
import { onTheWire } from "./corpus.ts";
import { leftOutRow } from "./folds.ts";
import { loadPayloadLists } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";
import { classifierOf, prepareAll } from "./train.ts";

test("a sample as a request carries it", () => {
  const carried = (place: Place, text: string) => {
    const sample: Sample = { text, family: "benign", source: "s", kind: "k", place, name: "" };
    const random = createRandom("wire");
    return new Set(Array.from({ length: 40 }, () => onTheWire(random, sample, place)));
  };
  expect(carried("query", "a b'<c>")).toEqual(new Set(["a b'<c>", "a%20b'%3Cc%3E"]));
  expect(carried("form", "a b")).toEqual(new Set(["a b", "a+b"]));
  expect(carried("json", 'a "b"\n')).toEqual(new Set(['a "b"\n', 'a \\"b\\"\\n']));
  expect(carried("xml", "a<b")).toEqual(new Set(["a<b", "a&lt;b"]));
  expect(carried("header", "a<b")).toEqual(new Set(["a<b"]));
});

describe("grammars", () => {
  test.each(attackKinds)("$rule of $family writes many different attacks", ({ grammar, rule }) => {
    const r = createRandom("grammar");
    const texts = new Set(Array.from({ length: 200 }, () => grammar.expand(r, rule)));
    // The serialised objects are few by nature.
    expect(texts.size).toBeGreaterThan(rule === "deserialization" ? 20 : 60);
    for (const text of texts) expect(text).not.toMatch(/[‹›]/);
  });

  test.each(benignKinds)("$kind writes ordinary text", ({ grammar, rules }) => {
    const r = createRandom("grammar");
    for (let i = 0; i < 100; i++) expect(grammar.expand(r, r.pick(rules))).not.toMatch(/[‹›]/);
  });

  test("the same seed gives the same values", () => {
    expect(generateAttacks(createRandom("s"), 100)).toEqual(generateAttacks(createRandom("s"), 100));
    expect(generateBenign(createRandom("s"), 100)).toEqual(generateBenign(createRandom("s"), 100));
  });
});

test.each(Object.keys(encodings) as Encoding[])("encoding %s changes what it must and takes any text", (encoding) => {
  expect(encode('<a b="c">;', encoding)).not.toBe('<a b="c">;');
  expect(encode("\ud800 é 漢", encoding)).toBeTypeOf("string");
});

test("a fit is deterministic and tells attacks from ordinary text", () => {
  const samples = [...generateAttacks(createRandom("fit"), 800), ...generateBenign(createRandom("fit"), 800)];
  const prepared = prepareAll(samples, "fit");
  const fitted = fitNetwork(prepared, { ...fitDefaults, epochs: 2 });
  const header = {
    version: "t",
    temperature: 1,
    benign_shift: 0,
    set_error_rate: 0.1,
    set_thresholds: [0, 0, 0, 0, 0, 1, 0],
    other_set_thresholds: [{ error_rate: 0.2, thresholds: [0.1, 0, 0, 0, 0, 1, 0] }],
  };
  const again = fitNetwork(prepared, { ...fitDefaults, epochs: 2 });
  expect(Buffer.compare(writeModel({ header, ...fitted }), writeModel({ header, ...again }))).toBe(0);
  expect(readModel(writeModel({ header, ...fitted })).header).toMatchObject(header);
  const fresh = [...generateAttacks(createRandom("new"), 200), ...generateBenign(createRandom("new"), 200)];
  const { recall, fpr } = rates(judge(classifierOf(fitted, null), fresh));
  expect(recall).toBeGreaterThan(0.8);
  expect(fpr).toBeLessThan(0.2);
}, 60_000);

test("says where the payload lists are missed", () => {
  expect(() => loadPayloadLists("/nowhere")).toThrowError("/nowhere/payloads.jsonl.gz; set SENTINEL_DATA");
});

const sample: Sample = { text: "", family: "benign", source: "s", kind: "k", place: null, name: "" };
const judged = (truth: number, attack: number): Judged => {
  const probabilities = payloadClasses.map((_, c) => (c === 0 ? attack : c === benignClass ? 1 - attack : 0));
  return { sample, truth, probabilities };
};

test("an attack source that was left out has one row: recall and false positives, the rules beside them", () => {
  const byModel = [judged(0, 0.9), judged(0, 0.9), judged(0, 0.4), judged(0, 0.6), judged(benignClass, 0.1)];
  const byRules = [judged(0, 0.9), judged(0, 0.1), judged(0, 0.1), judged(0, 0.1), judged(benignClass, 0.9)];
  expect(leftOutRow("A list", { byModel, byRules })).toEqual([
    ...["A list", "4 attacks, 1 ordinary"],
    ...["75.00 %", "0.00 %", "25.00 %", "100.00 %"],
  ]);
});

describe("calibration", () => {
  test("finds that an overconfident model is overconfident", () => {
    const r = createRandom("calibration");
    // Says 99 % and is right in 80 % of cases, both ways.
    const all = Array.from({ length: 2000 }, (_, i) => {
      const attack = i % 4 === 0; // ordinary text has three quarters of the weight in the fit
      return judged(attack ? 0 : benignClass, r.chance(0.8) === attack ? 0.99 : 0.01);
    });
    const calibration = fitCalibration(all);
    const corrected = all.map((one) => ({ ...one, probabilities: calibrate(one.probabilities, calibration) }));
    expect(calibration.temperature).toBeGreaterThan(1.5);
    expect(calibrationError(corrected, r).value).toBeLessThan(calibrationError(all, r).value / 2);
  });

  test("conformal thresholds leave out no more than the error rate", () => {
    const r = createRandom("sets");
    const draw = () => Array.from({ length: 1000 }, () => judged(0, r.next()));
    const calibration = draw();
    const thresholds = conformalThresholds(calibration, 0.1);
    expect(thresholdsByRate(calibration).find(({ error_rate }) => error_rate === 0.1)).toEqual({
      error_rate: 0.1,
      thresholds,
    });
    const covered = draw().filter(({ probabilities }) => probabilities[0]! >= thresholds[0]!).length;
    expect(covered).toBeGreaterThan(870);
    expect(covered).toBeLessThan(930);
  });
});

test("figures of a known table", () => {
  const table = [judged(0, 0.9), judged(0, 0.9), judged(0, 0.2), judged(benignClass, 0.7), judged(benignClass, 0.1)];
  expect(rates(table)).toEqual({ attacks: 3, benign: 2, recall: 2 / 3, fpr: 0.5 });
  expect(f1(table)).toBeCloseTo(4 / 6);
  expect(macroF1(table, [0, benignClass])).toBeCloseTo((4 / 6 + 2 / 4) / 2);
  const better = [judged(0, 0.9), judged(0, 0.9), judged(0, 0.9), judged(benignClass, 0.1), judged(benignClass, 0.1)];
  const gain = pairedDifference(better, table, createRandom("gain"));
  expect(gain.value).toBeCloseTo((1 / 3 + 1 / 2) / 2);
  expect(gain.low).toBeGreaterThanOrEqual(0);
});
