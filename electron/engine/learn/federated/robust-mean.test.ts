import { expect, test } from "vitest";
import { createRandom } from "../training/random.ts";
import { distance, geometricMedian, honestBound, plainMean } from "./robust-mean.ts";

/** Honest vectors around different centres, as engines with different traffic have them; hostile ones by what they want. */
function draw(seed: string, honest: number, hostile: number, size: number) {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()) || 0;
  const good = Array.from({ length: honest }, () => {
    const scale = 10 ** random.between(-2, 1);
    return Float64Array.from({ length: size }, () => scale * normal());
  });
  const mean = plainMean(good);
  const evil = Array.from({ length: hostile }, (): Float64Array => {
    const far = 10 ** random.between(-1, 9);
    const sorts = [
      () => mean.map((x) => -far * x),
      () => mean.map(() => far),
      () => Float64Array.from({ length: size }, () => far * normal()),
      // All in one place, just outside of the others.
      () => mean.map((x, j) => (j === 0 ? x + far : x)),
    ];
    return sorts[random.below(4)]!();
  });
  return { good, evil };
}

test("whatever a fifth of the engines send, the median is within its bound of the honest mean", () => {
  for (let run = 0; run < 300; run++) {
    const peers = [5, 6, 10, 15][run % 4]!;
    const hostile = Math.floor(peers / 5);
    const { good, evil } = draw(`run ${run}`, peers - hostile, hostile, 24);
    const off = distance(geometricMedian([...evil, ...good]).mean, plainMean(good));
    expect(off).toBeLessThanOrEqual(honestBound(good, hostile) * (1 + 1e-6));
  }
});

test("the bound also holds for the most that may be hostile: just less than half", () => {
  for (let run = 0; run < 100; run++) {
    const { good, evil } = draw(`half ${run}`, 4, 3, 10);
    const off = distance(geometricMedian([...good, ...evil]).mean, plainMean(good));
    expect(off).toBeLessThanOrEqual(honestBound(good, 3) * (1 + 1e-6));
  }
});

test("one hostile engine moves a plain mean as far as it likes, and itself out of the median", () => {
  const { good } = draw("far", 4, 0, 24);
  const evil = new Float64Array(24).fill(1e6);
  const z = plainMean(good);
  expect(distance(plainMean([...good, evil]), z)).toBeGreaterThan(100 * honestBound(good, 1));
  const { mean, shares } = geometricMedian([...good, evil]);
  expect(distance(mean, z)).toBeLessThanOrEqual(honestBound(good, 1));
  expect(shares[4]).toBeLessThan(1e-4);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
});

test("it is the point with the least sum of distances", () => {
  const { good } = draw("least", 7, 0, 5);
  const { mean } = geometricMedian(good);
  const sum = (at: Float64Array) => good.reduce((total, vector) => total + distance(vector, at), 0);
  const random = createRandom("around");
  for (let i = 0; i < 200; i++) {
    const near = mean.map((x) => x + (random.next() - 0.5) * 0.01);
    expect(sum(near)).toBeGreaterThanOrEqual(sum(mean) - 1e-9);
  }
});

test("what one of three alone has seen stays, where the median by coordinates would drop it", () => {
  const axes = [0, 1, 2].map((axis) => Float64Array.from({ length: 3 }, (_, j) => (j === axis ? 3 : 0)));
  for (const x of geometricMedian(axes).mean) expect(x).toBeCloseTo(1, 9);
});

test("equal vectors, and a vector at the median itself, are no trouble", () => {
  const one = Float64Array.of(1, 2);
  expect([...geometricMedian([one, one, one]).mean]).toEqual([1, 2]);
  const { mean } = geometricMedian([Float64Array.of(-1, 0), Float64Array.of(0, 0), Float64Array.of(5, 0)]);
  expect(mean[0]).toBeCloseTo(0, 6);
});
