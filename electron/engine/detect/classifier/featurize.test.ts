import fc from "fast-check";
import { expect, test } from "vitest";
import { createFeaturizer, placeBucket, placeFeatureCount, type WindowFeatures, windowLength } from "./featurize.ts";
import { createFolded, fold } from "./fold.ts";

const bucketsOf = ({ buckets, length }: WindowFeatures) => [...buckets.subarray(0, length)];

/** Folds a text; shared by all tests here, overwritten by the next call. */
const folded = createFolded(2000);
function folding(text: string) {
  fold(text, 0, text.length, folded);
  return folded;
}

const anyWindow = fc.tuple(
  fc.oneof(fc.string({ unit: "binary", maxLength: 600 }), fc.string({ maxLength: 600 })),
  fc.nat(),
  fc.nat(windowLength),
);
const runs = { numRuns: 60 * Number(process.env.TORTURE ?? 1), seed: 5 };

test("the features of a text, and what it lacks of a place's, are the features of the text in that place", () => {
  const featurizer = createFeaturizer();
  fc.assert(
    fc.property(anyWindow, fc.nat(11), ([text, at, size], place) => {
      const { length } = folding(text);
      const from = length === 0 ? 0 : at % length;
      const to = Math.min(length, from + size);
      const whole = bucketsOf(featurizer.read(folded, from, to, { place, depth: 1, scale: 2 }));
      const split = bucketsOf(featurizer.readText(folded, from, to, { depth: 1, scale: 2 }));
      expect(new Set(split).size).toBe(split.length);
      const shape = featurizer.shape();
      for (let n = 0; n < placeFeatureCount; n++) {
        const bucket = placeBucket(n, place, shape);
        expect(featurizer.has(bucket)).toBe(split.includes(bucket));
        if (!split.includes(bucket)) split.push(bucket);
      }
      expect(split).toEqual(whole);
    }),
    runs,
  );
});

test("each feature stands inside its window, the first where the window begins", () => {
  const featurizer = createFeaturizer();
  fc.assert(
    fc.property(anyWindow, ([text, at, size]) => {
      const { length } = folding(text);
      const from = length === 0 ? 0 : at % length;
      const to = Math.min(length, from + size);
      const { starts, ends, length: count } = featurizer.read(folded, from, to, { place: 0, depth: 0, scale: 0 });
      for (let i = 0; i < count; i++) {
        if (starts[i] === 0 && ends[i] === 0) continue;
        expect(starts[i]).toBeGreaterThanOrEqual(from);
        expect(ends[i]).toBeLessThanOrEqual(to);
      }
      if (to - from > 1) expect([starts[0], ends[0]! > from]).toEqual([from, true]);
    }),
    runs,
  );
});

test("a repeated n-gram is told where it stood first", () => {
  const featurizer = createFeaturizer();
  folding("ab ab");
  const { buckets, starts, ends } = featurizer.read(folded, 0, folded.length, { place: 0, depth: 0, scale: 0 });
  const places = new Map([...buckets].map((bucket, i) => [bucket, `${starts[i]}-${ends[i]}`]));
  // The edge and "a", then "ab" behind it.
  expect([...places.values()].slice(0, 5)).toEqual(["0-1", "0-2", "0-3", "0-4", "0-2"]);
});
