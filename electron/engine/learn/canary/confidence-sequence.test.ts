import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../detect/anomaly/random.ts";
import { emptySequence, intervalOf, observe } from "./confidence-sequence.ts";

const torture = Number(process.env.TORTURE ?? 1);

/** Whether an interval ever misses the mean while one looks after each value. */
function misses(seed: number, mean: number, length: number, alpha: number): boolean {
  const random = createRandom(seed);
  let state = emptySequence;
  for (let i = 0; i < length; i++) {
    state = observe(state, random.next() < mean ? 1 : 0, alpha);
    const { lower, upper } = intervalOf(state, alpha);
    if (mean < lower || mean > upper) return true;
  }
  return false;
}

test.each([0.01, 0.2, 0.5])("looking after every value misses a mean of %f no oftener than promised", (mean) => {
  const runs = 200 * torture;
  const alpha = 0.1;
  let missed = 0;
  for (let seed = 1; seed <= runs; seed++) if (misses(seed, mean, 1000, alpha)) missed++;
  // Three standard deviations of a binomial above the promise.
  expect(missed).toBeLessThanOrEqual(runs * alpha + 3 * Math.sqrt(runs * alpha * (1 - alpha)));
});

test("the interval closes in on the mean, the sooner the less values vary", () => {
  const widthAfter = (values: readonly number[]) => {
    const { lower, upper } = intervalOf(
      values.reduce((state, value) => observe(state, value, 0.05), emptySequence),
      0.05,
    );
    return upper - lower;
  };
  const quiet = Array.from({ length: 1000 }, () => 0);
  const loud = Array.from({ length: 1000 }, (_, i) => i % 2);
  expect(widthAfter(quiet)).toBeLessThan(0.02);
  expect(widthAfter(loud)).toBeGreaterThan(widthAfter(quiet));
  expect(widthAfter(loud)).toBeLessThan(0.2);
});

test("bounds lie in [0, 1] around each other, whatever comes, and a value outside is refused", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }), (values) => {
      let state = emptySequence;
      for (const value of values) state = observe(state, value, 0.05);
      const { lower, upper } = intervalOf(state, 0.05);
      expect(0 <= lower && lower <= upper && upper <= 1).toBe(true);
    }),
    { numRuns: 100 * torture },
  );
  for (const value of [-0.1, 1.1, Number.NaN]) expect(() => observe(emptySequence, value, 0.05)).toThrow(RangeError);
});
