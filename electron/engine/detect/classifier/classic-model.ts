import { payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import { log } from "../../base/math.ts";
import { canonicalize, mapSpan } from "../canonical/canonicalize.ts";
import type { ClassifierOutput, Layer, PayloadClassifier } from "../payload.ts";
import { type ClassicModel, classicClasses, readClassic } from "./classic-file.ts";
import { sumShares } from "./classic-forest.ts";
import { createGramVectorizer, longestClassicText } from "./classic-grams.ts";
import { calibrate, likeliest } from "./outcome.ts";

const classOf = classicClasses.map((name) => payloadClasses.indexOf(name));
const benign = payloadClasses.indexOf("benign");
/** Parts of an attack that are left out in turn, to see which of them speak for it. */
const parts = 16;
const shortestPart = 4;
const leastProbability = 1e-9;

/** @throws SentinelError MODEL_UNREADABLE when the bytes are no model of this version */
export function loadClassicClassifier(bytes: Uint8Array): PayloadClassifier {
  return createClassicClassifier(readClassic(bytes), sha256(bytes));
}

/**
 * The classic service's model, TF-IDF of character n-grams into a random forest, behind our own decoding: the deepest reading of a value is
 * judged. For comparison, and for whoever wants it deployed.
 */
export function createClassicClassifier(model: ClassicModel, hash: string): PayloadClassifier {
  const { header, forest } = model;
  const vectorizer = createGramVectorizer(model.grams, model.idf);
  const calibration = { temperature: header.temperature, benignShift: header.benign_shift };
  const sums = new Float64Array(classicClasses.length);
  const raw = new Float64Array(payloadClasses.length);

  function judge(text: string): number[] {
    sumShares(forest, vectorizer.read(text).steps, sums);
    let total = 0;
    for (let c = 0; c < sums.length; c++) total += sums[c]!;
    for (let c = 0; c < sums.length; c++) raw[classOf[c]!] = sums[c]! / total;
    return calibrate(raw, calibration);
  }

  function read(text: string): { layer: Layer; cut: boolean } {
    const canonical = canonicalize(text);
    const layer = canonical.layers.at(-1)!;
    return { layer, cut: canonical.cut || layer.text.length > longestClassicText };
  }

  /** Parts of the reading that look like an attack by themselves, or without which it would look more ordinary. */
  function findSpans({ text }: Layer, attack: number): { start: number; end: number; weight: number }[] {
    const length = Math.min(text.length, longestClassicText);
    const size = Math.max(shortestPart, Math.ceil(length / parts));
    const nothing = logOdds(judge(""));
    const spans = [];
    for (let start = 0; start < length; start += size) {
      const end = Math.min(length, start + size);
      const without = logOdds(judge(`${text.slice(0, start)} ${text.slice(end, length)}`));
      const alone = logOdds(judge(text.slice(start, end)));
      const weight = Math.max(0, attack - without) + Math.max(0, alone - nothing);
      if (weight > 0) spans.push({ start, end, weight });
    }
    return spans;
  }

  function conclude(probabilities: number[], cut: boolean, spans: ClassifierOutput["spans"]): ClassifierOutput {
    const best = likeliest(probabilities);
    return {
      class: payloadClasses[best]!,
      confidence: probabilities[best]!,
      probabilities,
      family: null,
      tier: "model",
      spans,
      set: payloadClasses.filter((_, c) => probabilities[c]! > 0 && probabilities[c]! >= header.set_thresholds[c]!),
      cut,
    };
  }

  return {
    hash,
    score(text) {
      const { layer, cut } = read(text);
      return conclude(judge(layer.text), cut, []);
    },
    classify(text) {
      const { layer, cut } = read(text);
      const probabilities = judge(layer.text);
      if (likeliest(probabilities) === benign) return conclude(probabilities, cut, []);
      const spans = findSpans(layer, logOdds(probabilities))
        .map(({ start, end, weight }) => ({ ...within(mapSpan(layer, start, end), text.length), weight }))
        .sort((a, b) => b.weight - a.weight);
      return conclude(probabilities, cut, spans);
    },
  };
}

/** Log-odds that it is an attack. */
function logOdds(probabilities: readonly number[]): number {
  const p = probabilities[benign]!;
  return log(Math.max(leastProbability, 1 - p)) - log(Math.max(leastProbability, p));
}

function within({ start, end }: { start: number; end: number }, length: number): { start: number; end: number } {
  return { start: Math.min(start, length), end: Math.min(end, length) };
}
