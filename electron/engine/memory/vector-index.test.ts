import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantise, toUnit } from "./quantise.ts";
import { createVectorIndex, type VectorRow, type Visible } from "./vector-index.ts";

/** Deterministic numbers, near normal. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => next() + next() + next() + next() - 2;
}

function vectorsOf(count: number, dimensions: number, seed: number): Float32Array[] {
  const random = makeRandom(seed);
  return Array.from({ length: count }, () => toUnit(Float32Array.from({ length: dimensions }, random)));
}

const toRow = (vector: Float32Array, i: number): VectorRow => ({
  chunk: i + 1,
  source: i % 3,
  label: i % 2,
  bytes: quantise(vector),
});
const all: Visible = { labels: new Set([0, 1]), hiddenSources: new Set(), hiddenChunks: new Set() };

describe("the vector index", () => {
  test.each([32, 256, 768, 1024])("finds the nearest of %i dimensions, by cosine", (dimensions) => {
    const vectors = vectorsOf(3000, dimensions, 5);
    const index = createVectorIndex(dimensions);
    index.add(vectors.map(toRow));
    for (const [i, vector] of vectors.slice(0, 20).entries()) {
      const noisy = toUnit(vector.map((value, at) => value + vectors[i + 20]![at]! * 0.2));
      const [best] = index.search(noisy, 10, all);
      expect(best?.chunk).toBe(i + 1);
      const cosine = noisy.reduce((sum, value, at) => sum + value * vector[at]!, 0);
      expect(best?.similarity).toBeCloseTo(cosine, 1);
    }
  });

  test("agrees with the exact search on all but few of the nearest ten", () => {
    const vectors = vectorsOf(20_000, 256, 11);
    const index = createVectorIndex(256);
    index.add(vectors.map(toRow));
    let shared = 0;
    for (const query of vectorsOf(20, 256, 77)) {
      const exact = new Set(index.searchExactly(query, 10, all).map(({ chunk }) => chunk));
      shared += index.search(query, 10, all).filter(({ chunk }) => exact.has(chunk)).length;
    }
    expect(shared / 200).toBeGreaterThan(0.9);
  });

  test("gives the best first, of equal ones the last stored", () => {
    const vectors = vectorsOf(500, 32, 21);
    const index = createVectorIndex(32);
    index.add([...vectors, ...vectors.slice(0, 100)].map(toRow));
    for (const query of vectors.slice(0, 20)) {
      const every = index.searchExactly(query, 600, all);
      expect(every).toHaveLength(600);
      expect(every).toEqual(every.toSorted((a, b) => b.similarity - a.similarity || b.chunk - a.chunk));
      for (const limit of [0, 1, 7]) expect(index.searchExactly(query, limit, all)).toEqual(every.slice(0, limit));
    }
  });

  test("never finds what is hidden, and always all that is not", () => {
    const vectors = vectorsOf(60, 32, 3);
    const index = createVectorIndex(32);
    index.add(vectors.map(toRow));
    const numbers = (max: number) => fc.uniqueArray(fc.integer({ min: 0, max }), { maxLength: max });
    fc.assert(
      fc.property(numbers(1), numbers(2), numbers(60), (labels, sources, chunks) => {
        const visible = {
          labels: new Set(labels),
          hiddenSources: new Set(sources),
          hiddenChunks: new Set(chunks),
        };
        const want = vectors.flatMap((_, i) =>
          labels.includes(i % 2) && !sources.includes(i % 3) && !chunks.includes(i + 1) ? [i + 1] : [],
        );
        const found = index.search(vectors[0]!, 100, visible).map(({ chunk }) => chunk);
        expect(found.toSorted((a, b) => a - b)).toEqual(want);
      }),
    );
  });

  test("a chunk that is added again is replaced, one that is removed is gone", () => {
    const [a, b] = vectorsOf(2, 64, 9);
    const index = createVectorIndex(64);
    index.add([toRow(a!, 0), toRow(b!, 0)]);
    expect(index.size()).toBe(1);
    expect(index.search(b!, 5, all)[0]?.similarity).toBeGreaterThan(0.99);
    index.remove([1, 99]);
    expect(index.size()).toBe(0);
    expect(index.search(b!, 5, all)).toEqual([]);
  });

  test("the largest sums do not overflow", () => {
    const index = createVectorIndex(1024);
    index.add(
      [1, -1].map((sign, i) => ({ chunk: i + 1, source: 0, label: 0, bytes: new Int8Array(1024).fill(127 * sign) })),
    );
    const found = index.search(toUnit(new Float32Array(1024).fill(1)), 2, all);
    expect(found.map(({ chunk }) => chunk)).toEqual([1, 2]);
    expect(found[0]!.similarity).toBeCloseTo(1, 4);
    expect(found[1]!.similarity).toBeCloseTo(-1, 4);
  });

  test("a vector of nothing is never found; one of another shape is refused", () => {
    const index = createVectorIndex(32);
    index.add([{ chunk: 1, source: 0, label: 0, bytes: new Int8Array(32) }]);
    expect(index.search(new Float32Array(32), 5, all)).toEqual([]);
    expect(() => index.add([{ chunk: 1, source: 0, label: 0, bytes: new Int8Array(31) }])).toThrow(RangeError);
    expect(() => createVectorIndex(100)).toThrow(RangeError);
  });
});
