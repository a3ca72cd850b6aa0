import { createRandom, type Random } from "../../detect/anomaly/random.ts";

/** How one made-up number is drawn for a session that is so busy; NaN: its evidence does not tell it. */
type Draw = (busy: number, isTimed: boolean, random: Random) => number;

/** Numbers of every shape that session features have: sizes, shares that are mostly 0, counts, rare flags, constants, times. */
const shapes: readonly Draw[] = [
  (busy, _timed, random) => 100 * (1 + busy) * (0.2 + random.next() ** 2),
  (busy, _timed, random) => (random.next() < 0.6 ? 0 : Math.round(1000 * busy * random.next()) / 3000),
  (busy, _timed, random) => 1 + Math.floor((5 * busy) / (0.1 + random.next())),
  (_busy, _timed, random) => (random.next() < 0.03 ? 1 : 0),
  (_busy, _timed, random) => (random.next() < 0.002 ? 1 : 0),
  (busy, isTimed, random) => (isTimed ? 0.3 + (busy * 20) / (0.05 + random.next()) : Number.NaN),
  (busy, isTimed, random) => (isTimed && random.next() < 0.5 ? busy : Number.NaN),
  (_busy, _timed, random) => random.next(),
];

/** Names of made-up numbers, of each shape in turn. */
export function trafficSchema(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `made_up_${i}`);
}

/**
 * Made-up sessions of one population. Most numbers depend on how busy a session is, and so move together; a fifth of the sessions know
 * no times.
 */
export function drawTraffic(sessions: number, features: number, seed: number): Float64Array[] {
  const random = createRandom(seed);
  return Array.from({ length: sessions }, () => {
    const busy = random.next() ** 2;
    const isTimed = random.next() > 0.2;
    return Float64Array.from({ length: features }, (_, i) => shapes[i % shapes.length]!(busy, isTimed, random));
  });
}
