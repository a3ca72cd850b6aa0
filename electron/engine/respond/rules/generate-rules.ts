import { RuleDefinition, type RuleMatch, type RuleScope } from "../../../../shared/rule.ts";
import { canonicalize } from "../../detect/canonical/canonicalize.ts";
import { createRouteTemplates } from "../../detect/telemetry/route-template.ts";
import { compileRule } from "../../detect/waf/compile-rule.ts";
import { matchText } from "../../detect/waf/match-request.ts";
import { anyWord, tokensPattern } from "../../detect/waf/rule-pattern.ts";
import { isVariable, normalName, segmentsOf } from "../../detect/waf/rule-scope.ts";
import { type Cluster, clusterSamples, type RuleSample } from "./cluster-samples.ts";
import { commonRuns } from "./common-run.ts";
import { commonText } from "./common-text.ts";
import { weightOf } from "./rule-tokens.ts";

/** An ordinary value that no rule may match. */
export interface BenignValue {
  readonly text: string;
  /** Null: not known. */
  readonly place: RuleSample["place"] | null;
}

/** A rule that matches all of its samples and no ordinary value. */
export interface Candidate {
  readonly definition: RuleDefinition;
  /** Ids of the samples it was made of. */
  readonly samples: readonly string[];
  /** How many more of its group are kept aside: what a rule is made of proves nothing of it. */
  readonly aside: number;
  /** How much of the shape of an attack it asks for: see `weightOf`. */
  readonly weight: number;
}

/** Samples that no rule could be made of. */
export interface Unruled {
  readonly samples: readonly string[];
  readonly reason: string;
}

export interface Generated {
  /** For each group of samples, what is offered for it, the most general first. */
  readonly offered: readonly (readonly [Candidate, ...Candidate[]])[];
  readonly unruled: readonly Unruled[];
}

/** Weight below which a match says too little to be an attack's, whatever the ordinary values at hand. */
const leastWeight = 3;
/** Samples that differ which a rule of a large group is made of. */
const mostMade = 8;
/** Characters that may stand between two common runs. */
const longestGap = 64;
const shortestString = 6;
/** The text of a single sample as a rule of its own: longer is no rule but a quotation. */
const longestString = 200;

/**
 * Makes rules of confirmed attacks: samples that share their shape are generalised together, by a regular expression over what they have
 * in common, a fingerprint of the run of tokens that says most, and the longest text that stands in all. Offered is only what matches
 * every one of its samples and none of the ordinary values, wherever those stand.
 *
 * @param samples at least one
 */
export function generateRules(samples: readonly RuleSample[], benign: readonly BenignValue[]): Generated {
  const offered: [Candidate, ...Candidate[]][] = [];
  const unruled: Unruled[] = [];
  const ordinary = readings(benign);
  for (const whole of clusterSamples(samples)) {
    const cluster = keepAside(whole);
    const ids = cluster.map(({ sample }) => sample.id);
    const found = candidatesOf(cluster, ordinary, whole.length - cluster.length);
    const [first, ...others] = found.candidates;
    if (first !== undefined) offered.push([first, ...others]);
    else unruled.push({ samples: ids, reason: found.reason });
  }
  return { offered, unruled };
}

/** Of a large group some that differ from each other, spread over it; of a small one all. */
function keepAside(cluster: Cluster): Cluster {
  const alike = [...Map.groupBy(cluster, ({ shapes }) => shapes.join(" ")).values()];
  if (alike.length < 2 * mostMade) return cluster;
  const [first, ...others] = Array.from(
    { length: mostMade },
    (_, i) => alike[Math.floor((i * (alike.length - 1)) / (mostMade - 1))]!,
  ).flat();
  return [first!, ...others];
}

