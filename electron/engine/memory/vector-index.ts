/** Rows that lie in one stretch of memory: growing copies nothing. */
const rowsABlock = 65_536;

/** Nearest by bits that are looked at more closely, for each that is wanted, and at least. */
const closerPerWanted = 40;
const closerAtLeast = 12_000;

/** Sizes at which the mean is taken again, each twice the one before: until then every row is compared, after it the mean is settled. */
const meanFrom = 2000;
const meanUpTo = 128_000;

/** Distance of what must not be found. */
const hidden = 0xffff;

/** One chunk as the index holds it. */
export interface VectorRow {
  readonly chunk: number;
  readonly source: number;
  readonly label: number;
  /** As `quantise` gives it; shape [dimensions]. */
  readonly bytes: Int8Array;
}

/** What a search must not find. Numbers are those of the tables. */
export interface Visible {
  /** Labels that the asker may read; everything else is hidden. */
  readonly labels: ReadonlySet<number>;
  readonly hiddenSources: ReadonlySet<number>;
  readonly hiddenChunks: ReadonlySet<number>;
}

interface Block {
  readonly chunks: Float64Array;
  readonly sources: Uint32Array;
  readonly labels: Uint32Array;
  /** 1 / length of the row's bytes; 0: taken out. */
  readonly scales: Float32Array;
  readonly bits: Uint32Array;
  readonly bytes: Int8Array;
  readonly distances: Uint16Array;
  rows: number;
}

/** Nearest vectors among many, by cosine. */
export interface VectorIndex {
  readonly dimensions: number;
  size(): number;
  /** A chunk that is there already is replaced. */
  add(rows: readonly VectorRow[]): void;
  remove(chunks: readonly number[]): void;
  /** @param query shape [dimensions] @returns at most `limit` chunks, nearest first, cosine in [-1, 1] */
  search(query: Float32Array, limit: number, visible: Visible): { chunk: number; similarity: number }[];
  /** The same by looking at every vector as it is stored: to measure what `search` misses. */
  searchExactly(query: Float32Array, limit: number, visible: Visible): { chunk: number; similarity: number }[];
}

/**
 * An index in typed arrays: a scan over one bit for each number (whether it is above the mean) finds candidates by Hamming distance, and those are
 * compared by their bytes. No graph: nothing to build, a row is there as soon as it is added, filters cost nothing.
 *
 * @param dimensions a multiple of 32, at most 1024
 */
