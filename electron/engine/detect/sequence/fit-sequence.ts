import { describeReference, type FeatureReference } from "../anomaly/reference.ts";
import type { RequestStep } from "./request-step.ts";
import { createSequenceModel, type SequenceContent, start } from "./sequence-model.ts";
import { followSession } from "./session-surprise.ts";

/** Names of the features that a model gives a session, in the order of its reference. */
export const sequenceFeatureNames = ["sequence_surprise", "sequence_surprise_peak"] as const;

const order = 3;
/** A route becomes a symbol of its own from so many sessions on: rarer ones are known by their shape. */
const leastSessions = 3;
/** Contexts of two and more requests that occurred less often tell nothing that the shorter one does not. */
const leastOccurrences = 3;
const folds = 5;

/**
 * Fits a model of sequences to benign sessions. Deterministic: the same sessions in the same order give the same content.
 *
 * Each session is learnt twice, by its routes and by its shapes, so that an application that was never seen is judged by the latter.
 *
 * @throws RangeError without sessions
 */
export function fitSequence(sessions: readonly (readonly RequestStep[])[]): SequenceContent {
  if (sessions.length === 0) throw new RangeError("a model of sequences needs at least one session");
  return { ...count(sessions), reference: crossFit(sessions) };
}

function count(sessions: readonly (readonly RequestStep[])[]): Omit<SequenceContent, "reference"> {
  const symbols = commonNames(sessions);
  const bySymbol = new Map(symbols.map((name, i) => [name, i]));
  const counts = new Map<string, { context: number[]; next: Map<number, number> }>();
  const learn = (names: readonly string[]) => {
    const before = [start];
    for (const name of names) {
      const symbol = bySymbol.get(name) ?? symbols.length;
      for (let length = 0; length <= Math.min(order, before.length); length++) {
        const context = before.slice(before.length - length);
        const key = context.join(" ");
        const known = counts.get(key) ?? { context, next: new Map<number, number>() };
        counts.set(key, known);
        known.next.set(symbol, (known.next.get(symbol) ?? 0) + 1);
      }
      before.push(symbol);
      if (before.length > order) before.shift();
    }
  };
  for (const steps of sessions) {
    learn(steps.map(({ route, shape }) => (bySymbol.has(route) ? route : shape)));
    learn(steps.map(({ shape }) => shape));
  }
  const contexts = [...counts.values()]
    .map(({ context, next }) => ({ context, next: [...next].sort(([a], [b]) => a - b) }))
    .filter(({ context, next }) => context.length < 2 || next.reduce((sum, [, n]) => sum + n, 0) >= leastOccurrences)
    .sort((a, b) => a.context.length - b.context.length || compare(a.context, b.context));
  return { order, sessions: sessions.length, symbols, contexts };
}

/** Routes of enough sessions, and all shapes; sorted. */
function commonNames(sessions: readonly (readonly RequestStep[])[]): string[] {
  const seenIn = new Map<string, number>();
  const shapes = new Set<string>();
  for (const steps of sessions) {
    for (const route of new Set(steps.map((step) => step.route))) seenIn.set(route, (seenIn.get(route) ?? 0) + 1);
    for (const { shape } of steps) shapes.add(shape);
  }
  const routes = [...seenIn].filter(([, sessionCount]) => sessionCount >= leastSessions).map(([route]) => route);
  return [...routes, ...shapes].sort();
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** Each session as a model sees it that was fitted to the others: the spread that new sessions are to be compared with. */
function crossFit(sessions: readonly (readonly RequestStep[])[]): FeatureReference[] {
  const rows: Float64Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const others = sessions.filter((_, i) => i % folds !== fold);
    if (others.length === 0) continue;
    const model = createSequenceModel({ ...count(others), reference: [] }, "");
    for (const steps of sessions.filter((_, i) => i % folds === fold)) {
      const session = followSession(model);
      for (const step of steps) session.add(step);
      const { mean, peak } = session.finish();
      rows.push(Float64Array.of(mean, peak));
    }
  }
  return describeReference(rows, sequenceFeatureNames);
}