function candidatesOf(
  cluster: Cluster,
  ordinary: readonly string[],
  aside: number,
): { candidates: Candidate[]; reason: string } {
  const candidates: Candidate[] = [];
  const { sample } = cluster[0];
  const scope = scopeOf(cluster.map((one) => one.sample));
  let reason = "What its values have in common is too little for a rule.";
  for (const match of matchesOf(cluster)) {
    const weight = matchWeight(match);
    const definition: RuleDefinition = {
      class: sample.class,
      family: cluster.every((one) => one.sample.family === sample.family) ? sample.family : null,
      match,
      scope,
      action: "block",
      expires_at: null,
    };
    // What would be refused once somebody wants to keep it is not offered: a name or a path may be too long.
    if (!RuleDefinition.safeParse(definition).success) {
      reason = "What its values have in common, or where they stood, is too long for a rule.";
      continue;
    }
    const { pattern, required } = compileRule({ id: "candidate", definition, exclusions: [] });
    const isMatch = (text: string) => matchText({ pattern, required }, text) !== null;
    const missed = cluster.some(
      ({ sample: { text, place } }) => !canonicalize(text, { place }).layers.some((layer) => isMatch(layer.text)),
    );
    if (missed) reason = "What its values have in common does not stand in one reading of each of them.";
    else if (ordinary.some(isMatch)) reason = "Whatever matches its values matches ordinary ones too.";
    else candidates.push({ definition, samples: cluster.map((one) => one.sample.id), aside, weight });
  }
  return { candidates, reason };
}

/** What could match a cluster, the most general first. */
function matchesOf(cluster: Cluster): RuleMatch[] {
  const lists = cluster.map(({ shapes }) => shapes);
  const matches: RuleMatch[] = [];
  const runs = commonRuns(lists, 1).filter((run) => run.length > 0);
  const best = runs.reduce<readonly string[]>((most, run) => (weightOf(run) > weightOf(most) ? run : most), []);
  const fingerprint = trim(best);
  if (runs.length > 1) {
    const parts = runs.map(trim).filter((run) => run.length > 0);
    const gap = `.{0,${longestGap}}?`;
    if (weightOf(parts.flat()) >= leastWeight)
      matches.push({ kind: "regex", pattern: parts.map(tokensPattern).join(gap) });
  }
  if (weightOf(fingerprint) >= leastWeight) matches.push({ kind: "fingerprint", tokens: fingerprint.slice(0, 64) });
  const text = commonText(cluster.map((one) => one.text)).trim();
  if (text.length >= shortestString && text.length <= longestString) matches.push({ kind: "string", text });
  return matches;
}

/** Without what stands for anything at both ends: it would match there whatever came. */
function trim(run: readonly string[]): string[] {
  let from = 0;
  let to = run.length;
  while (from < to && run[from] === anyWord) from++;
  while (to > from && run[to - 1] === anyWord) to--;
  return run.slice(from, to);
}

function matchWeight(match: RuleMatch): number {
  if (match.kind === "fingerprint") return weightOf(match.tokens);
  return (match.kind === "string" ? match.text : match.pattern).length;
}

const templateOf = createRouteTemplates("");

/** What all samples have in common of where they stood. */
export function scopeOf(samples: readonly Pick<RuleSample, "method" | "path" | "place" | "name">[]): RuleScope {
  const common = <T>(values: readonly T[]): T | null => (new Set(values).size === 1 ? values[0]! : null);
  const place = common(samples.map((sample) => sample.place));
  const parameter = place === null ? null : common(samples.map((sample) => normalName(place, sample.name)));
  return {
    method: common(samples.map(({ method }) => method)),
    path: commonPath(samples.map(({ path }) => templateOf(path))),
    place,
    // A segment of a path has no name.
    parameter: parameter === "" ? null : parameter,
  };
}

/** One template for several: segments that differ stand for any; null where their number differs, or nothing is left. */
function commonPath(templates: readonly string[]): string | null {
  const [first = [], ...others] = templates.map(segmentsOf);
  if (others.some((segments) => segments.length !== first.length)) return null;
  const parts = first.map((part, i) => (others.every((segments) => segments[i] === part) ? part : "{any}"));
  return parts.length > 0 && parts.every(isVariable) ? null : `/${parts.join("/")}`;
}

/** Every reading of every ordinary value, once. */
function readings(benign: readonly BenignValue[]): string[] {
  return [
    ...new Set(
      benign.flatMap(({ text, place }) =>
        canonicalize(text, place === null ? {} : { place }).layers.map((layer) => layer.text),
      ),
    ),
  ];
}
