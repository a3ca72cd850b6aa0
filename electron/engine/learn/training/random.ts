/** A seeded stream of random numbers: the same seed gives the same stream everywhere. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  below(below: number): number;
  /** Uniform integer in [from, to]. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError when there is nothing to pick from */
  pick<T>(from: readonly T[]): T;
  shuffle<L extends { length: number; [index: number]: unknown }>(list: L): L;
  /** An independent stream for a named part, so that adding draws to one part leaves the others as they were. */
  fork(name: string): Random;
  /** Where the stream stands. */
  state(): Int32Array;
  /** From now on the stream goes on from there. */
  restore(state: Int32Array): void;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by FNV-1a of the text. */
export function createRandom(seed: string): Random {
  let h = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) h = Math.imul(h ^ seed.charCodeAt(i), 0x01000193);
  let a = h | 0;
  let b = Math.imul(h, 0x85ebca6b) | 0;
  let c = Math.imul(h, 0xc2b2ae35) | 0;
  let d = 1;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  const random: Random = {
    next,
    below: (below) => Math.floor(next() * below),
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick(from) {
      if (from.length === 0) throw new RangeError("nothing to pick from");
      return from[Math.floor(next() * from.length)]!;
    },
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [list[i], list[j]] = [list[j]!, list[i]!];
      }
      return list;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
    state: () => Int32Array.of(a, b, c, d),
    restore(state) {
      [a, b, c, d] = state as unknown as [number, number, number, number];
    },
  };
  return random;
}
