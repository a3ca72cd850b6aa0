/**
 * exp and log in plain IEEE 754 arithmetic. ECMAScript leaves the last bits of Math.exp and Math.log to the implementation, so
 * that a V8 upgrade may change them; these use only +, −, ×, ÷ on doubles, which the language does fix, and so give the same
 * bits everywhere. All scoring goes through them: a stored verdict must come out again bit for bit.
 *
 * Method: additive range reduction with ln 2 split into a short high part and a low part (Cody & Waite 1980), then the series of
 * exp, or of 2·artanh(f / (2 + f)) = log(1 + f). Within 1 ulp of the true value.
 */

/** High part of ln 2: its low 32 bits are zero, so that k × ln2High is exact for every exponent k. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const inverseLn2 = Math.LOG2E;

/** powersOfTwo[k + 1074] = 2^k for k in [-1074, 1023]; halving and doubling are exact. */
const powersOfTwo = new Float64Array(2098);
for (let k = 0, power = 1; k <= 1023; k++, power *= 2) powersOfTwo[k + 1074] = power;
for (let k = 0, power = 1; k >= -1074; k--, power /= 2) powersOfTwo[k + 1074] = power;

const doubleBits = new DataView(new ArrayBuffer(8));

/**
 * e^x.
 *
 * @returns in [0, ∞]; 0 below about -745.13, ∞ above about 709.78, NaN for NaN
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * inverseLn2 + 0.5);
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  // |r| <= ln(2)/2, where the terms from r^15 on are below 2^-60. The tail's small error is kept apart from r's rounding.
  const tail =
    r *
    r *
    (1 / 2 +
      r *
        (1 / 6 +
          r *
            (1 / 24 +
              r *
                (1 / 120 +
                  r *
                    (1 / 720 +
                      r *
                        (1 / 5040 +
                          r *
                            (1 / 40320 +
                              r *
                                (1 / 362880 +
                                  r *
                                    (1 / 3628800 +
                                      r *
                                        (1 / 39916800 +
                                          r * (1 / 479001600 + r * (1 / 6227020800 + r * (1 / 87178291200)))))))))))));
  const y = 1 + (high - (low - tail));
  if (k === 1024) return y * 2 * powersOfTwo[2097]!;
  if (k >= -1021) return y * powersOfTwo[k + 1074]!;
  // Subnormal results: one exact scaling into the normal range, then one rounding.
  return y * powersOfTwo[k + 1074 + 100]! * powersOfTwo[974]!;
}

/**
 * Natural logarithm.
 *
 * @returns -∞ for 0, NaN for negative numbers and NaN, ∞ for ∞
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let normal = x;
  if (x < 2.2250738585072014e-308) {
    normal = x * 18014398509481984; // 2^54
    k = -54;
  }
  doubleBits.setFloat64(0, normal);
  const top = doubleBits.getUint32(0);
  k += (top >>> 20) - 1023;
  doubleBits.setUint32(0, (top & 0xfffff) | 0x3ff00000);
  let m = doubleBits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  // |s| <= 0.1716: the terms from z^12 on are below 2^-64.
  const series =
    z *
    (2 / 3 +
      z *
        (2 / 5 +
          z *
            (2 / 7 +
              z *
                (2 / 9 +
                  z *
                    (2 / 11 +
                      z * (2 / 13 + z * (2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21 + z * (2 / 23)))))))))));
  const half = 0.5 * f * f;
  return k * ln2High - (half - (s * (half + series) + k * ln2Low) - f);
}

/** Base-2 logarithm; exact for powers of two. */
export function log2(x: number): number {
  doubleBits.setFloat64(0, x);
  const top = doubleBits.getUint32(0);
  if ((top & 0xfffff) === 0 && doubleBits.getUint32(4) === 0) {
    const biased = top >>> 20;
    if (biased > 0 && biased < 2047) return biased - 1023;
  }
  return log(x) * inverseLn2;
}

/** 1 / (1 + e^-x), in [0, 1]; without overflow at either end. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}
