import { createRandom } from "./random.ts";
import type { Suspicion } from "./suspicion.ts";

/** A small schema with every kind of suspicion, for tests and measurements. */
export const syntheticSchema = ["requests", "errors", "pace", "gap", "quotes", "harmless"];
export const syntheticSuspicions: readonly Suspicion[] = [
  { feature: "errors", side: "high", ordinary: 0.2, extreme: 0.8, scale: "linear", weight: 1 },
  { feature: "pace", side: "high", ordinary: 60, extreme: 3000, scale: "log", weight: 2 },
  { feature: "gap", side: "low", ordinary: 0.5, extreme: 0.01, scale: "log", weight: 1 },
  { feature: "quotes", side: "high", ordinary: 1, extreme: 30, scale: "log", weight: 2 },
];

/** Honest sessions over the synthetic schema; some do not know their pace and gap. */
export function drawSyntheticSessions(n: number, seed: number): Float64Array[] {
  const random = createRandom(seed);
  const skewed = (scale: number) => scale * random.next() ** 3;
  return Array.from({ length: n }, () => {
    const timed = random.next() > 0.2;
    return Float64Array.of(
      1 + random.integer(80),
      skewed(0.3),
      timed ? skewed(90) : Number.NaN,
      timed ? 0.3 + skewed(20) : Number.NaN,
      random.next() < 0.9 ? 0 : random.integer(3),
      skewed(1000),
    );
  });
}
