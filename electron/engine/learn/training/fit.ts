import { exp } from "../../base/math.ts";
import { benignFamily, familyCount } from "../../detect/classifier/families.ts";
import { bucketCount } from "../../detect/classifier/hashing.ts";
import { embeddingSize, type NetworkWeights } from "../../detect/classifier/network.ts";
import { moveRows, moveRowsBack, sumRows } from "./embedding-rows.ts";
import type { FitState } from "./fit-state.ts";
import type { Prepared } from "./prepare.ts";
import { quantize, quantizeInSteps } from "./quantize.ts";
import { createRandom } from "./random.ts";

export interface FitOptions {
  readonly seed: string;
  readonly epochs: number;
  readonly rate: number;
  /** Share of a window's features left out at each step. */
  readonly dropout: number;
  /** Probability mass spread over the other families in the target. */
  readonly smoothing: number;
  /** Pull of every embedding that is touched towards where it started (zero without `start`), per unit of rate. */
  readonly decay: number;
  /** A fitted model to go on from, instead of random weights. */
  readonly start?: FitStart;
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

/** A fitted model that a fit goes on from. */
export interface FitStart extends Fitted {
  /**
   * What the accumulators of the embeddings begin with: as if so much squared gradient had been seen already. The larger, the less
   * a few new labels move what many old ones have taught. A power of two, so that it is exact in 32 bits.
   */
  readonly history: number;
  /** The same for the weights that all features share. */
  readonly denseHistory: number;
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

/** A fit that goes epoch by epoch. */
export interface NetworkFit {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Goes through all samples once. @returns the mean loss, in [0, 1] per unit of weight */
  runEpoch(): number;
  /** Share of "benign" in a sample's loudest window as the weights stand, in [0, 1], uncalibrated. */
  benignShare(sample: Prepared): number;
  /** Whether every weight is a number. */
  isFinite(): boolean;
  /** What stands after the last epoch; a copy. */
  state(): FitState;
  /** Takes up a state of a fit over the same samples and options. */
  restore(state: FitState): void;
  /** The model; ends the fit. */
  finish(): Fitted;
}

/**
 * Fits the network by stochastic gradient descent with AdaGrad (Duchi et al. 2011), one accumulator an embedding. Each step sees one
 * window of a sample: from the second epoch on the one that speaks loudest for an attack, which is the one that will decide when
 * the model is used. The same samples and options give the same bytes: plain IEEE arithmetic in a fixed order.
 */
export function createFit(samples: readonly Prepared[], options: FitOptions): NetworkFit {
  const random = createRandom(options.seed);
  const { start } = options;
  const embeddings = new Float32Array(bucketCount * D);
  const history = new Float32Array(bucketCount).fill(start?.history ?? firstHistory);
  const linear = new Float32Array(K * D);
  const hidden = new Float32Array(K * D);
  const shift = new Float32Array(D);
  const bias = new Float32Array(K);
  const denseHistory = new Float32Array(2 * K * D + D + K).fill(start?.denseHistory ?? 1e-2);
  const origin = start === undefined ? null : new Float32Array(bucketCount * D);
  if (start === undefined) {
    for (let i = 0; i < embeddings.length; i++) embeddings[i] = (random.next() - 0.5) * 0.2;
    for (let i = 0; i < linear.length; i++) linear[i] = (random.next() - 0.5) * 0.8;
    for (let i = 0; i < hidden.length; i++) hidden[i] = (random.next() - 0.5) * 0.8;
  } else {
    const { weights } = start;
    for (let at = 0; at < embeddings.length; at += D) {
      for (let d = 0; d < D; d++) embeddings[at + d] = weights.embeddings[at + d]! * weights.scales[d]!;
    }
    origin!.set(embeddings);
    linear.set(weights.linear);
    hidden.set(weights.hidden);
    shift.set(weights.shift);
    bias.set(weights.bias);
  }

  const h = new Float64Array(D);
  const dh = new Float64Array(D);
  const z = new Float64Array(K);
  const p = new Float64Array(K);
  const target = new Float64Array(K);
  const kept = new Int32Array(8192);

  function forward(buckets: Int32Array, count: number): void {
    sumRows(embeddings, buckets, count, h);
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
    if ((epoch === 0 && start === undefined) || random.chance(0.15)) return random.pick(windows);
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

  /** Fills `target`; `p` holds the model's shares, `total` their sum. @returns the share that the model gives to what is right */
  function aim(sample: Prepared, total: number): number {
    const off = options.smoothing / K;
    const on = 1 - options.smoothing;
    if (sample.soft !== undefined) {
      let right = 0;
      for (let k = 0; k < K; k++) {
        target[k] = sample.soft[k]!;
        right += Math.min(target[k]!, p[k]! / total);
      }
      return right;
    }
    if (sample.families === undefined) {
      for (let k = 0; k < K; k++) target[k] = off + (k === sample.family ? on : 0);
      return p[sample.family]! / total;
    }
    let own = 0;
    for (const k of sample.families) own += p[k]!;
    for (let k = 0; k < K; k++) target[k] = off;
    for (const k of sample.families) target[k] = off + on * (own > 0 ? p[k]! / own : 1 / sample.families.length);
    return own / total;
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
    const probability = aim(sample, total);
    let at = 0;
    for (let k = 0; k < K; k++) {
      const dz = (p[k]! / total - target[k]!) * sample.weight;
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
    const by = { rate, decay: options.decay, squared };
    if (origin === null) moveRows(embeddings, history, kept, count, dh, by);
    else moveRowsBack(embeddings, origin, history, kept, count, dh, by);
    return probability > 0.5 ? (1 - probability) * sample.weight : sample.weight;
  }

  function dense(index: number, gradient: number, rate: number): number {
    const accumulated = denseHistory[index]! + gradient * gradient;
    denseHistory[index] = accumulated;
    return (0.5 * rate * gradient) / Math.sqrt(accumulated);
  }

  const order = Int32Array.from(samples, (_, i) => i);
  let epoch = 0;

  return {
    get epoch() {
      return epoch;
    },
    runEpoch() {
      random.shuffle(order);
      const rate = options.rate * (1 - epoch / options.epochs);
      let loss = 0;
      for (const index of order) {
        const sample = samples[index]!;
        loss += step(sample, chooseWindow(sample, epoch), rate);
      }
      epoch++;
      return loss / samples.length;
    },
    benignShare(sample) {
      let loudest = sample.windows[0]!;
      let top = Number.NEGATIVE_INFINITY;
      for (const window of sample.windows) {
        const value = margin(window);
        if (value <= top) continue;
        top = value;
        loudest = window;
      }
      forward(loudest, loudest.length);
      let total = 0;
      const own = z[benignFamily]!;
      for (let k = 0; k < K; k++) total += exp(Math.min(700, z[k]! - own));
      return 1 / total;
    },
    isFinite: () => [embeddings, linear, hidden, shift, bias].every(isFiniteSum),
    state: () => ({
      epoch,
      random: random.state(),
      order: order.slice(),
      arrays: [embeddings, history, linear, hidden, shift, bias, denseHistory].map((array) => array.slice()),
    }),
    restore(state) {
      epoch = state.epoch;
      random.restore(state.random);
      order.set(state.order);
      [embeddings, history, linear, hidden, shift, bias, denseHistory].forEach((array, i) => {
        array.set(state.arrays[i]!);
      });
    },
    finish() {
      if (start !== undefined) {
        const { scales } = start.weights;
        const quantized = start.weights.embeddings.slice();
        // What no sample has stays as it was, bit for bit.
        quantizeInSteps(embeddings, scales, quantized, (bucket) => history[bucket] !== start.history);
        const weights = {
          embeddings: quantized,
          scales,
          shift: shift.slice(),
          linear: linear.slice(),
          hidden: hidden.slice(),
        };
        return { weights: { ...weights, bias: bias.slice() }, suspicion: start.suspicion };
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
      const weights = { shift: shift.slice(), linear: linear.slice(), hidden: hidden.slice(), bias: bias.slice() };
      return { weights: { ...quantize(embeddings), ...weights }, suspicion };
    },
  };
}

/** Anything that is no finite number makes the sum none. */
function isFiniteSum(array: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < array.length; i++) sum += array[i]!;
  return Number.isFinite(sum);
}

/** All epochs at once. */
export function fitNetwork(samples: readonly Prepared[], options: FitOptions): Fitted {
  const fit = createFit(samples, options);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const loss = fit.runEpoch();
    options.onEpoch?.(epoch, loss);
  }
  return fit.finish();
}
