import { log2 } from "../../base/math.ts";
import { canonicalize, type ReadingKind, readingKind } from "../canonical/canonicalize.ts";
import type { PayloadValue } from "../payload.ts";
import { countTokens, type TokenCounts } from "./attack-tokens.ts";

/** UTF-16 units of a value's beginning that statistics look at. */
const readLimit = 16_384;
/** Values kept with their statistics; text longer than `keptLength` is not kept. */
const keptValues = 5000;
const keptLength = 500;

/** What a value's text looks like, after all decodings. */
export interface PayloadStatistics extends TokenCounts {
  /** UTF-16 units as sent. */
  readonly length: number;
  /** Shannon entropy of the characters' low bytes, bits a character, in [0, 8]. */
  readonly entropy: number;
  /** Shares of characters: neither letter, figure, blank nor beyond ASCII; figures; beyond ASCII. */
  readonly specials: number;
  readonly figures: number;
  readonly nonAscii: number;
  /** Control characters other than tab and line breaks. */
  readonly controls: number;
  /** Decodings that the deepest reading took. */
  readonly depth: number;
}

const histogram = new Uint32Array(256);
/** c × log2(c) for small counts, so that most values need no logarithm. */
const countLog = Float64Array.from({ length: 1024 }, (_, c) => (c === 0 ? 0 : c * log2(c)));

function entropyOf(total: number): number {
  let sum = 0;
  for (let bin = 0; bin < 256; bin++) {
    const count = histogram[bin]!;
    if (count > 0) sum += count < 1024 ? countLog[count]! : count * log2(count);
  }
  return Math.max(0, log2(total) - sum / total);
}

/** @param value place and text as extracted */
export function measurePayload(value: Pick<PayloadValue, "place" | "text">): PayloadStatistics {
  const { layers } = canonicalize(value.text, { place: value.place });
  let deepest = layers[0]!;
  // The shell reading drops quotes and backslashes, which statistics should see.
  for (const layer of layers) if (layer.decodings.at(-1) !== "shell") deepest = layer;
  const { text } = deepest;
  const end = Math.min(text.length, readLimit);
  histogram.fill(0);
  let specials = 0;
  let figures = 0;
  let nonAscii = 0;
  let controls = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    histogram[code & 255]!++;
    const lower = code | 32;
    if (code > 127) nonAscii++;
    else if (code >= 48 && code <= 57) figures++;
    else if (code < 32) {
      if (code !== 9 && code !== 10 && code !== 13) controls++;
    } else if (!(lower >= 97 && lower <= 122) && code !== 32) specials++;
  }
  const total = Math.max(1, end);
  return {
    ...countTokens(text, end),
    length: value.text.length,
    entropy: end === 0 ? 0 : entropyOf(end),
    specials: specials / total,
    figures: figures / total,
    nonAscii: nonAscii / total,
    controls,
    depth: deepest.decodings.length,
  };
}

/** Remembers the statistics of values, which repeat within and across sessions. */
export function createPayloadMeter(): (value: PayloadValue) => PayloadStatistics {
  const known: Record<ReadingKind, Map<string, PayloadStatistics>> = {
    form: new Map(),
    json: new Map(),
    other: new Map(),
    unknown: new Map(),
  };
  return (value) => {
    if (value.text.length > keptLength) return measurePayload(value);
    const kept = known[readingKind(value.place)];
    const found = kept.get(value.text);
    if (found !== undefined) return found;
    const measured = measurePayload(value);
    if (kept.size >= keptValues) kept.clear();
    kept.set(value.text, measured);
    return measured;
  };
}
