import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { payloadClasses } from "../../../../shared/payload.ts";
import { contentId } from "../../base/ids.ts";
import { readModel } from "../../detect/classifier/model-file.ts";
import { loadClassifier } from "../../detect/classifier/payload-model.ts";
import { measure } from "../figures.ts";
import { generateRows } from "../fixture-rows.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";
import { type TrainedModel, type TrainingOptions, trainingSteps, trainPayloadModel } from "./train-payload-model.ts";

const shippedBytes = readFileSync(join(import.meta.dirname, "../../../../resources/model/payload.bin"));
const shipped = readModel(shippedBytes);
const fromChampion: TrainingOptions = { seed: "test", start: shipped, folds: 2 };
const fromScratch: TrainingOptions = { ...fromChampion, start: null };
const patience = 120_000;

const rows = generateRows("train", 300);
const dataset = (given: readonly DatasetRow[]): DatasetVersion => ({ id: "v1", rows: given });
const figuresOn = (bytes: Uint8Array, judged: readonly DatasetRow[]) => {
  const model = loadClassifier(bytes);
  return measure(
    judged.map(({ text, place, label, group }) => ({
      truth: payloadClasses.indexOf(label),
      probabilities: model.score(text, place === null ? undefined : { place }).probabilities,
      group,
    })),
  );
};

describe.each([
  { name: "going on from the champion", options: fromChampion, leastRecall: 0.85, mostFpr: 0.05 },
  // Three hundred rows alone are few.
  { name: "from scratch", options: fromScratch, leastRecall: 0.5, mostFpr: 0.2 },
])("$name", ({ options, leastRecall, mostFpr }) => {
  const trained = trainPayloadModel(dataset(rows), options);

  test(
    "the same rows in another order give the same bytes",
    () => {
      const again = trainPayloadModel(dataset([...rows].reverse()), options);
      expect(Buffer.compare(again.bytes, trained.bytes)).toBe(0);
      expect(again.crossValidation).toEqual(trained.crossValidation);
      expect(again.outOfFold).toEqual(trained.outOfFold);
    },
    patience,
  );

  test(
    "another seed gives other bytes",
    () => {
      const other = trainPayloadModel(dataset(rows), { ...options, seed: "other" });
      expect(Buffer.compare(other.bytes, trained.bytes)).not.toBe(0);
    },
    patience,
  );

  test("its file has thresholds for other error rates beside those that decide", () => {
    const { header } = readModel(trained.bytes);
    const others = header.other_set_thresholds!;
    expect(others.map(({ error_rate }) => error_rate)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2]);
    const same = others.find(({ error_rate }) => error_rate === header.set_error_rate)!;
    const benign = payloadClasses.indexOf("benign");
    expect(same.thresholds[benign]).toBe(header.set_thresholds[benign]);
  });

  test("tells attacks from ordinary text that it has not seen", () => {
    const { recall, fpr } = figuresOn(trained.bytes, generateRows("fresh", 300));
    expect(recall.value).toBeGreaterThan(leastRecall);
    expect(fpr.value).toBeLessThan(mostFpr);
  });

  test("judges every row but the test split's out of fold, and says how each epoch went", () => {
    const learned = rows.filter(({ split }) => split !== "test");
    expect(trained.outOfFold.map(({ id }) => id)).toEqual(learned.map(({ id }) => id).sort());
    expect(trained.crossValidation.rows).toBe(learned.length);
    expect(trained.curve.map(({ fold, epoch }) => `${fold} ${epoch}`)).toHaveLength(trained.curve.at(-1)!.total);
    expect(trained.curve.at(-1)).toMatchObject({ fold: null, done: trained.curve.length });
    for (const { loss } of trained.curve) expect(loss).toBeGreaterThan(0);
  });

  test(
    "a run that was killed after any epoch ends in the same bytes",
    () => {
      const total = trained.curve.length;
      const saved: Uint8Array[] = [];
      for (const step of trainingSteps(dataset(rows), options)) saved.push(step.save());
      expect(saved).toHaveLength(total);
      // In the first of the cross-validation's fits, and in the fit of the model itself.
      const few = [1, total - 1];
      const all = Array.from({ length: total - 1 }, (_, i) => i + 1);
      for (const killedAfter of process.env.TORTURE === undefined ? few : all) {
        const { epochs, value } = finish(trainingSteps(dataset(rows), options, saved[killedAfter - 1]));
        expect(epochs).toBe(total - killedAfter);
        expect(Buffer.compare(value.bytes, trained.bytes)).toBe(0);
        expect(value.curve).toEqual(trained.curve);
      }
    },
    patience,
  );
});

