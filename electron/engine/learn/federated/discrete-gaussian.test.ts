import { expect, test } from "vitest";
import { createRandom } from "../training/random.ts";
import { createSecureRandom, drawDiscreteGaussian } from "./discrete-gaussian.ts";

/** Bytes of a seed, so that a test that fails fails again. */
function seeded(seed: string) {
  const random = createRandom(seed);
  return createSecureRandom((into) => {
    for (let i = 0; i < into.length; i++) into[i] = random.below(256);
  });
}

/** Pearson's statistic of counts against expected ones, cells with few put together. */
function chiSquare(counts: readonly number[], expected: readonly number[]): { value: number; cells: number } {
  let value = 0;
  let cells = 0;
  let count = 0;
  let want = 0;
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!;
    want += expected[i]!;
    if (want < 10 && i < counts.length - 1) continue;
    value += (count - want) ** 2 / want;
    cells++;
    count = 0;
    want = 0;
  }
  return { value, cells };
}

/** Five standard deviations above the mean of the statistic. */
const bound = (cells: number) => cells + 5 * Math.sqrt(2 * cells);

test.each([1, 3, 7])("draws follow the discrete Gaussian of standard deviation %i", (sigma) => {
  const random = seeded(`gaussian ${sigma}`);
  const most = 8 * sigma;
  const draws = 20_000;
  const counts = new Array<number>(2 * most + 1).fill(0);
  for (let i = 0; i < draws; i++) {
    const at = Number(drawDiscreteGaussian(random, BigInt(sigma))) + most;
    counts[Math.max(0, Math.min(2 * most, at))]!++;
  }
  const weights = counts.map((_, i) => Math.exp(-((i - most) ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { value, cells } = chiSquare(
    counts,
    weights.map((weight) => (weight / total) * draws),
  );
  expect(value).toBeLessThan(bound(cells));
});

test("large deviations are as wide as they say", () => {
  const random = seeded("wide");
  const draws = Array.from({ length: 4000 }, () => Number(drawDiscreteGaussian(random, 100_000n)) / 100_000);
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(draws.length));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
});

test("numbers below a bound are equally likely, also where it is no power of two", () => {
  const random = seeded("uniform");
  const counts = new Array<number>(300).fill(0);
  for (let i = 0; i < 60_000; i++) counts[Number(random.below(300n))]!++;
  const { value, cells } = chiSquare(
    counts,
    counts.map(() => 200),
  );
  expect(value).toBeLessThan(bound(cells));
  expect(random.below(1n)).toBe(0n);
});

test("the machine's own source gives other numbers each time", () => {
  const draw = () => createSecureRandom().below(1n << 64n);
  expect(new Set(Array.from({ length: 20 }, draw)).size).toBe(20);
});
