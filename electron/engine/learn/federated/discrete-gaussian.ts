import { randomFillSync } from "node:crypto";

/** Uniform whole numbers from a cryptographically secure source. */
export interface SecureRandom {
  /** Uniform in [0, below). @param below from 1 on */
  below(below: bigint): bigint;
}

const bufferedBytes = 16_384;

/**
 * The operating system's random bytes.
 * SECURITY: noise that somebody could foresee would be taken off again, and with it the privacy; a seeded stream never makes it.
 *
 * @param fill fills a buffer with random bytes; another one for tests
 */
export function createSecureRandom(fill: (into: Uint8Array) => void = randomFillSync): SecureRandom {
  const bytes = new Uint8Array(bufferedBytes);
  let at = bytes.length;
  function nextByte(): number {
    if (at === bytes.length) {
      fill(bytes);
      at = 0;
    }
    return bytes[at++]!;
  }
  return {
    below(below) {
      if (below === 1n) return 0n;
      const bits = (below - 1n).toString(2).length;
      for (;;) {
        let value = 0n;
        for (let got = 0; got < bits; got += 8) value = (value << 8n) | BigInt(nextByte());
        value &= (1n << BigInt(bits)) - 1n;
        // What is too large is drawn again: a remainder would favour small numbers.
        if (value < below) return value;
      }
    },
  };
}

/** True with probability n / d. @param n in [0, d] */
function chance(random: SecureRandom, n: bigint, d: bigint): boolean {
  return random.below(d) < n;
}

/** True with probability exp(-n / d), n / d in [0, 1]: algorithm 1 of the paper below. */
function chanceOfExpBelowOne(random: SecureRandom, n: bigint, d: bigint): boolean {
  let k = 1n;
  while (chance(random, n, d * k)) k++;
  return k % 2n === 1n;
}

/** True with probability exp(-n / d), n / d ≥ 0. */
function chanceOfExp(random: SecureRandom, n: bigint, d: bigint): boolean {
  for (let whole = n / d; whole > 0n; whole--) if (!chanceOfExpBelowOne(random, 1n, 1n)) return false;
  return chanceOfExpBelowOne(random, n % d, d);
}

/** Discrete Laplace of a whole scale: P(x) ∝ exp(-|x| / scale); algorithm 2. */
function drawLaplace(random: SecureRandom, scale: bigint): bigint {
  for (;;) {
    const low = random.below(scale);
    if (!chanceOfExpBelowOne(random, low, scale)) continue;
    let high = 0n;
    while (chanceOfExpBelowOne(random, 1n, 1n)) high++;
    const size = low + scale * high;
    const isNegative = random.below(2n) === 1n;
    if (isNegative && size === 0n) continue;
    return isNegative ? -size : size;
  }
}

/**
 * One draw of the discrete Gaussian: P(x) ∝ exp(-x² / 2σ²) over the whole numbers, exactly: nothing but whole numbers is computed with, so
 * that no rounding tells anything (Mironov 2012). Adding it to a whole vector that one unit changes by at most Δ in L2 norm is
 * Δ² / 2σ²-zCDP, as the continuous one is.
 *
 * Source: Canonne, Kamath & Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithm 3 and theorem 14.
 *
 * @param sigma σ, a whole number from 1 on
 */
export function drawDiscreteGaussian(random: SecureRandom, sigma: bigint): bigint {
  const scale = sigma + 1n;
  const variance = sigma * sigma;
  for (;;) {
    const y = drawLaplace(random, scale);
    const distance = (y < 0n ? -y : y) * scale - variance;
    if (chanceOfExp(random, distance * distance, 2n * variance * scale * scale)) return y;
  }
}
