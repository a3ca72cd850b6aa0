/** Features are numbered by hashing: 2^17 buckets, so that a bucket number fits the model file's table of embeddings. */
export const bucketBits = 17;
export const bucketCount = 1 << bucketBits;

/** Longest character n-gram. */
export const longestGram = 5;

const gramSeeds = new Int32Array([0, 0, 0x3c6ef372, 0x1f83d9ab, 0x5be0cd19, 0x510e527f]);

/** Spreads a 32-bit hash over the buckets. */
export function bucketOf(hash: number): number {
  let h = hash ^ (hash >>> 15);
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 13;
  return h >>> (32 - bucketBits);
}

/** Extends the hash of an n-gram by one code; the hash of the first code alone is the code itself. */
export function extendGram(hash: number, code: number): number {
  return Math.imul(hash ^ (code << 8), 0x01000193) ^ (hash >>> 11);
}

/** Bucket of the n-gram of `length` codes that `extendGram` hashed. */
export function gramBucket(hash: number, length: number): number {
  return bucketOf(hash ^ gramSeeds[length]!);
}
