import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { Exchange } from "../../evidence/exchange.ts";
import type { ClassifierOutput } from "../payload.ts";
import { clientFeatures } from "./client-features.ts";
import type { FeatureCounter, FeatureDefinition, FeatureGroup, FeatureModels, ScoredValue } from "./feature-group.ts";
import { originFeatures } from "./origin-features.ts";
import { payloadFeatures } from "./payload-features.ts";
import { responseFeatures } from "./response-features.ts";
import { scoreFeatures } from "./score-features.ts";
import { sequenceFeatures } from "./sequence-features.ts";
import { timingFeatures } from "./timing-features.ts";
import { trafficFeatures } from "./traffic-features.ts";

/**
 * Version of the list below and of how each feature is counted; part of every verdict's provenance. A new feature is appended, never
 * put in between: models and stored vectors of an earlier version are then the beginning of today's.
 */
export const featuresVersion = "5";

const groups: readonly FeatureGroup<string>[] = [
  trafficFeatures,
  timingFeatures,
  responseFeatures,
  clientFeatures,
  payloadFeatures,
  scoreFeatures,
  originFeatures,
  sequenceFeatures,
];

/** All session features, in the order of every feature vector. */
export const featureSchema: readonly FeatureDefinition[] = groups.flatMap(({ descriptions }) =>
  Object.entries(descriptions).map(([name, description]) => ({ name, ...description })),
);

/** Position of each feature in a vector. */
export const featureIndex: ReadonlyMap<string, number> = new Map(featureSchema.map(({ name }, index) => [name, index]));

/** Counts the features of one session, request by request, in bounded memory. */
export interface SessionFeatures {
  /**
   * @param exchange requests in time order
   * @param values every value of the request with the classifier's output
   * @param requestOutputs what was said of the request as a whole
   * @param client what the operator's own data says of the client's address; null or absent: there is none
   */
  add(
    exchange: Exchange,
    values: readonly ScoredValue[],
    requestOutputs?: readonly ClassifierOutput[],
    client?: ClientFacts | null,
  ): void;
  /** @returns the vector, shape [featureSchema.length]; NaN where the evidence does not tell. More may be added after. */
  finish(): Float64Array;
}

export function createSessionFeatures(models: FeatureModels = { sequence: null }): SessionFeatures {
  const counters: readonly FeatureCounter<string>[] = groups.map((group) => group.create(models));
  return {
    add(exchange, values, requestOutputs = [], client = null) {
      const request = { exchange, values, requestOutputs, client };
      for (const counter of counters) counter.add(request);
    },
    finish() {
      const vector = new Float64Array(featureSchema.length);
      let index = 0;
      for (const [g, { descriptions }] of groups.entries()) {
        const counted = counters[g]!.finish();
        for (const name of Object.keys(descriptions)) vector[index++] = counted[name]!;
      }
      return vector;
    },
  };
}
