import { type Place, payloadClasses } from "../../../shared/payload.ts";
import { log } from "../base/math.ts";
import type { ClassifierOutput, PayloadClassifier } from "../detect/payload.ts";
import { sharesOfGame } from "./brute-force.ts";

/** A stretch of a value and its share of the judgement. */
export interface ShareOfSpan {
  /** UTF-16 offsets in the value. */
  readonly start: number;
  readonly end: number;
  /** Change of the log-odds of being an attack, signed. */
  readonly contribution: number;
}

/** baseLogOdds + Σ contributions = logOdds, up to rounding. */
export interface PayloadShares {
  /** Of what is left of the value without its stretches; of the empty value when they cover it all. */
  readonly baseLogOdds: number;
  readonly logOdds: number;
  /** In the order of the value, without overlaps. */
  readonly spans: readonly ShareOfSpan[];
}

const benign = payloadClasses.indexOf("benign");
/** Probabilities nearer to 0 and 1 than this tell nothing more. */
const least = 1e-9;
/** Values up to this length are covered whole, the stretches between the decisive ones too: with 512 scores at most. */
const longestCovered = 400;

/** Log-odds of being an attack of whatever class. */
export function attackLogOdds({ probabilities }: Pick<ClassifierOutput, "probabilities">): number {
  const p = Math.min(1 - least, Math.max(least, probabilities[benign]!));
  return log((1 - p) / p);
}

/** Decisive stretches are divided until there are so many, fewer where each of the coalitions takes longer to score. */
const enoughPlayers = (text: string) => (text.length <= 160 ? 8 : 5);
/** Where a stretch may be divided: after escapes, words, blanks and runs of punctuation. */
const tokens = /(?:%[0-9a-f]{2})+|[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s%]+|%/giu;

/**
 * Exact Shapley values of the stretches of a value that the classifier points at, divided into words, and of those between them: in
 * a coalition the others are deleted, and the worth is the deployed classifier's log-odds for what is left. Enumerated, so exact.
 */
export function explainPayload(classifier: PayloadClassifier, text: string, place: Place | undefined): PayloadShares {
  const context = place === undefined ? undefined : { place };
  const output = classifier.classify(text, context);
  const decisive = mergeSpans(output.spans);
  const cover = text.length <= longestCovered && decisive.length > 0 ? coverAll(decisive, text.length) : decisive;
  const players = divide(cover, decisive, text);
  if (players.length === 0) return { baseLogOdds: attackLogOdds(output), logOdds: attackLogOdds(output), spans: [] };
  const all = 2 ** players.length - 1;
  const worth = (coalition: number): number => {
    let left = "";
    let at = 0;
    for (const [i, { start, end }] of players.entries()) {
      left += text.slice(at, coalition & (1 << i) ? end : start);
      at = end;
    }
    return attackLogOdds(classifier.score(left + text.slice(at), context));
  };
  const shares = sharesOfGame(players.length, worth);
  return {
    baseLogOdds: worth(0),
    logOdds: worth(all),
    spans: players.map(({ start, end }, i) => ({ start, end, contribution: shares[i]! })),
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** In order; those that overlap or touch as one. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of spans.filter((s) => s.end > s.start).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** Divides the longest decisive stretch in the middle, at the end of a token, until there are enough. */
function divide(cover: readonly Span[], decisive: readonly Span[], text: string): Span[] {
  const ends = decisive.flatMap(({ start, end }) => tokenEnds(text.slice(start, end), start));
  const endsIn = (span: Span) => ends.filter((end) => end > span.start && end < span.end);
  let players = [...cover];
  while (players.length < enoughPlayers(text)) {
    const [longest] = players
      .filter((span) => endsIn(span).length > 0)
      .sort((a, b) => b.end - b.start - (a.end - a.start));
    if (longest === undefined) break;
    const middle = (longest.start + longest.end) / 2;
    const at = endsIn(longest).reduce((best, end) => (Math.abs(end - middle) < Math.abs(best - middle) ? end : best));
    const halves = [
      { start: longest.start, end: at },
      { start: at, end: longest.end },
    ];
    players = players.flatMap((span) => (span === longest ? halves : [span]));
  }
  return players;
}

/** Offsets inside the text, not at its edges, at which a token ends. */
function tokenEnds(text: string, from: number): number[] {
  return [...text.matchAll(tokens)].slice(0, -1).map((token) => from + token.index + token[0].length);
}

function coverAll(spans: readonly Span[], length: number): Span[] {
  const cover: Span[] = [];
  let at = 0;
  for (const span of spans) {
    if (span.start > at) cover.push({ start: at, end: span.start });
    cover.push(span);
    at = span.end;
  }
  if (at < length) cover.push({ start: at, end: length });
  return cover;
}