export function createVectorIndex(dimensions: number): VectorIndex {
  if (dimensions % 32 !== 0 || dimensions < 32 || dimensions > 1024) {
    throw new RangeError(`${dimensions} is no number of dimensions of this index: a multiple of 32 up to 1024.`);
  }
  const words = dimensions / 32;
  const blocks: Block[] = [];
  const places = new Map<number, number>();
  let mean = new Float32Array(dimensions);
  let meanAgainAt = meanFrom;

  function put({ chunk, source, label, bytes }: VectorRow): void {
    if (bytes.length !== dimensions) throw new RangeError(`A vector has ${bytes.length} numbers, not ${dimensions}.`);
    let place = places.get(chunk);
    if (place === undefined) {
      if (blocks.length === 0 || blocks.at(-1)!.rows === rowsABlock) blocks.push(createBlock(dimensions));
      const last = blocks.at(-1)!;
      place = (blocks.length - 1) * rowsABlock + last.rows++;
      places.set(chunk, place);
    }
    const block = blocks[Math.floor(place / rowsABlock)]!;
    const row = place % rowsABlock;
    block.chunks[row] = chunk;
    block.sources[row] = source;
    block.labels[row] = label;
    block.bytes.set(bytes, row * dimensions);
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += bytes[i]! * bytes[i]!;
    block.scales[row] = sum === 0 ? 0 : 1 / Math.sqrt(sum);
    writeBits(block, row);
  }

  /** Which numbers are above the mean: else what all texts share would decide most bits. */
  function writeBits({ bytes, bits, scales }: Block, row: number): void {
    const scale = scales[row]!;
    for (let word = 0, i = 0, at = row * dimensions; word < words; word++) {
      let set = 0;
      for (let bit = 0; bit < 32; bit++) if (bytes[at++]! * scale > mean[i++]!) set |= 1 << bit;
      bits[row * words + word] = set;
    }
  }

  function settleMean(): void {
    if (places.size < meanAgainAt) return;
    meanAgainAt = places.size >= meanUpTo ? Number.POSITIVE_INFINITY : places.size * 2;
    const sum = new Float64Array(dimensions);
    for (const { bytes, scales, rows } of blocks) {
      for (let row = 0, at = 0; row < rows; row++) {
        for (let i = 0; i < dimensions; i++) sum[i]! += bytes[at++]! * scales[row]!;
      }
    }
    mean = Float32Array.from(sum, (value) => value / places.size);
    for (const block of blocks) for (let row = 0; row < block.rows; row++) writeBits(block, row);
  }

  function isHidden(block: Block, row: number, { labels, sources, chunks }: Tables): boolean {
    return (
      block.scales[row] === 0 ||
      labels[block.labels[row]!] !== 1 ||
      sources[block.sources[row]!] === 1 ||
      (chunks.size > 0 && chunks.has(block.chunks[row]!))
    );
  }

  /** Distances of all rows, and how many rows have each. */
  function measure(query: QueryBits, tables: Tables): Uint32Array {
    const counts = new Uint32Array(dimensions + 1);
    for (const block of blocks) {
      measureBlock(block, query, words);
      for (let row = 0; row < block.rows; row++) {
        if (isHidden(block, row, tables)) block.distances[row] = hidden;
        else counts[block.distances[row]!]!++;
      }
    }
    return counts;
  }

  function similarityAt({ bytes, scales }: Block, row: number, { whole, scale }: WholeQuery): number {
    const from = row * dimensions;
    // Whole numbers: nothing is converted. Several sums, so that none waits for the one before.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < dimensions; i += 4) {
      a = (a + Math.imul(whole[i]!, bytes[from + i]!)) | 0;
      b = (b + Math.imul(whole[i + 1]!, bytes[from + i + 1]!)) | 0;
      c = (c + Math.imul(whole[i + 2]!, bytes[from + i + 2]!)) | 0;
      d = (d + Math.imul(whole[i + 3]!, bytes[from + i + 3]!)) | 0;
    }
    return (a + b + c + d) * scale * scales[row]!;
  }

  return {
    dimensions,
    size: () => places.size,
    add(rows) {
      for (const row of rows) put(row);
      settleMean();
    },
    remove(chunks) {
      for (const chunk of chunks) {
        const place = places.get(chunk);
        if (place === undefined) continue;
        places.delete(chunk);
        const block = blocks[Math.floor(place / rowsABlock)]!;
        const row = place % rowsABlock;
        block.scales[row] = 0;
        block.bits.fill(0, row * words, (row + 1) * words);
        block.bytes.fill(0, row * dimensions, (row + 1) * dimensions);
      }
    },
    search(query, limit, visible) {
      const counts = measure(toQueryBits(query), toTables(visible));
      const wanted = Math.max(closerAtLeast, limit * closerPerWanted);
      let furthest = -1;
      for (let below = 0; furthest < counts.length - 1 && below < wanted; ) below += counts[++furthest]!;
      const whole = toWhole(query);
      const nearest = createNearest(limit);
      for (const block of blocks) {
        const { distances, chunks, rows } = block;
        for (let row = 0; row < rows; row++) {
          if (distances[row]! <= furthest) nearest.offer(chunks[row]!, similarityAt(block, row, whole));
        }
      }
      return nearest.list();
    },
    searchExactly(query, limit, visible) {
      const whole = toWhole(query);
      const nearest = createNearest(limit);
      const tables = toTables(visible);
      for (const block of blocks) {
        for (let row = 0; row < block.rows; row++) {
          if (!isHidden(block, row, tables)) nearest.offer(block.chunks[row]!, similarityAt(block, row, whole));
        }
      }
      return nearest.list();
    },
  };
}

