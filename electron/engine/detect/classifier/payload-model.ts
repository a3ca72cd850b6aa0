import { payloadClasses, places } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import { exp } from "../../base/math.ts";
import { canonicalize, defaultBudget } from "../canonical/canonicalize.ts";
import type { Canonical, ClassifierOutput, Layer, PayloadClassifier } from "../payload.ts";
import { benignFamily, familyCount } from "./families.ts";
import { createFeaturizer, placeBucket, placeFeatureCount, placeNumber } from "./featurize.ts";
import { createFolded, fold } from "./fold.ts";
import { bucketCount } from "./hashing.ts";
import { type PayloadModel, readModel, setsAt } from "./model-file.ts";
import { createNetwork, embeddingSize } from "./network.ts";
import { calibrate, classSet, familyOf, likeliest, sumToClasses } from "./outcome.ts";
import { createSpanFinder } from "./spans.ts";
import { createWindowPlanner, mostPlanned, type WindowPlan } from "./windows.ts";

/** Characters of one reading of a value that are judged; what is beyond is told by `cut`. */
export const longestReading = 262_144;
/** Characters that all readings of one value may have together before further ones are left out. */
const readingBudget = 393_216;
const deepest = 7;

/**
 * What a window comes to before it is known where the value stood, as whole numbers one after another: the sum of its embeddings,
 * how many they are, the featurizer's shape, which of each place's features it lacks (three bits a place), and where it stands.
 */
const field = { sum: 0, count: embeddingSize, shape: 17, lacks: 18, layer: 20, from: 21, to: 22, scale: 23 } as const;
const windowFields = 24;
const placesInWord = 8;
const everyPlace = places.length + 1;

/**
 * @param setErrorRate of its conformal sets; its own where it is left out, or where the file has no thresholds for it
 * @throws SentinelError MODEL_UNREADABLE when the bytes are no model of this version
 */
export function loadClassifier(bytes: Uint8Array, setErrorRate?: number): PayloadClassifier {
  return createPayloadClassifier(readModel(bytes), sha256(bytes), setErrorRate);
}

/**
 * The fitted tier. Every reading of a value is judged in windows, and the window that speaks loudest for an attack decides.
 * Deterministic: sums of embeddings are integers, exp is our own.
 */
