import type { Place } from "../../../../shared/payload.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { familyIndex } from "../../detect/classifier/families.ts";
import { createFeaturizer, placeNumber, windowLength } from "../../detect/classifier/featurize.ts";
import { createFolded, fold } from "../../detect/classifier/fold.ts";
import { scale, shortWindow } from "../../detect/classifier/windows.ts";
import type { LabelledText } from "./labelled-text.ts";

/** A sample ready for the fit: the distinct buckets of each window that may decide about it. */
export interface Prepared {
  readonly family: number;
  /** Where only the class is known: its families, among which the model's own shares decide. */
  readonly families?: readonly number[];
  /** What is to be said of each family, instead of one of them: shape [familyCount]; sums to 1. */
  readonly soft?: Float32Array;
  /** How much it counts. */
  weight: number;
  readonly windows: readonly Int32Array[];
}

const longestText = 3000;
const mostWindows = 40;
/** Windows kept of an ordinary text, spread over all of it. */
const mostOrdinaryWindows = 20;

/** Turns samples into windows the way the classifier reads them, but with every short window instead of the worst. */
export function createPreparer(): (sample: Pick<LabelledText, "text" | "family">, place: Place | null) => Prepared {
  const featurizer = createFeaturizer();
  const folded = createFolded(longestText + 2);
  return (sample, place) => {
    const text = sample.text.length > longestText ? sample.text.slice(0, longestText) : sample.text;
    const windows: Int32Array[] = [];
    const seen = new Set<string>();
    const isOrdinary = sample.family === "benign";
    const { layers } = canonicalize(text, { place: place ?? undefined });
    for (const layer of layers) {
      fold(layer.text, 0, Math.min(layer.text.length, longestText), folded);
      const key = Buffer.from(folded.codes.subarray(0, folded.length)).toString("latin1");
      if (seen.has(key)) continue;
      seen.add(key);
      const context = { place: placeNumber(place ?? undefined), depth: Math.min(7, layer.decodings.length), scale: 0 };
      const take = (from: number, to: number, kind: number) => {
        if (windows.length >= (isOrdinary ? 10 * mostWindows : mostWindows)) return;
        context.scale = kind;
        const features = featurizer.read(folded, from, to, context);
        windows.push(features.buckets.slice(0, features.length));
      };
      const { length } = folded;
      if (length <= windowLength) take(0, length, scale.whole);
      else {
        for (let at = 0; ; at += 192) {
          const from = Math.min(at, length - windowLength);
          take(from, from + windowLength, scale.long);
          if (from < at || from === length - windowLength) break;
        }
      }
      if (length > 96) {
        for (let at = 0; ; at += 32) {
          const from = Math.min(at, length - shortWindow);
          take(from, from + shortWindow, scale.short);
          if (from === length - shortWindow) break;
        }
      }
    }
    return { family: familyIndex(sample.family), weight: 1, windows: isOrdinary ? spread(windows) : windows };
  };
}

/** At most `mostOrdinaryWindows` of them, evenly spaced. */
function spread(windows: Int32Array[]): Int32Array[] {
  if (windows.length <= mostOrdinaryWindows) return windows;
  return Array.from(
    { length: mostOrdinaryWindows },
    (_, i) => windows[Math.floor((i * windows.length) / mostOrdinaryWindows)]!,
  );
}
