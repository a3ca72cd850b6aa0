import { payloadClasses } from "../../../../shared/payload.ts";
import { exp } from "../../base/math.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import type { ClassifierOutput } from "../payload.ts";
import { familyCount } from "./families.ts";
import type { OnnxFolder } from "./onnx-folder.ts";
import { leftOut } from "./onnx-labels.ts";
import { openOnnxRun } from "./onnx-run.ts";
import { familyOf, likeliest, sumToClasses } from "./outcome.ts";

/** A loaded model, in the thread that runs it. */
export interface OnnxSession {
  /** What computes: "cpu", "cuda", "coreml", "dml". */
  readonly provider: string;
  /** Quicker ones that could not be used, each with why; null: none. */
  readonly passedOver: string | null;
  judge(text: string): Promise<ClassifierOutput>;
}

/** Parts that a long text is judged in, at most; the worst decides. */
const mostParts = 8;
/** Tokens that are not text: beginning and end. */
const specialTokens = 8;
/** After this long no further part is begun, milliseconds: a long text must be judged in part, not be late. */
const partsWithinMs = 500;
/** Least share of probability that the set of classes holds together. */
const setMass = 0.95;

/** @throws SentinelError SETTING_INVALID naming what cannot be used and what to do */
export async function openOnnxSession(folder: OnnxFolder): Promise<OnnxSession> {
  const { provider, passedOver, maxTokens, encode, run: runTokens } = await openOnnxRun(folder);
  const run = async (text: string) => toFamilies(await runTokens(cutTokens(encode(text), maxTokens)), folder.labels);

  return {
    provider,
    passedOver,
    async judge(text) {
      const canonical = canonicalize(text);
      const reading = canonical.layers.at(-1)!.text;
      const from = performance.now();
      const parts = partsOf(reading, maxTokens - specialTokens);
      let { cut } = canonical;
      let worst: Float64Array | null = null;
      for (const part of parts.texts) {
        if (worst !== null && performance.now() - from > partsWithinMs) {
          cut = true;
          break;
        }
        const families = await run(part);
        if (worst === null || families[0]! < worst[0]!) worst = families;
      }
      return toOutput(worst!, cut || parts.cut);
    },
  };
}

/** Too many tokens are cut before the last one, which ends the text. */
function cutTokens(ids: number[], most: number): number[] {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)!];
}

/** A text in parts of so many characters, of which no tokenizer makes more tokens; of too many the first and the last ones. */
function partsOf(text: string, size: number): { texts: string[]; cut: boolean } {
  const overlap = Math.min(32, size >> 2);
  const step = size - overlap;
  const count = text.length <= size ? 1 : Math.ceil((text.length - overlap) / step);
  const partAt = (i: number) => text.slice(i * step, i * step + size);
  if (count <= mostParts) return { texts: Array.from({ length: count }, (_, i) => partAt(i)), cut: false };
  const half = mostParts / 2;
  const starts = Array.from({ length: mostParts }, (_, i) => (i < half ? i : count - mostParts + i));
  return { texts: starts.map(partAt), cut: true };
}

/** Softmax over the outputs that stand for a family, summed by family. */
function toFamilies(logits: Float32Array, labels: Int32Array): Float64Array {
  const families = new Float64Array(familyCount);
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    if (!Number.isFinite(logits[i]!)) throw new RangeError("The model's output is no number.");
    if (labels[i] !== leftOut && logits[i]! > top) top = logits[i]!;
  }
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    if (labels[i] === leftOut) continue;
    const e = exp(logits[i]! - top);
    families[labels[i]!]! += e;
    total += e;
  }
  for (let k = 0; k < families.length; k++) families[k] = families[k]! / total;
  return families;
}

function toOutput(families: Float64Array, cut: boolean): ClassifierOutput {
  const probabilities = Array.from(sumToClasses(families));
  const best = likeliest(probabilities);
  const order = probabilities.map((p, c) => ({ p, c })).sort((a, b) => b.p - a.p);
  let mass = 0;
  const members = new Set<number>();
  for (const { p, c } of order) {
    if (mass >= setMass || p === 0) break;
    members.add(c);
    mass += p;
  }
  return {
    class: payloadClasses[best]!,
    confidence: probabilities[best]!,
    probabilities,
    family: familyOf(families, best),
    tier: "model",
    spans: [],
    set: payloadClasses.filter((_, c) => members.has(c)),
    cut,
  };
}