/** The best of many, without an object for each that was looked at. Of equal ones the greater (stored last) comes first. */
function createNearest(limit: number) {
  const found: { chunk: number; similarity: number }[] = [];
  const before = (a: { chunk: number; similarity: number }, b: { chunk: number; similarity: number }) =>
    b.similarity - a.similarity || b.chunk - a.chunk;
  /** Below this nothing comes in any more. */
  let least = Number.NEGATIVE_INFINITY;
  function cut(): void {
    found.sort(before).splice(limit);
    if (found.length === limit) least = found.at(-1)?.similarity ?? Number.POSITIVE_INFINITY;
  }
  return {
    offer(chunk: number, similarity: number): void {
      if (similarity < least) return;
      found.push({ chunk, similarity });
      if (found.length >= 4 * limit) cut();
    },
    list() {
      cut();
      return found;
    },
  };
}

/** What may be found, as it is looked up a million times a question: 1 at the number of a label that is allowed, of a source that is not. */
interface Tables {
  readonly labels: Uint8Array;
  readonly sources: Uint8Array;
  readonly chunks: ReadonlySet<number>;
}

function toTables({ labels, hiddenSources, hiddenChunks }: Visible): Tables {
  return { labels: toTable(labels), sources: toTable(hiddenSources), chunks: hiddenChunks };
}

function toTable(numbers: ReadonlySet<number>): Uint8Array {
  let last = -1;
  for (const n of numbers) last = Math.max(last, n);
  const table = new Uint8Array(last + 1);
  for (const n of numbers) table[n] = 1;
  return table;
}

function createBlock(dimensions: number): Block {
  return {
    chunks: new Float64Array(rowsABlock),
    sources: new Uint32Array(rowsABlock),
    labels: new Uint32Array(rowsABlock),
    scales: new Float32Array(rowsABlock),
    bits: new Uint32Array(rowsABlock * (dimensions / 32)),
    bytes: new Int8Array(rowsABlock * dimensions),
    distances: new Uint16Array(rowsABlock),
    rows: 0,
  };
}

/** A query in the second look: `value ≈ whole · scale`. Its numbers are small enough that no sum of a row leaves 32 bits. */
interface WholeQuery {
  readonly whole: Int32Array;
  readonly scale: number;
}

/** The largest number of a query as a whole one: 1,024 · 127 · 8,191 / 4 is below 2^31. */
const largestWhole = 8191;

function toWhole(query: Float32Array): WholeQuery {
  let largest = 0;
  for (const value of query) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return { whole: new Int32Array(query.length), scale: 0 };
  const scale = largest / largestWhole;
  return { whole: Int32Array.from(query, (value) => Math.round(value / scale)), scale };
}

/** One bit for each number: whether it is above 0. */
function toBits(vector: Float32Array): Uint32Array {
  const bits = new Uint32Array(vector.length / 32);
  for (let i = 0; i < vector.length; i++) if (vector[i]! > 0) bits[i >>> 5]! |= 1 << (i & 31);
  return bits;
}

/** A query in the first look: the signs of its numbers, and which of them are not near 0. */
interface QueryBits {
  readonly signs: Uint32Array;
  readonly clear: Uint32Array;
}

/** From this share of the query's standard deviation on, a number counts. */
const clearFrom = 0.3;

function toQueryBits(query: Float32Array): QueryBits {
  const deviation = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0) / query.length);
  return { signs: toBits(query), clear: toBits(query.map((value) => Math.abs(value) - clearFrom * deviation)) };
}

/**
 * Hamming distances of the rows of a block, over those of the query's numbers that say anything: a query of few words has few. Bits
 * are counted in parallel within each byte, and the bytes are added up once per row: a byte holds the counts of 16 words.
 * Source: Warren, "Hacker's Delight", section 5-1.
 */
function measureBlock({ bits, distances, rows }: Block, { signs, clear }: QueryBits, words: number): void {
  for (let row = 0, at = 0; row < rows; row++) {
    let low = 0;
    let high = 0;
    for (let word = 0; word < words; word++) {
      const counted = countInBytes((bits[at++]! ^ signs[word]!) & clear[word]!);
      if (word < 16) low += counted;
      else high += counted;
    }
    distances[row] = sumOfBytes(low) + sumOfBytes(high);
  }
}

/** How many bits are set, in each of four bytes. */
function countInBytes(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (x + (x >>> 4)) & 0x0f0f0f0f;
}

/** Of four bytes of at most 128 each. */
function sumOfBytes(x: number): number {
  const pairs = (x & 0x00ff00ff) + ((x >>> 8) & 0x00ff00ff);
  return (pairs & 0xffff) + (pairs >>> 16);
}
