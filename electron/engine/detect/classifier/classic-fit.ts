import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { createRandom } from "../anomaly/random.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import { classicClasses } from "./classic-file.ts";
import { type ClassicForest, type ForestOptions, fitForest } from "./classic-forest.ts";
import { createGramVectorizer, eachGram, gramCount, inverseFrequency } from "./classic-grams.ts";

export interface ClassicFit {
  readonly grams: Uint32Array;
  readonly idf: Float32Array;
  readonly forest: ClassicForest;
}

export interface ClassicFitOptions extends ForestOptions {
  /** Most n-grams that become features: those that most texts have. */
  readonly features: number;
  readonly seed: number;
}

/** Fits the classic model: same rows, options and order, same model. @param rows texts as they stood, with their classes */
export function fitClassic(
  rows: readonly { readonly text: string; readonly class: PayloadClass }[],
  options: ClassicFitOptions,
): ClassicFit {
  const texts = rows.map(({ text }) => canonicalize(text).layers.at(-1)!.text);
  const { grams, idf } = chooseGrams(texts, options.features);
  const vectorizer = createGramVectorizer(grams, idf);
  const columns = Array.from(grams, () => new Uint8Array(rows.length));
  texts.forEach((text, row) => {
    const { steps, present, length } = vectorizer.read(text);
    for (let i = 0; i < length; i++) columns[present[i]!]![row] = steps[present[i]!]!;
  });
  const labels = Uint8Array.from(rows, (row) => classicClasses.indexOf(row.class as (typeof classicClasses)[number]));
  if (labels.includes(255)) throw new RangeError(`A row is of none of the classes ${payloadClasses.join(", ")}.`);
  const forest = fitForest(columns, labels, classicClasses.length, createRandom(options.seed), options);
  return { grams, idf, forest };
}

function chooseGrams(texts: readonly string[], most: number): { grams: Uint32Array; idf: Float32Array } {
  const having = new Uint32Array(gramCount);
  const lastSeen = new Int32Array(gramCount).fill(-1);
  texts.forEach((text, row) => {
    eachGram(text, (gram) => {
      if (lastSeen[gram] === row) return;
      lastSeen[gram] = row;
      having[gram]!++;
    });
  });
  const seen: number[] = [];
  for (let gram = 0; gram < gramCount; gram++) if (having[gram]! > 1) seen.push(gram);
  seen.sort((a, b) => having[b]! - having[a]! || a - b);
  const grams = Uint32Array.from(seen.slice(0, most)).sort();
  return { grams, idf: Float32Array.from(grams, (gram) => inverseFrequency(texts.length, having[gram]!)) };
}
