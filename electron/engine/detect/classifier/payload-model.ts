import { type Place, payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import { exp } from "../../base/math.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import type { Canonical, ClassifierOutput, Layer, PayloadClassifier } from "../payload.ts";
import { benignFamily, familyCount } from "./families.ts";
import { createFeaturizer, placeNumber, type WindowContext } from "./featurize.ts";
import { createFolded, fold } from "./fold.ts";
import { bucketCount } from "./hashing.ts";
import { type PayloadModel, readModel } from "./model-file.ts";
import { createNetwork, embeddingSize } from "./network.ts";
import { calibrate, classSet, familyOf, likeliest, sumToClasses } from "./outcome.ts";
import { createSpanFinder } from "./spans.ts";
import { createWindowPlanner, type WindowPlan } from "./windows.ts";

/** Characters of one reading of a value that are judged; what is beyond is told by `cut`. */
export const longestReading = 262_144;
/** Characters that all readings of one value may have together before further ones are left out. */
const readingBudget = 393_216;
const deepest = 7;

/** Where the deciding window stood. */
interface Worst {
  layer: number;
  from: number;
  to: number;
  scale: number;
  margin: number;
}

/** @throws SentinelError MODEL_UNREADABLE when the bytes are no model of this version */
export function loadClassifier(bytes: Uint8Array): PayloadClassifier {
  return createPayloadClassifier(readModel(bytes), sha256(bytes));
}

/**
 * The fitted tier. Every reading of a value is judged in windows, and the window that speaks loudest for an attack decides.
 * Deterministic: sums of embeddings are integers, exp is our own.
 */
export function createPayloadClassifier(model: PayloadModel, hash: string): PayloadClassifier {
  const network = createNetwork(model.weights);
  const featurizer = createFeaturizer();
  const planner = createWindowPlanner(suspicionOf(model));
  const spanFinder = createSpanFinder(network);
  const calibration = { temperature: model.header.temperature, benignShift: model.header.benign_shift };
  const { set_thresholds: setThresholds } = model.header;
  const context: WindowContext = { place: 0, depth: 0, scale: 0 };
  const worst: Worst = { layer: 0, from: 0, to: 0, scale: 0, margin: 0 };
  const logits = new Float64Array(familyCount);
  const familyProbabilities = new Float64Array(familyCount);
  let folded = createFolded(4096);
  let cut = false;

  function foldLayer(layer: Layer): void {
    const length = Math.min(layer.text.length, longestReading);
    if (length + 2 > folded.codes.length) folded = createFolded(Math.min(longestReading, length * 2));
    fold(layer.text, 0, length, folded);
  }

  function readWindow(layer: Layer, from: number, to: number, kind: number) {
    context.depth = Math.min(deepest, layer.decodings.length);
    context.scale = kind;
    return featurizer.read(folded, from, to, context);
  }

  function judge(canonical: Canonical): void {
    worst.margin = Number.NEGATIVE_INFINITY;
    cut = false;
    let budget = readingBudget;
    const { layers } = canonical;
    for (let n = 0; n < layers.length; n++) {
      // The value itself, then the deepest readings first: within the budget those are the ones that say most.
      const index = n === 0 ? 0 : layers.length - n;
      const layer = layers[index]!;
      if (layer.text.length > longestReading) cut = true;
      if (n > 0 && layer.text.length > budget) {
        cut = true;
        continue;
      }
      budget -= layer.text.length;
      foldLayer(layer);
      const plan: WindowPlan = planner.plan(folded);
      for (let w = 0; w < plan.length; w++) {
        const from = plan.from[w]!;
        const to = plan.to[w]!;
        const kind = plan.scales[w]!;
        const z = network.logits(readWindow(layer, from, to, kind));
        const margin = attackMargin(z);
        if (margin > worst.margin) {
          worst.layer = index;
          worst.from = from;
          worst.to = to;
          worst.scale = kind;
          worst.margin = margin;
          logits.set(z);
        }
      }
    }
  }

  function conclude(canonical: Canonical, spans: ClassifierOutput["spans"]): ClassifierOutput {
    softmax(logits, familyProbabilities);
    const probabilities = calibrate(sumToClasses(familyProbabilities), calibration);
    const best = likeliest(probabilities);
    return {
      class: payloadClasses[best]!,
      confidence: probabilities[best]!,
      probabilities,
      family: familyOf(familyProbabilities, best),
      tier: "model",
      spans,
      set: classSet(probabilities, setThresholds),
      cut: canonical.cut || cut,
    };
  }

  function read(text: string, where: { readonly place: Place } | undefined): Canonical {
    context.place = placeNumber(where?.place);
    return canonicalize(text, where);
  }

  return {
    hash,
    score(text, where) {
      const canonical = read(text, where);
      judge(canonical);
      return conclude(canonical, []);
    },
    classify(text, where) {
      const canonical = read(text, where);
      judge(canonical);
      const outcome = conclude(canonical, []);
      if (outcome.class === "benign") return outcome;
      const layer = canonical.layers[worst.layer]!;
      foldLayer(layer);
      const features = readWindow(layer, worst.from, worst.to, worst.scale);
      network.logits(features);
      const spans = spanFinder.find(
        features,
        worst.from,
        worst.to,
        strongestFamily(logits),
        folded,
        layer,
        text.length,
      );
      return { ...outcome, spans };
    },
  };
}

/** Suspicion above this many mean amounts is cut, so that the others keep their differences in 8 bits. */
const loudest = 10;

/** Suspicion of each bucket for the choice of windows. */
function suspicionOf(model: PayloadModel): Int8Array {
  const { embeddings, scales } = model.weights;
  const direction = new Float64Array(embeddingSize);
  for (let d = 0; d < embeddingSize; d++) direction[d] = model.suspicion[d]! * scales[d]!;
  const exact = new Float32Array(bucketCount);
  let total = 0;
  for (let bucket = 0, at = 0; bucket < bucketCount; bucket++) {
    let value = 0;
    for (let d = 0; d < embeddingSize; d++, at++) value += embeddings[at]! * direction[d]!;
    exact[bucket] = value;
    total += value < 0 ? -value : value;
  }
  const step = Math.max(1e-9, (loudest * total) / bucketCount / 127);
  const suspicion = new Int8Array(bucketCount);
  for (let b = 0; b < bucketCount; b++) suspicion[b] = Math.max(-127, Math.min(127, Math.round(exact[b]! / step)));
  return suspicion;
}

/** Log-odds, in natural units, that the window is an attack of any family. */
function attackMargin(logits: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 1; k < familyCount; k++) if (logits[k]! > top) top = logits[k]!;
  return top - logits[benignFamily]!;
}

function strongestFamily(logits: Float64Array): number {
  let best = 1;
  for (let k = 2; k < familyCount; k++) if (logits[k]! > logits[best]!) best = k;
  return best;
}

/** Further below the top than this a family's share is none. */
const farthest = -40;

/** Probabilities of the families, uncalibrated, into `probabilities`. */
function softmax(logits: Float64Array, probabilities: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < familyCount; k++) if (logits[k]! > top) top = logits[k]!;
  let total = 0;
  for (let k = 0; k < familyCount; k++) {
    const z = logits[k]! - top;
    const e = z < farthest ? 0 : exp(z);
    probabilities[k] = e;
    total += e;
  }
  for (let k = 0; k < familyCount; k++) probabilities[k] = probabilities[k]! / total;
}
