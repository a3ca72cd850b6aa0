import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import type { ClassifierOutput, PayloadValue } from "../payload.ts";
import type { SequenceModel } from "../sequence/sequence-model.ts";

/** What evidence must tell for a feature to be available; otherwise its value is NaN, never 0. */
export type Availability =
  | "always"
  | "request times"
  | "two request times"
  | "durations"
  | "response status"
  | "response size"
  | "hosts"
  | "all headers"
  | "user agents"
  | "client address"
  | "reputation list"
  | "country database"
  | "network database"
  | "request bodies"
  | "values"
  | "sequence model";

export interface FeatureDescription {
  readonly label: string;
  /** "1" for shares and other pure numbers. */
  readonly unit: string;
  /** Smallest and largest possible value; null: no upper bound. */
  readonly range: readonly [low: number, high: number | null];
  readonly availability: Availability;
  readonly meaning: string;
}

export interface FeatureDefinition extends FeatureDescription {
  readonly name: string;
}

/** A value with what the classifier said of it. */
export interface ScoredValue {
  readonly value: PayloadValue;
  readonly output: ClassifierOutput;
}

/** One request of a session, as the features see it. */
export interface SessionRequest {
  readonly exchange: Exchange;
  readonly values: readonly ScoredValue[];
  /** What was said of the request as a whole: cross-site request forgery. */
  readonly requestOutputs: readonly ClassifierOutput[];
  /** What the operator's own data says of the client's address; null: there is none. */
  readonly client: ClientFacts | null;
}

/** Fitted models that features are counted with; null: there is none, and what needs it is not available. */
export interface FeatureModels {
  readonly sequence: SequenceModel | null;
}

/** Features that are counted together. */
export interface FeatureGroup<Names extends string> {
  readonly descriptions: Readonly<Record<Names, FeatureDescription>>;
  create(models: FeatureModels): FeatureCounter<Names>;
}

export interface FeatureCounter<Names extends string> {
  add(request: SessionRequest): void;
  /** NaN: not available. */
  finish(): Record<Names, number>;
}

/** A share, or NaN of nothing. */
export function share(count: number, total: number): number {
  return total === 0 ? Number.NaN : count / total;
}

/** Distinct values kept to count them; beyond this a count stays where it is. */
export const distinctLimit = 10_000;

export function addBounded(set: Set<string>, value: string): void {
  if (set.size < distinctLimit) set.add(value);
}

/** Mean, spread and extremes of a stream of numbers in constant memory (Welford 1962). */
export interface Moments {
  count: number;
  mean: number;
  squares: number;
  min: number;
  max: number;
}

export function createMoments(): Moments {
  return { count: 0, mean: 0, squares: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
}

export function addNumber(moments: Moments, x: number): void {
  moments.count++;
  const delta = x - moments.mean;
  moments.mean += delta / moments.count;
  moments.squares += delta * (x - moments.mean);
  if (x < moments.min) moments.min = x;
  if (x > moments.max) moments.max = x;
}

export function meanOf(moments: Moments): number {
  return moments.count === 0 ? Number.NaN : moments.mean;
}

export function maxOf(moments: Moments): number {
  return moments.count === 0 ? Number.NaN : moments.max;
}

export function minOf(moments: Moments): number {
  return moments.count === 0 ? Number.NaN : moments.min;
}

/** Standard deviation by mean; NaN below two numbers, 0 when all are 0. */
export function variationOf(moments: Moments): number {
  if (moments.count < 2) return Number.NaN;
  return moments.mean === 0 ? 0 : Math.sqrt(moments.squares / moments.count) / Math.abs(moments.mean);
}
