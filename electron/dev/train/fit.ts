import { exp } from "../../engine/base/math.ts";
import { benignFamily, familyCount } from "../../engine/detect/classifier/families.ts";
import { bucketCount } from "../../engine/detect/classifier/hashing.ts";
import { embeddingSize, type NetworkWeights } from "../../engine/detect/classifier/network.ts";
import type { Prepared } from "./prepare.ts";
import { createRandom } from "./random.ts";

export interface FitOptions {
  readonly seed: string;
  readonly epochs: number;
  readonly rate: number;
  /** Share of a window's features left out at each step. */
  readonly dropout: number;
  /** Probability mass spread over the other families in the target. */
  readonly smoothing: number;
  /** Pull of every embedding that is touched towards zero, per unit of rate. */
  readonly decay: number;
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export const fitDefaults = {
  seed: "sentinel",
  epochs: 4,
  rate: 0.12,
  dropout: 0.2,
  smoothing: 0.01,
  decay: 1e-5,
} satisfies FitOptions;

export interface Fitted {
  readonly weights: NetworkWeights;
  readonly suspicion: Float32Array;
}

/** Start of the accumulators; a power of two, so that it is exact in 32 bits. */
const firstHistory = 2 ** -13;

/** Windows of one sample that are compared at a step. */
const mostCompared = 6;

const D = embeddingSize;
const K = familyCount;

/**
 * Fits the network by stochastic gradient descent with AdaGrad (Duchi et al. 2011), one accumulator an embedding. Each step sees one
 * window of a sample: from the second epoch on the one that speaks loudest for an attack, which is the one that will decide when
 * the model is used. The same samples and options give the same bytes: plain IEEE arithmetic in a fixed order.
 */
export function fitNetwork(samples: readonly Prepared[], options: FitOptions): Fitted {
  const random = createRandom(options.seed);
  const embeddings = new Float32Array(bucketCount * D);
  const history = new Float32Array(bucketCount).fill(firstHistory);
  const linear = new Float32Array(K * D);
  const hidden = new Float32Array(K * D);
  const shift = new Float32Array(D);
  const bias = new Float32Array(K);
  const denseHistory = new Float32Array(2 * K * D + D + K).fill(1e-2);
  for (let i = 0; i < embeddings.length; i++) embeddings[i] = (random.next() - 0.5) * 0.2;
  for (let i = 0; i < linear.length; i++) linear[i] = (random.next() - 0.5) * 0.8;
  for (let i = 0; i < hidden.length; i++) hidden[i] = (random.next() - 0.5) * 0.8;

  const h = new Float64Array(D);
  const dh = new Float64Array(D);
  const z = new Float64Array(K);
  const p = new Float64Array(K);
  const kept = new Int32Array(8192);

  function forward(buckets: Int32Array, count: number): void {
    h.fill(0);
    for (let i = 0; i < count; i++) {
      const row = buckets[i]! * D;
      for (let d = 0; d < D; d++) h[d]! += embeddings[row + d]!;
    }
    const norm = 1 / Math.sqrt(Math.max(1, count));
    for (let d = 0; d < D; d++) h[d] = h[d]! * norm + shift[d]!;
    for (let k = 0; k < K; k++) {
      let value = bias[k]!;
      const row = k * D;
      for (let d = 0; d < D; d++) {
        const x = h[d]!;
        value += x > 0 ? x * (linear[row + d]! + hidden[row + d]!) : x * linear[row + d]!;
      }
      z[k] = value;
    }
  }

  function margin(buckets: Int32Array): number {
    forward(buckets, buckets.length);
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 1; k < K; k++) if (z[k]! > top) top = z[k]!;
    return top - z[benignFamily]!;
  }

  function chooseWindow(sample: Prepared, epoch: number): Int32Array {
    const { windows } = sample;
    if (windows.length === 1) return windows[0]!;
    if (epoch === 0 || random.chance(0.15)) return random.pick(windows);
    let best = windows[0]!;
    let top = Number.NEGATIVE_INFINITY;
    const step = Math.max(1, windows.length / mostCompared);
    for (let at = random.next() * step; at < windows.length; at += step) {
      const window = windows[Math.floor(at)]!;
      const value = margin(window);
      if (value > top) {
        top = value;
        best = window;
      }
    }
    return best;
  }

