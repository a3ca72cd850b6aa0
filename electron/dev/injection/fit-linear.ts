import { bucketCount } from "../../engine/agent/scan/injection/injection-features.ts";
import type { Random } from "../../engine/learn/training/random.ts";

/** One window: its buckets, each as often as it occurs, and what makes its length one. */
export interface Row {
  readonly buckets: Int32Array;
  readonly values: Uint8Array;
  readonly norm: number;
  /** 1: an injection. */
  readonly label: 0 | 1;
}

export interface Linear {
  readonly weights: Float64Array;
  bias: number;
}

export function createLinear(): Linear & { readonly squares: Float64Array; biasSquare: number } {
  return { weights: new Float64Array(bucketCount), bias: 0, squares: new Float64Array(bucketCount), biasSquare: 0 };
}

export function logitOf(model: Linear, row: Row): number {
  let sum = 0;
  for (let i = 0; i < row.buckets.length; i++) sum += model.weights[row.buckets[i]!]! * row.values[i]!;
  return model.bias + sum / row.norm;
}

/**
 * Logistic regression by stochastic gradients with a rate of its own for each weight (Duchi, Hazan & Singer 2011, "AdaGrad").
 * @param positive weight of an injection against one honest window
 */
export function fitLinear(
  model: ReturnType<typeof createLinear>,
  rows: readonly Row[],
  options: {
    readonly epochs: number;
    readonly rate: number;
    readonly decay: number;
    readonly positive: number;
    readonly random: Random;
  },
): void {
  const order = Int32Array.from(rows.keys());
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    options.random.shuffle(order);
    for (const index of order) {
      const row = rows[index]!;
      const probability = 1 / (1 + Math.exp(-logitOf(model, row)));
      const error = (probability - row.label) * (row.label === 1 ? options.positive : 1);
      if (Math.abs(error) < 1e-4) continue;
      for (let i = 0; i < row.buckets.length; i++) {
        const bucket = row.buckets[i]!;
        const gradient = (error * row.values[i]!) / row.norm + options.decay * model.weights[bucket]!;
        model.squares[bucket]! += gradient * gradient;
        model.weights[bucket]! -= (options.rate * gradient) / Math.sqrt(model.squares[bucket]! + 1e-8);
      }
      model.biasSquare += error * error;
      model.bias -= (options.rate * error) / Math.sqrt(model.biasSquare + 1e-8);
    }
  }
}
