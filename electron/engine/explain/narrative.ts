import type { PayloadClass, Place } from "../../../shared/payload.ts";
import { requestNumber } from "../../../shared/request-number.ts";
import type { AttackOutcome, FeatureInContext, ShapSummary, VerdictKind } from "../../../shared/verdict.ts";
import { phraseFeature } from "./feature-phrases.ts";
import { count, formatShare, joinPhrases, nameAttack, namePlace, nameRequest } from "./phrases.ts";

/** The worst value of a session, and how many others look like attacks. */
export interface WorstPayload {
  /** Attack probability. */
  readonly probability: number;
  /** The likeliest attack class, also where benign is likelier still. */
  readonly class: PayloadClass;
  readonly family: string | null;
  readonly place: Place;
  readonly name: string;
  /** Method and path, query stripped. */
  readonly requestLine: string;
  /** Values of the session, this one included, that are more likely an attack than not. */
  readonly suspicious: number;
}

export interface NarrativeInput {
  readonly verdict: VerdictKind;
  readonly score: number;
  readonly behavioralScore: number;
  readonly tagThreshold: number;
  readonly requests: number;
  /** null: the session has no values. */
  readonly worst: WorstPayload | null;
  readonly outcome: AttackOutcome;
  /** Index of the request whose response told the outcome; null: that of the worst value, or no response did. */
  readonly outcomeRequest: number | null;
  readonly context: readonly FeatureInContext[];
  readonly shapley: ShapSummary;
}

/** Share of the score below which a feature is not worth a reader's time. */
const leastContribution = 0.01;
const mostFeatures = 3;
/** Attack probability below which a value is not mentioned as doubtful. */
const leastDoubt = 0.05;

const outcomes: Readonly<Record<Exclude<AttackOutcome, "not_available">, (attack: string) => string>> = {
  succeeded: (attack) => `shows that ${attack} worked`,
  likely_succeeded: (attack) => `suggests that ${attack} worked`,
  unclear: (attack) => `does not tell whether ${attack} worked`,
  likely_failed: (attack) => `suggests that ${attack} failed`,
};

/** What the responses tell. The worst value and the one that worked are often in different requests. */
function describeOutcome({ outcome, outcomeRequest }: NarrativeInput): string {
  if (outcome === "not_available") return "The evidence has no response to tell whether it worked.";
  return outcomeRequest === null
    ? `The response ${outcomes[outcome]("it")}.`
    : `The response to request #${requestNumber(outcomeRequest)} ${outcomes[outcome]("the attack there")}.`;
}

/**
 * Says in two to four plain sentences why a session was flagged, or why not. By rule: the same input gives the same words. Holds
 * no text of the traffic but plain names of parameters and paths, so that it may be shown, logged and exported unmasked.
 */
export function narrate(input: NarrativeInput): string {
  return (input.verdict === "benign" ? explainBenign(input) : explainFlagged(input)).join(" ");
}

function explainFlagged(input: NarrativeInput): string[] {
  const { worst } = input;
  const unusual = unusualBehaviour(input);
  if (worst === null || worst.probability < 0.5) {
    const most = unusual.length > 0 ? `: ${joinPhrases(unusual)}` : "";
    return [`The session behaves like an attack${most}.`, describeDoubt(input)];
  }
  const attack = nameAttack(worst.class, worst.family);
  const where = `${namePlace(worst.place, worst.name)} of ${nameRequest(worst.requestLine, worst.place)}`;
  const what =
    worst.class === "csrf"
      ? `${capitalize(nameRequest(worst.requestLine, null))} looks like ${attack}`
      : `${capitalize(where)} carries ${worst.probability >= 0.9 ? "" : "what looks like "}${attack}`;
  const others = worst.suspicious - 1;
  const sentences = [
    `${what} (attack probability ${nameProbability(worst.probability)})` +
      (others > 0
        ? `, and ${count(others, "more value looks like an attack", "more values look like attacks")}.`
        : "."),
    describeOutcome(input),
  ];
  if (unusual.length > 0) sentences.push(`Unusual behaviour besides: ${joinPhrases(unusual)}.`);
  else if (input.behavioralScore < 0.2) sentences.push("Otherwise the session behaves like ordinary ones.");
  return sentences;
}

function explainBenign(input: NarrativeInput): string[] {
  const score = cutScore(input.score);
  const below = input.tagThreshold - input.score < 0.005 ? "less than 0.01" : (input.tagThreshold - score).toFixed(2);
  const unusual = unusualBehaviour(input);
  return [
    `Not flagged: the score of ${score.toFixed(2)} is ${below} below the threshold of ${input.tagThreshold.toFixed(2)}.`,
    describeDoubt(input),
    unusual.length > 0 ? `Most unusual in its behaviour: ${joinPhrases(unusual)}.` : "Its behaviour is ordinary.",
  ];
}

/** What was nearest to an attack among the values. */
function describeDoubt({ worst, requests }: NarrativeInput): string {
  const session = requests === 1 ? "its one request" : `its ${count(requests, "request")}`;
  if (worst === null) return `There is no value in ${session} that a client could choose.`;
  if (worst.probability < leastDoubt) return `No value in ${session} looks like an attack.`;
  const subject =
    worst.class === "csrf"
      ? nameRequest(worst.requestLine, null)
      : `${namePlace(worst.place, worst.name)} of ${nameRequest(worst.requestLine, worst.place)}`;
  return `Nearest to an attack is ${subject}: ${nameAttack(worst.class, worst.family)} with an attack probability of ${nameProbability(worst.probability)}.`;
}

/** The features that raised the score most, among those outside the reference range. */
function unusualBehaviour({ context, shapley }: NarrativeInput): string[] {
  const byName = new Map(context.map((feature) => [feature.name, feature]));
  return shapley.values
    .filter(({ contribution }) => contribution >= leastContribution)
    .sort((a, b) => b.contribution - a.contribution)
    .flatMap(({ feature }) => {
      const known = byName.get(feature);
      const said = known === undefined ? null : phraseFeature(known);
      return said === null ? [] : [said];
    })
    .slice(0, mostFeatures);
}

/** Two figures after the point, cut as the screens cut them: a score below a threshold is never rounded up to it. */
function cutScore(score: number): number {
  return Math.floor(score * 100 + 1e-9) / 100;
}

/** As the screens show it: cut off, not rounded. */
function nameProbability(probability: number): string {
  return formatShare(probability < 0.01 || probability > 0.99 ? probability : cutScore(probability));
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
