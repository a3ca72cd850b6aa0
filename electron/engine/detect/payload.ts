import type { PayloadClass, Place } from "../../../shared/payload.ts";

/** An attacker-controlled value of a request, before canonicalisation. */
export interface PayloadValue {
  readonly place: Place;
  /** Parameter, header or cookie name, JSON path; empty for a path segment. */
  readonly name: string;
  /** The value as it stood in the request. */
  readonly text: string;
  /** UTF-16 offsets into the rendered request's text. */
  readonly start: number;
  readonly end: number;
}

/** One reading of a value: its text after some decodings, with a map back. */
export interface Layer {
  readonly text: string;
  /** Names of the decodings, outermost first; empty for the value itself. */
  readonly decodings: readonly string[];
  /** For each UTF-16 unit of `text`, the offset in the original value where it came from; null: identity. */
  readonly origin: Uint32Array | null;
}

/** All readings of one value within the work budget, the value itself first, the deepest last. */
export interface Canonical {
  readonly layers: readonly Layer[];
  /** True when the budget ended the work or the value was longer than what is read. */
  readonly cut: boolean;
}

/** What a classifier says of one value. Probabilities are in the order of `payloadClasses`. */
export interface ClassifierOutput {
  readonly class: PayloadClass;
  readonly confidence: number;
  readonly probabilities: readonly number[];
  readonly family: string | null;
  /** Which tier decided: hand-written rules or the fitted model. */
  readonly tier: "rule" | "model";
  /** Parts of the value (offsets in the value as given) that decided, largest weight first. */
  readonly spans: readonly { readonly start: number; readonly end: number; readonly weight: number }[];
  readonly set: readonly PayloadClass[];
  readonly cut: boolean;
  /** The model that should have judged could not: the rules did in its place. */
  readonly degraded?: true;
}

/** A text that was read once, to be judged in several places that read it alike. */
export interface PayloadReading {
  /** The same as the classifier's `score`. @param place one that reads text as the place does for which this was read */
  score(place: Place | undefined): ClassifierOutput;
}

/** Every payload model, rule tier included, keeps this; one conformance suite tests them all. */
export interface PayloadClassifier {
  /** SHA-256 of what decides (weights, rules, thresholds). */
  readonly hash: string;
  /** @param context where the value stood, when known: the same text means more in some places than in others */
  classify(text: string, context?: { readonly place: Place }): ClassifierOutput;
  /** The same without spans: the hot path. */
  score(text: string, context?: { readonly place: Place }): ClassifierOutput;
  /**
   * The part of `score` that is the same in all places that read alike (`readingKind`), where a classifier can tell it apart.
   */
  read?(text: string, context?: { readonly place: Place }): PayloadReading;
}

/** A payload model outside this thread: it may be late, hang or be gone. */
export interface RemoteClassifier extends PayloadClassifier {
  /**
   * Blocks this thread until the model answers; its deadline is the longest.
   * @throws SentinelError UNAVAILABLE
   */
  score(text: string, context?: { readonly place: Place }): ClassifierOutput;
  /** The same without blocking. Rejects with SentinelError UNAVAILABLE. */
  classifyLater(text: string, context?: { readonly place: Place }): Promise<ClassifierOutput>;
  close(): Promise<void>;
}