export function createPayloadClassifier(model: PayloadModel, hash: string, setErrorRate?: number): PayloadClassifier {
  const network = createNetwork(model.weights);
  const featurizer = createFeaturizer();
  const planner = createWindowPlanner(suspicionOf(model));
  const spanFinder = createSpanFinder(network);
  const calibration = { temperature: model.header.temperature, benignShift: model.header.benign_shift };
  const { thresholds: setThresholds } = setsAt(model.header, setErrorRate);
  const context = { depth: 0, scale: 0 };
  /** The windows of the value read last. */
  const windows = new Int32Array(defaultBudget.layers * mostPlanned * windowFields);
  let windowCount = 0;
  const sum = new Int32Array(embeddingSize);
  const logits = new Float64Array(familyCount);
  let folded = createFolded(4096);
  let cut = false;

  function foldLayer(layer: Layer): void {
    const length = Math.min(layer.text.length, longestReading);
    if (length + 2 > folded.codes.length) folded = createFolded(Math.min(longestReading, length * 2));
    fold(layer.text, 0, length, folded);
  }

  /** Reads one window for the places from `firstPlace` up to `endPlace`. */
  function readWindow(index: number, depth: number, plan: WindowPlan, w: number, firstPlace: number, endPlace: number) {
    const at = windowCount++ * windowFields;
    const from = plan.from[w]!;
    const to = plan.to[w]!;
    context.depth = depth;
    context.scale = plan.scales[w]!;
    const features = featurizer.readText(folded, from, to, context);
    network.sum(features, windows, at + field.sum);
    const shape = featurizer.shape();
    windows[at + field.count] = features.length;
    windows[at + field.shape] = shape;
    windows[at + field.lacks] = 0;
    windows[at + field.lacks + 1] = 0;
    for (let place = firstPlace; place < endPlace; place++) {
      const word = at + field.lacks + (place >= placesInWord ? 1 : 0);
      windows[word]! |= lacking(place, shape) << ((place % placesInWord) * placeFeatureCount);
    }
    windows[at + field.layer] = index;
    windows[at + field.from] = from;
    windows[at + field.to] = to;
    windows[at + field.scale] = context.scale;
  }

  /** Which features of a place are not among those of the window just read, nor among each other, by bits. */
  function lacking(place: number, shape: number): number {
    const first = placeBucket(0, place, shape);
    const second = placeBucket(1, place, shape);
    const third = placeBucket(2, place, shape);
    return (
      (featurizer.has(first) ? 0 : 1) |
      (second === first || featurizer.has(second) ? 0 : 2) |
      (third === first || third === second || featurizer.has(third) ? 0 : 4)
    );
  }

  function readWindows(canonical: Canonical, firstPlace: number, endPlace: number): void {
    windowCount = 0;
    cut = canonical.cut;
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
      const plan = planner.plan(folded);
      const depth = Math.min(deepest, layer.decodings.length);
      for (let w = 0; w < plan.length; w++) readWindow(index, depth, plan, w, firstPlace, endPlace);
    }
  }

  /** Logits of one window of `from` in a place; overwritten by the next call. */
  function logitsOf(from: Int32Array, window: number, place: number): Float64Array {
    const at = window * windowFields;
    const lacks =
      from[at + field.lacks + (place >= placesInWord ? 1 : 0)]! >> ((place % placesInWord) * placeFeatureCount);
    const shape = from[at + field.shape]!;
    let count = from[at + field.count]!;
    for (let d = 0; d < embeddingSize; d++) sum[d] = from[at + field.sum + d]!;
    for (let n = 0; n < placeFeatureCount; n++) {
      if (((lacks >> n) & 1) === 0) continue;
      network.add(placeBucket(n, place, shape), sum);
      count++;
    }
    return network.logits(sum, count);
  }

  /** Judges windows in a place, the worst one's logits in `logits`. @returns which it was */
  function judge(from: Int32Array, count: number, place: number): number {
    let worst = 0;
    let top = Number.NEGATIVE_INFINITY;
    for (let window = 0; window < count; window++) {
      const z = logitsOf(from, window, place);
      const margin = attackMargin(z);
      if (margin > top) {
        worst = window;
        top = margin;
        logits.set(z);
      }
    }
    return worst;
  }

  function conclude(isCut: boolean, spans: ClassifierOutput["spans"]): ClassifierOutput {
    const familyProbabilities = softmax(logits);
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
      cut: isCut,
    };
  }

  function scoreCanonical(canonical: Canonical, place: number): number {
    readWindows(canonical, place, place + 1);
    return judge(windows, windowCount, place);
  }

  return {
    hash,
    score(text, where) {
      scoreCanonical(canonicalize(text, where), placeNumber(where?.place));
      return conclude(cut, noSpans);
    },
    classify(text, where) {
      const canonical = canonicalize(text, where);
      const place = placeNumber(where?.place);
      const worst = scoreCanonical(canonical, place) * windowFields;
      const outcome = conclude(cut, noSpans);
      if (outcome.class === "benign") return outcome;
      const layer = canonical.layers[windows[worst + field.layer]!]!;
      const from = windows[worst + field.from]!;
      const to = windows[worst + field.to]!;
      foldLayer(layer);
      const depth = Math.min(deepest, layer.decodings.length);
      const features = featurizer.read(folded, from, to, { place, depth, scale: windows[worst + field.scale]! });
      network.sum(features, sum, 0);
      network.logits(sum, features.length);
      const family = strongestFamily(logits);
      return { ...outcome, spans: spanFinder.find(features, from, to, family, folded, layer, text.length) };
    },
    read(text, where) {
      readWindows(canonicalize(text, where), 0, everyPlace);
      const kept = windows.slice(0, windowCount * windowFields);
      const isCut = cut;
      return {
        score(place) {
          judge(kept, kept.length / windowFields, placeNumber(place));
          return conclude(isCut, noSpans);
        },
      };
    },
  };
}

const noSpans: ClassifierOutput["spans"] = [];

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
const probabilities = new Float64Array(familyCount);

/** Probabilities of the families, uncalibrated; overwritten by the next call. */
function softmax(logits: Float64Array): Float64Array {
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
  return probabilities;
}
