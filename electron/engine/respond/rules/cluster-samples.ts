import type { AttackClass, Place } from "../../../../shared/payload.ts";
import { commonRuns } from "./common-run.ts";
import { ruleText, ruleTokens, weightOf } from "./rule-tokens.ts";

/** A value that is known to be an attack: confirmed by a simulation, or by whoever closed its alert. */
export interface RuleSample {
  readonly id: string;
  readonly class: AttackClass;
  readonly family: string | null;
  readonly text: string;
  readonly place: Place;
  readonly name: string;
  readonly method: string;
  /** Path of the request, without query. */
  readonly path: string;
}

/** A sample with what rules look at. */
export interface ReadSample {
  readonly sample: RuleSample;
  readonly text: string;
  readonly shapes: readonly string[];
}

export type Cluster = readonly [ReadSample, ...ReadSample[]];

/** Share of what the lesser of two says that has to be common, for one rule to speak for both. */
const commonShare = 0.5;

/**
 * Groups samples of one class that share enough of their tokens for one rule, the order of what was given notwithstanding: each joins
 * the group with which it has most in common, or begins one.
 */
export function clusterSamples(samples: readonly RuleSample[]): Cluster[] {
  const read = samples.map((sample): ReadSample => {
    const text = ruleText(sample.text, sample.place);
    return { sample, text, shapes: ruleTokens(text).map(({ shape }) => shape) };
  });
  read.sort(
    (a, b) => compare(a.sample.class, b.sample.class) || compare(a.text, b.text) || compare(a.sample.id, b.sample.id),
  );
  const clusters: { members: [ReadSample, ...ReadSample[]]; common: string[] }[] = [];
  for (const one of read) {
    let best: { cluster: (typeof clusters)[number]; common: string[]; share: number } | null = null;
    for (const cluster of clusters) {
      if (cluster.members[0].sample.class !== one.sample.class) continue;
      const common = commonRuns([cluster.common, one.shapes], 1).flat();
      const share = weightOf(common) / Math.max(1, Math.min(weightOf(cluster.common), weightOf(one.shapes)));
      if (share >= commonShare && share > (best?.share ?? 0)) best = { cluster, common, share };
    }
    if (best === null) clusters.push({ members: [one], common: [...one.shapes] });
    else {
      best.cluster.members.push(one);
      best.cluster.common = best.common;
    }
  }
  return clusters.map(({ members }) => members);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
