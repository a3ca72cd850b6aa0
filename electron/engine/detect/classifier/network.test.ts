import { expect, test } from "vitest";
import { createRandom } from "../anomaly/random.ts";
import { familyCount } from "./families.ts";
import { bucketCount } from "./hashing.ts";
import { createNetwork, embeddingSize } from "./network.ts";

const random = createRandom(3);
const embeddings = Int8Array.from({ length: bucketCount * embeddingSize }, () => random.integer(256) - 128);
// The extremes, where packed sums would overflow first.
embeddings.fill(-128, 0, embeddingSize);
embeddings.fill(127, embeddingSize, 2 * embeddingSize);
const floats = (length: number) => Float32Array.from({ length }, () => random.next() - 0.5);
const weights = {
  embeddings,
  scales: floats(embeddingSize),
  shift: floats(embeddingSize),
  linear: floats(familyCount * embeddingSize),
  hidden: floats(familyCount * embeddingSize),
  bias: floats(familyCount),
};
const network = createNetwork(weights);

function plainSum(buckets: Int32Array): number[] {
  const sum = new Array<number>(embeddingSize).fill(0);
  for (const bucket of buckets) for (let d = 0; d < embeddingSize; d++) sum[d]! += embeddings[bucket * 16 + d]!;
  return sum;
}

test.each([0, 1, 255, 256, 257, 3000])("sums of %d embeddings are exact", (length) => {
  const each = [() => random.integer(bucketCount), () => 0, () => 1];
  for (const bucket of each) {
    const buckets = Int32Array.from({ length }, bucket);
    const nowhere = new Uint32Array(length);
    const sum = new Int32Array(embeddingSize + 3).fill(99);
    network.sum({ buckets, starts: nowhere, ends: nowhere, length }, sum, 2);
    expect([...sum]).toEqual([99, 99, ...plainSum(buckets), 99]);
    const more = sum.slice(2, 2 + embeddingSize);
    network.add(7, more);
    expect([...more]).toEqual(plainSum(Int32Array.of(...buckets, 7)));
  }
});

test("logits are those of the formula, to the last bit", () => {
  const sum = Int32Array.from({ length: embeddingSize }, () => random.integer(4000) - 2000);
  const { scales, shift, linear, hidden, bias } = weights;
  const wanted = Array.from(bias, (start, k) => {
    let z = start;
    for (let d = 0; d < embeddingSize; d++) {
      const h = sum[d]! * scales[d]! * (1 / Math.sqrt(200)) + shift[d]!;
      const at = k * embeddingSize + d;
      z += h > 0 ? h * (linear[at]! + hidden[at]!) : h * linear[at]!;
    }
    return z;
  });
  expect([...network.logits(sum, 200)]).toEqual(wanted);
});
