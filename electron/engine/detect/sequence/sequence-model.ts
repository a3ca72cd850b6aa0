import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import { log } from "../../base/math.ts";
import type { FeatureReference } from "../anomaly/reference.ts";
import type { RequestStep } from "./request-step.ts";

/** What followed a context, and how often: pairs of symbol and count, ascending by symbol. */
export interface ContextCounts {
  /** The symbols before, oldest first, at most `order`; the beginning of a session is `start`. */
  readonly context: readonly number[];
  readonly next: readonly (readonly [symbol: number, count: number])[];
}

/** What a model of sequences is made of; plain data, the same bytes in a file for the same content. */
export interface SequenceContent {
  /** Longest context, requests. */
  readonly order: number;
  /** Benign sessions it was fitted to. */
  readonly sessions: number;
  /** Routes and shapes; a symbol is the position. */
  readonly symbols: readonly string[];
  readonly contexts: readonly ContextCounts[];
  /** Spread of the features over benign sessions, each scored by a model that had not seen it. */
  readonly reference: readonly FeatureReference[];
}

/** Stands before a session's first request, in contexts only. */
export const start = -1;

/** Says how unusual each request is after those before it. */
export interface SequenceModel {
  /** SHA-256 of the content as it is written to a file. */
  readonly hash: string;
  readonly reference: readonly FeatureReference[];
  readonly order: number;
  /** The route where the model knows it, else its shape, else `symbols.length`: never seen. */
  symbolOf(step: RequestStep): number;
  /** Whether the route itself is known, and not only its shape. */
  knowsRoute(step: RequestStep): boolean;
  /**
   * Surprise of a request, -log2 of its probability.
   * @param before symbols before it, the last one last; `start` before the first
   * @returns bits, above 0, finite
   */
  surprise(before: readonly number[], symbol: number): number;
}

interface KnownContext {
  readonly total: number;
  readonly counts: ReadonlyMap<number, number>;
}

/**
 * A Markov model of variable order. The probability of a request after a context is mixed from all shorter contexts, each weighted by
 * how often something new followed it: p(s|c) = (n(cs) + t(c)·p(s|c')) / (n(c) + t(c)), c' being c without its oldest symbol, t(c)
 * the number of different followers; before everything stands the uniform distribution over all symbols and "never seen".
 * Source: Witten & Bell 1991, "The zero-frequency problem", method C, interpolated as in Begleiter, El-Yaniv & Yona 2004, "On
 * prediction using variable order Markov models".
 */
export function createSequenceModel(
  content: SequenceContent,
  hash: string = sha256(writeSequence(content)),
): SequenceModel {
  const { order, symbols } = content;
  const bySymbol = new Map(symbols.map((name, i) => [name, i]));
  const contexts = new Map<string, KnownContext>();
  for (const { context, next } of content.contexts) {
    const total = next.reduce((sum, [, count]) => sum + count, 0);
    contexts.set(context.join(" "), { total, counts: new Map(next) });
  }
  const uniform = 1 / (symbols.length + 1);
  return {
    hash,
    reference: content.reference,
    order,
    symbolOf: ({ route, shape }) => bySymbol.get(route) ?? bySymbol.get(shape) ?? symbols.length,
    knowsRoute: ({ route }) => bySymbol.has(route),
    surprise(before, symbol) {
      let p = uniform;
      let key = "";
      for (let length = 0; length <= Math.min(order, before.length); length++) {
        if (length > 0) key = length === 1 ? `${before.at(-1)}` : `${before.at(-length)} ${key}`;
        const known = contexts.get(key);
        // A context that was never seen has no longer one that was.
        if (known === undefined) break;
        const different = known.counts.size;
        p = ((known.counts.get(symbol) ?? 0) + different * p) / (known.total + different);
      }
      return -log(p) / Math.LN2;
    },
  };
}

/** The content as text (canonical JSON). */
export function writeSequence(content: SequenceContent): string {
  return canonicalJson({
    order: content.order,
    sessions: content.sessions,
    symbols: content.symbols,
    contexts: content.contexts.map(({ context, next }) => [context, next.flat()]),
    reference: content.reference.map(({ name, sessions, quantiles }) => ({
      name,
      sessions,
      quantiles: quantiles === null ? null : [...quantiles],
    })),
  });
}
