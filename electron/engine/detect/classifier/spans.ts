import { mapSpan } from "../canonical/canonicalize.ts";
import type { ClassifierOutput, Layer } from "../payload.ts";
import type { WindowFeatures } from "./featurize.ts";
import { windowLength } from "./featurize.ts";
import type { Folded } from "./fold.ts";
import { embeddingSize, type Network } from "./network.ts";

const mostSpans = 4;
/** Spans weaker than this share of the strongest are left out. */
const leastShare = 0.15;

export interface SpanFinder {
  /**
   * Parts of the value that spoke for `family` in the window just judged. Each feature's share of the log-odds is spread over
   * the codes where it first occurred; a span is a run of codes with the largest sum.
   *
   * @param valueLength UTF-16 length of the value as given; spans lie inside it
   */
  find(
    features: WindowFeatures,
    from: number,
    to: number,
    family: number,
    folded: Folded,
    layer: Layer,
    valueLength: number,
  ): ClassifierOutput["spans"];
}

export function createSpanFinder(network: Network): SpanFinder {
  const direction = new Float64Array(embeddingSize);
  const weights = new Float64Array(windowLength + 2);

  function spread(features: WindowFeatures, from: number, family: number): void {
    network.gradient(family, direction);
    weights.fill(0);
    const norm = Math.sqrt(Math.max(1, features.length));
    for (let i = 0; i < features.length; i++) {
      const start = features.starts[i]!;
      const end = features.ends[i]!;
      if (end <= start) continue;
      const share = network.along(features.buckets[i]!, direction) / norm / (end - start);
      for (let at = start; at < end; at++) weights[at - from]! += share;
    }
  }

  /** Range of the largest positive sum (Kadane); null when nothing is positive. */
  function strongestRun(length: number): { start: number; end: number; weight: number } | null {
    let best = 0;
    let range: { start: number; end: number; weight: number } | null = null;
    let sum = 0;
    let start = 0;
    for (let i = 0; i < length; i++) {
      if (sum <= 0) {
        sum = 0;
        start = i;
      }
      sum += weights[i]!;
      if (sum > best) {
        best = sum;
        range = { start, end: i + 1, weight: sum };
      }
    }
    return range;
  }

  return {
    find(features, from, to, family, folded, layer, valueLength) {
      spread(features, from, family);
      const spans: { start: number; end: number; weight: number }[] = [];
      for (let n = 0; n < mostSpans; n++) {
        const run = strongestRun(to - from);
        if (run === null || (spans.length > 0 && run.weight < spans[0]!.weight * leastShare)) break;
        weights.fill(Number.NEGATIVE_INFINITY, run.start, run.end);
        const span = inValue(from + run.start, from + run.end, folded, layer, valueLength);
        spans.push({ ...span, weight: run.weight });
      }
      return spans;
    },
  };
}

/** Folded range to a range of the value as given. */
function inValue(from: number, to: number, folded: Folded, layer: Layer, valueLength: number) {
  const first = folded.offsets[from]!;
  const last = to < folded.length ? folded.offsets[to]! : layer.text.length;
  const { start, end } = mapSpan(layer, first, Math.max(first, last));
  return { start: Math.min(valueLength, start), end: Math.min(valueLength, end) };
}
