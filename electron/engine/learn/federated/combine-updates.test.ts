import { beforeAll, expect, test } from "vitest";
import { payloadClasses } from "../../../../shared/payload.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { type PayloadModel, readModel } from "../../detect/classifier/model-file.ts";
import { generateRows } from "../fixture-rows.ts";
import { rawClassifier } from "../training/calibrate-trained.ts";
import { createPreparer } from "../training/prepare.ts";
import { createRandom } from "../training/random.ts";
import { applyUpdate, combineUpdates } from "./combine-updates.ts";
import { loadShippedBase } from "./fixture-base.ts";
import {
  classCount,
  classShares,
  createPublicFrame,
  loudest,
  type PublicFrame,
  updateClasses,
  updateSize,
} from "./public-frame.ts";

let base: PayloadModel;
let frame: PublicFrame;
beforeAll(() => {
  base = loadShippedBase();
  frame = createPublicFrame(base);
}, 60_000);

const draw = (seed: string, size = 0.2) => {
  const random = createRandom(seed);
  return Float64Array.from({ length: updateSize }, () => (random.next() - 0.5) * size);
};

test("a model with an update says what the update said it would", () => {
  const update = draw("a");
  const prepare = createPreparer();
  const { weights, suspicion } = readModel(applyUpdate(base, frame, update, "federated a"));
  const classifier = rawClassifier({ weights, suspicion });
  const shares = new Float64Array(classCount);
  let seen = 0;
  for (const { text, label } of generateRows("said", 40)) {
    // Short values with one reading have one window, which both read alike.
    if (text.length > 60 || canonicalize(text).layers.length > 1) continue;
    const value = frame.place(prepare({ text, family: label as "xss" }, null));
    seen++;
    classShares(value, loudest(value, update), update, shares);
    const { probabilities } = classifier.score(text);
    updateClasses.forEach((name, c) => {
      expect(probabilities[payloadClasses.indexOf(name)]).toBeCloseTo(shares[c]!, 4);
    });
  }
  expect(seen).toBeGreaterThan(10);
});

test("nothing but the linear part changes, and the same updates give the same bytes", () => {
  const nothing = readModel(applyUpdate(base, frame, new Float64Array(updateSize), "none"));
  expect(nothing.weights).toEqual(base.weights);
  const update = draw("b");
  const bytes = applyUpdate(base, frame, update, "b");
  expect(applyUpdate(base, frame, update, "b")).toEqual(bytes);
  const model = readModel(bytes);
  expect(model.weights.embeddings).toEqual(base.weights.embeddings);
  expect(model.weights.linear).not.toEqual(base.weights.linear);
  expect(model.suspicion).toEqual(base.suspicion);
  const { version: _a, sha256: _b, ...calibration } = model.header;
  expect(base.header).toMatchObject(calibration);
});

test("a hostile update has little in the result, and the result is told by its shares", () => {
  const honest = ["1", "2", "3", "4"].map((seed) => draw(seed));
  const { shares, update, norm } = combineUpdates([...honest, draw("hostile", 1e6)]);
  expect(shares[4]).toBeLessThan(1e-4);
  expect(norm).toBeLessThan(3);
  expect(update.every(Number.isFinite)).toBe(true);
});
