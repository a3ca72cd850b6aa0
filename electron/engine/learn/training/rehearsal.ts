import { exp } from "../../base/math.ts";
import { benignFamily, familyCount } from "../../detect/classifier/families.ts";
import type { PayloadModel } from "../../detect/classifier/model-file.ts";
import { createNetwork, embeddingSize } from "../../detect/classifier/network.ts";
import { generateAttacks, generateBenign } from "./generated/generate.ts";
import { createPreparer, type Prepared } from "./prepare.ts";
import { createRandom } from "./random.ts";

/**
 * Generated values with what a model says of them: a fit that goes on from the model sees them among the new labels, so that it does
 * not forget what no label speaks of. Source: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal"; the targets
 * are the model's own shares, as in Li & Hoiem 2016, "Learning without forgetting".
 *
 * @param eachSide how many attacks, and how many ordinary values
 */
export function rehearse(model: PayloadModel, eachSide: number): Prepared[] {
  const random = createRandom("rehearsal");
  const values = [
    ...generateAttacks(random.fork("attacks"), eachSide),
    ...generateBenign(random.fork("benign"), eachSide),
  ];
  const prepare = createPreparer();
  const network = createNetwork(model.weights);
  const sum = new Int32Array(embeddingSize);
  const empty = new Uint32Array(0);

  function logitsOf(buckets: Int32Array): Float64Array {
    network.sum({ buckets, starts: empty, ends: empty, length: buckets.length }, sum, 0);
    return network.logits(sum, buckets.length);
  }

  function margin(logits: Float64Array): number {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 1; k < familyCount; k++) if (logits[k]! > top) top = logits[k]!;
    return top - logits[benignFamily]!;
  }

  return values.map((value) => {
    const { family, windows } = prepare(value, random.chance(0.35) ? null : value.place);
    let loudest = windows[0]!;
    let top = Number.NEGATIVE_INFINITY;
    for (const window of windows) {
      const loudness = margin(logitsOf(window));
      if (loudness <= top) continue;
      top = loudness;
      loudest = window;
    }
    return { family, weight: 1, windows: [loudest], soft: softmax(logitsOf(loudest)) };
  });
}

function softmax(logits: Float64Array): Float32Array {
  const top = Math.max(...logits);
  const powers = Float64Array.from(logits, (z) => exp(z - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Float32Array.from(powers, (power) => power / total);
}
