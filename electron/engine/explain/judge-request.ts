import { type PayloadClass, payloadClasses } from "../../../shared/payload.ts";
import { describeFinding, forgedHeader } from "../detect/analysis/describe-finding.ts";
import { shownReading } from "../detect/analysis/shown-reading.ts";
import { showsValue } from "../detect/analysis/shown-value.ts";
import { canonicalize } from "../detect/canonical/canonicalize.ts";
import { judgeCsrf } from "../detect/csrf.ts";
import { extractPayloads } from "../detect/extract/extract-payloads.ts";
import { attackScore } from "../detect/features/score-features.ts";
import type { JudgedOutcome } from "../detect/outcome.ts";
import type { ClassifierOutput, PayloadClassifier, PayloadValue } from "../detect/payload.ts";
import type { DeployedPayload } from "../detect/serving/deployed-payload.ts";
import type { FindingRecord } from "../detect/verdicts/verdict-record.ts";
import { type Exchange, renderRequest } from "../evidence/exchange.ts";
import { mask } from "../evidence/secrets.ts";
import { explainPayload } from "./payload-shares.ts";

export interface JudgeTask {
  /** The payload model that decided. */
  readonly model: DeployedPayload;
  readonly exchange: Exchange;
  /** From this probability on a value counts as an attack. */
  readonly threshold: number;
}

export interface AttacksTask extends JudgeTask {
  /** Whether a forged request counts as an attack. */
  readonly withForgery: boolean;
}

/** A value as it was judged; texts are masked. */
export interface ValueJudgement extends Pick<PayloadValue, "place" | "name" | "start" | "end"> {
  readonly text: string;
  readonly canonical: string;
  readonly decodings: readonly string[];
  readonly output: ClassifierOutput;
  readonly attack: number;
  readonly runnerUp: { readonly class: PayloadClass; readonly probability: number };
  readonly parts: readonly { readonly text: string; readonly contribution: number }[] | null;
}

export interface RequestJudgement {
  /** The likeliest attacks first. */
  readonly values: readonly ValueJudgement[];
  readonly total: number;
  readonly forged: boolean;
}

const mostValues = 100;
/** Characters of a name that are shown. */
const longestName = 200;
/** Values whose parts are worked out: each costs up to 512 scores. */
const mostExplained = 3;
const mostParts = 8;

/** Judges every value of a request again, by the classifier that decided. */
export function judgeRequest(classifier: PayloadClassifier, exchange: Exchange, threshold: number): RequestJudgement {
  const { values } = extractPayloads(exchange, renderRequest(exchange));
  const judged = values
    .map((value) => ({ value, attack: attackScore(classifier.score(value.text, value)) }))
    .sort((a, b) => b.attack - a.attack || a.value.start - b.value.start)
    .slice(0, mostValues)
    .map(({ value }, i) => judgeValue(classifier, value, threshold, i < mostExplained));
  return { values: judged, total: values.length, forged: judgeCsrf(exchange) !== null };
}

/** Says nothing of how the attack went: the other answers of its page are not at hand. */
const notJudged: JudgedOutcome = {
  outcome: "not_available",
  reason: "Only judged for payloads that are kept with the verdict.",
};

/** The attacks of a request, the likeliest first, as they would have been stored. @param withForgery whether forged requests count */
export function findAttacks(
  classifier: PayloadClassifier,
  exchange: Exchange,
  threshold: number,
  withForgery: boolean,
): FindingRecord[] {
  const rendered = renderRequest(exchange);
  const describe = (value: PayloadValue, output: ClassifierOutput) =>
    describeFinding(exchange, rendered, value, output, notJudged);
  const found = extractPayloads(exchange, rendered)
    .values.map((value) => ({ value, attack: attackScore(classifier.score(value.text, value)) }))
    .filter(({ attack }) => attack >= threshold)
    .sort((a, b) => b.attack - a.attack || a.value.start - b.value.start)
    .slice(0, mostValues)
    .map(({ value }) => describe(value, classifier.classify(value.text, value)));
  const forgery = withForgery ? judgeCsrf(exchange) : null;
  return forgery === null ? found : [...found, describe(forgedHeader(exchange, rendered, forgery), forgery.output)];
}

function judgeValue(
  classifier: PayloadClassifier,
  value: PayloadValue,
  threshold: number,
  isExplained: boolean,
): ValueJudgement {
  const output = classifier.classify(value.text, value);
  const attack = attackScore(output);
  const canonical = canonicalize(value.text, { place: value.place });
  const reading = shownReading(canonical, output);
  const shown = showsValue(value, attack >= threshold && output.class !== "benign", canonical.layers.at(-1)!.text);
  const text = shown(value.text);
  const { place, start, end } = value;
  return {
    place,
    name: mask(value.name).slice(0, longestName),
    start,
    end,
    text,
    canonical: shown(reading.text),
    decodings: reading.decodings,
    output: { ...output, spans: [] },
    attack,
    runnerUp: runnerUpOf(output),
    // SECURITY: parts are pieces of the value itself: none of one that is masked.
    parts: isExplained && text === value.text ? partsOf(classifier, value) : null,
  };
}

function runnerUpOf(output: ClassifierOutput): ValueJudgement["runnerUp"] {
  const others = payloadClasses
    .map((name, i) => ({ class: name, probability: output.probabilities[i]! }))
    .filter((each) => each.class !== output.class);
  return others.reduce((best, each) => (each.probability > best.probability ? each : best));
}

function partsOf(classifier: PayloadClassifier, { text, place }: PayloadValue): ValueJudgement["parts"] {
  return explainPayload(classifier, text, place)
    .spans.map(({ start, end, contribution }) => ({ text: text.slice(start, end), contribution }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, mostParts);
}
