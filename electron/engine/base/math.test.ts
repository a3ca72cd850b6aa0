import { expect, test } from "vitest";
import { exp, log, log2, sigmoid } from "./math.ts";

/** Distance in units in the last place of `want`. */
function ulps(got: number, want: number): number {
  if (Object.is(got, want) || got === want) return 0;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(want));
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return Math.abs(got - want) / (bits.getFloat64(0) - Math.abs(want));
}

/** Reproducible numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("exp agrees with Math.exp to 2 units in the last place over its whole range", () => {
  const random = createRandom(1);
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = i % 2 === 0 ? random() * 1453 - 744 : random() * 4 - 2;
    worst = Math.max(worst, ulps(exp(x), Math.exp(x)));
  }
  expect(worst).toBeLessThanOrEqual(2);
});

test("log agrees with Math.log to 2 units in the last place over its whole range", () => {
  const random = createRandom(2);
  let worst = 0;
  for (let i = 0; i < 200_000; i++) {
    const x = i % 2 === 0 ? 2 ** (random() * 2090 - 1070) : 0.4 + random() * 3;
    worst = Math.max(worst, ulps(log(x), Math.log(x)));
  }
  expect(worst).toBeLessThanOrEqual(2);
});

test.each([
  [exp(0), 1],
  [exp(Number.NEGATIVE_INFINITY), 0],
  [exp(-746), 0],
  [exp(-745), 5e-324],
  [exp(710), Number.POSITIVE_INFINITY],
  [exp(709.782712893384), Math.exp(709.782712893384)],
  [exp(Number.NaN), Number.NaN],
  [log(1), 0],
  [log(0), Number.NEGATIVE_INFINITY],
  [log(-1), Number.NaN],
  [log(Number.NaN), Number.NaN],
  [log(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY],
  [log2(8), 3],
  [log2(2 ** -1022), -1022],
  [log2(1), 0],
  [sigmoid(0), 0.5],
  [sigmoid(-800), 0],
  [sigmoid(800), 1],
])("special value %#", (got, want) => {
  if (Number.isFinite(want) && want > 2) expect(ulps(got, want)).toBeLessThanOrEqual(2);
  else expect(got).toBe(want);
});

test("the bits are fixed: these hold on every machine and every version of V8", () => {
  const bits = new DataView(new ArrayBuffer(8));
  const random = createRandom(3);
  let hash = 0n;
  const mix = (value: number) => {
    bits.setFloat64(0, value);
    hash = BigInt.asUintN(64, (hash ^ bits.getBigUint64(0)) * 0x100000001b3n);
  };
  for (let i = 0; i < 20_000; i++) {
    const x = random() * 60 - 30;
    mix(exp(x));
    mix(log(Math.abs(x) + 1e-9));
    mix(sigmoid(x));
  }
  expect(hash.toString(16)).toBe("fd9b010b3c14f1ec");
});
