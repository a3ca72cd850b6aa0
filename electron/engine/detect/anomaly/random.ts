/**
 * Seeded random numbers: the same seed gives the same fit on every machine.
 * Source: Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators", xoshiro128**; its state is filled with
 * splitmix32.
 */
export interface Random {
  /** Uniform in [0, 1), in steps of 2^-32. */
  next(): number;
  /** Uniform integer in [0, below). @param below integer in [1, 2^32] */
  integer(below: number): number;
}

export function createRandom(seed: number): Random {
  let mix = seed >>> 0;
  const fill = () => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill() | 1;
  const bits = () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const next = () => bits() / 4_294_967_296;
  return { next, integer: (below) => Math.floor(next() * below) };
}