function finish(steps: ReturnType<typeof trainingSteps>): { epochs: number; value: TrainedModel } {
  for (let epochs = 0; ; epochs++) {
    const step = steps.next();
    if (step.done === true) return { epochs, value: step.value };
  }
}

test(
  "progress that is damaged or of other rows starts from the beginning",
  () => {
    const steps = trainingSteps(dataset(rows), fromScratch);
    const step = steps.next();
    const saved = step.done === true ? new Uint8Array() : step.value.save();
    const damaged = Uint8Array.from(saved);
    damaged[saved.length >> 1]! ^= 1;
    const all = finish(trainingSteps(dataset(rows), fromScratch)).epochs;
    expect(finish(trainingSteps(dataset(rows), fromScratch, damaged)).epochs).toBe(all);
    expect(finish(trainingSteps(dataset(rows.slice(1)), fromScratch, saved)).epochs).toBe(all);
  },
  patience,
);

test(
  "a few false positives are learned, and what the champion knew is kept",
  () => {
    // Ordinary values that the shipped model takes for attacks.
    const order = (i: number) => `order ${i} OR ${i + 1}=three`;
    const known = loadClassifier(shippedBytes);
    const flagged = (model: typeof known, from: number, to: number) => {
      let count = 0;
      for (let i = from; i < to; i++) if (model.score(order(i), { place: "form" }).class !== "benign") count++;
      return count;
    };
    expect(flagged(known, 0, 40)).toBe(40);
    const reported = Array.from(
      { length: 10 },
      (_, i): DatasetRow => ({
        ...rows[0]!,
        id: contentId("sample", "form", order(i)),
        text: order(i),
        place: "form",
        label: "benign",
        group: `export ${i}`,
        split: "train",
        isFalsePositive: true,
      }),
    );
    const attacks = rows.filter(({ label, split }) => label !== "benign" && split === "train").slice(0, 20);
    const trained = trainPayloadModel(dataset([...reported, ...attacks]), fromChampion);
    expect(flagged(loadClassifier(trained.bytes), 20, 40)).toBeLessThan(4);
    const fresh = generateRows("kept", 600);
    const before = figuresOn(shippedBytes, fresh);
    const after = figuresOn(trained.bytes, fresh);
    expect(after.f1.value).toBeGreaterThan(before.f1.value - 0.02);
  },
  patience,
);

describe("rows that cannot be learned from", () => {
  const texts = (label: DatasetRow["label"], count: number): DatasetRow[] =>
    Array.from({ length: count }, (_, i) => ({
      ...rows[0]!,
      id: contentId("sample", "query", `${label} ${i}`),
      text: `${label} ${i}`,
      place: "query",
      label,
      group: `${label} ${i}`,
      split: "train",
    }));

  test.each([
    { why: "no rows", rows: [], says: "no rows to learn from in its training split" },
    { why: "ordinary text only", rows: texts("benign", 30), says: "holds 30 of ordinary input" },
    { why: "one attack class only", rows: texts("xss", 30), says: "holds 30 of cross-site scripting" },
    {
      why: "attacks in the test split only",
      rows: [...texts("benign", 30), ...texts("xss", 30).map((row) => ({ ...row, split: "test" as const }))],
      says: "at least 5 ordinary values and 5 attacks",
    },
    {
      why: "csrf only",
      rows: texts("csrf", 30),
      says: "(rows that cannot be learned from: 30 of request forgery, which is no property of one value)",
    },
    {
      why: "labels that contradict each other",
      rows: [
        ...texts("benign", 10),
        ...texts("benign", 10).map((row) => ({ ...row, id: `${row.id}x`, label: "xss" as const })),
      ],
      says: "(rows that cannot be learned from: 20 with a text that has another label elsewhere)",
    },
  ])("$why", ({ rows: given, says }) => {
    expect(() => trainPayloadModel(dataset(given), fromScratch)).toThrowError(says);
  });

  test(
    "contradicting labels and csrf are left out by row",
    () => {
      const given = [...texts("benign", 20), ...texts("sql_injection", 20), ...texts("csrf", 1)];
      const twice = { ...given[3]!, id: contentId("sample", "", given[3]!.text), place: null, label: "xss" as const };
      const elsewhere = { ...given[4]!, id: "elsewhere", place: "header" as const, label: "xss" as const };
      const trained = trainPayloadModel(dataset([...given, twice, elsewhere]), fromChampion);
      const reasons = new Map(trained.leftOut.map(({ id, reason }) => [id, reason]));
      expect(reasons).toEqual(
        new Map([
          [given[3]!.id, "contradiction"],
          [twice.id, "contradiction"],
          [given.at(-1)!.id, "csrf"],
        ]),
      );
    },
    patience,
  );
});