  function step(sample: Prepared, window: Int32Array, rate: number): number {
    let count = 0;
    const keep = 1 - options.dropout;
    for (let i = 0; i < window.length; i++) if (random.next() < keep) kept[count++] = window[i]!;
    forward(kept, count);
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < K; k++) if (z[k]! > top) top = z[k]!;
    let total = 0;
    for (let k = 0; k < K; k++) {
      p[k] = exp(z[k]! - top);
      total += p[k]!;
    }
    dh.fill(0);
    const off = options.smoothing / K;
    let at = 0;
    for (let k = 0; k < K; k++) {
      const target = off + (k === sample.family ? 1 - options.smoothing : 0);
      const dz = (p[k]! / total - target) * sample.weight;
      const row = k * D;
      bias[k]! -= dense(at++, dz, rate);
      for (let d = 0; d < D; d++) {
        const x = h[d]!;
        const up = x > 0;
        dh[d]! += dz * (up ? linear[row + d]! + hidden[row + d]! : linear[row + d]!);
        const g = dz * x;
        linear[row + d]! -= dense(at++, g, rate);
        if (up) hidden[row + d]! -= dense(at, g, rate);
        at++;
      }
    }
    const norm = 1 / Math.sqrt(Math.max(1, count));
    let squared = 0;
    for (let d = 0; d < D; d++) {
      const g = dh[d]!;
      shift[d]! -= dense(at++, g, rate);
      dh[d] = g * norm;
      squared += dh[d]! * dh[d]!;
    }
    for (let i = 0; i < count; i++) {
      const bucket = kept[i]!;
      const accumulated = history[bucket]! + squared;
      history[bucket] = accumulated;
      const size = rate / Math.sqrt(accumulated);
      const shrink = 1 - options.decay * size;
      const row = bucket * D;
      for (let d = 0; d < D; d++) embeddings[row + d] = embeddings[row + d]! * shrink - size * dh[d]!;
    }
    const probability = p[sample.family]! / total;
    return probability > 0.5 ? (1 - probability) * sample.weight : sample.weight;
  }

  function dense(index: number, gradient: number, rate: number): number {
    const accumulated = denseHistory[index]! + gradient * gradient;
    denseHistory[index] = accumulated;
    return (0.5 * rate * gradient) / Math.sqrt(accumulated);
  }

  const order = samples.map((_, i) => i);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    random.shuffle(order);
    const rate = options.rate * (1 - epoch / options.epochs);
    let loss = 0;
    for (const index of order) {
      const sample = samples[index]!;
      loss += step(sample, chooseWindow(sample, epoch), rate);
    }
    options.onEpoch?.(epoch, loss / samples.length);
  }

  // A bucket that no sample has says nothing.
  for (let b = 0; b < bucketCount; b++) if (history[b] === firstHistory) embeddings.fill(0, b * D, b * D + D);

  const suspicion = new Float32Array(D);
  let seen = 0;
  for (const sample of samples) {
    if (sample.family === benignFamily) continue;
    seen++;
    forward(sample.windows[0]!, sample.windows[0]!.length);
    const row = sample.family * D;
    for (let d = 0; d < D; d++) {
      let g = linear[row + d]! - linear[d]!;
      if (h[d]! > 0) g += hidden[row + d]! - hidden[d]!;
      suspicion[d]! += g;
    }
  }
  for (let d = 0; d < D; d++) suspicion[d] = suspicion[d]! / Math.max(1, seen);
  return { weights: { ...quantize(embeddings), shift, linear, hidden, bias }, suspicion };
}

/** Embeddings in 8 bits: steps so that all but one in 20,000 fit, the rest are clipped. */
function quantize(embeddings: Float32Array): { embeddings: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(D);
  const quantized = new Int8Array(embeddings.length);
  const column = new Float32Array(bucketCount);
  for (let d = 0; d < D; d++) {
    for (let b = 0; b < bucketCount; b++) column[b] = Math.abs(embeddings[b * D + d]!);
    column.sort();
    const top = column[Math.floor(bucketCount * 0.99995)]!;
    const size = Math.max(1e-6, top) / 127;
    scales[d] = size;
    const exact = scales[d]!;
    for (let b = 0; b < bucketCount; b++) {
      quantized[b * D + d] = Math.max(-127, Math.min(127, Math.round(embeddings[b * D + d]! / exact)));
    }
  }
  return { embeddings: quantized, scales };
}
