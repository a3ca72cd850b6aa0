import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { exp, log } from "../../base/math.ts";
import { families } from "./families.ts";

const benignClass = payloadClasses.indexOf("benign");
const classOfFamily = families.map((family) => payloadClasses.indexOf(family.class));
/** Below this a probability tells nothing more. */
const leastProbability = 1e-12;

/** How raw probabilities become calibrated ones: q(c) ∝ exp((log p(c) + shift of benign) / temperature). */
export interface Calibration {
  readonly temperature: number;
  readonly benignShift: number;
}

const classSums = new Float64Array(payloadClasses.length);

/**
 * Sums families into the seven classes, in the order of `payloadClasses`. csrf is 0: it is judged on the request.
 * @returns overwritten by the next call
 */
export function sumToClasses(familyProbabilities: Float64Array): Float64Array {
  classSums.fill(0);
  for (let k = 0; k < families.length; k++) classSums[classOfFamily[k]!]! += familyProbabilities[k]!;
  return classSums;
}

const powers = new Float64Array(payloadClasses.length);
const logarithms = new Float64Array(payloadClasses.length);

/** Logarithms of class probabilities, as `calibratedShare` takes them. @param into is filled with them and returned */
export function logarithmsOf(
  probabilities: ArrayLike<number>,
  into: Float64Array = new Float64Array(payloadClasses.length),
): Float64Array {
  for (let c = 0; c < into.length; c++) {
    const p = probabilities[c]!;
    into[c] = p === 0 ? Number.NEGATIVE_INFINITY : log(Math.max(p, leastProbability));
  }
  return into;
}

/** Fills `powers` with the calibrated shares. @returns their sum */
function raise(logs: Float64Array, { temperature, benignShift }: Calibration): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < powers.length; c++) {
    const z = logs[c]!;
    powers[c] = (c === benignClass ? z + benignShift : z) / temperature;
    if (powers[c]! > top) top = powers[c]!;
  }
  let total = 0;
  for (let c = 0; c < powers.length; c++) {
    powers[c] = exp(powers[c]! - top);
    total += powers[c]!;
  }
  return total;
}

/** What `calibrate` says of one class; for many calibrations of the same probabilities, whose logarithms are the same. */
export function calibratedShare(logs: Float64Array, calibration: Calibration, classIndex: number): number {
  const total = raise(logs, calibration);
  return powers[classIndex]! / total;
}

/** Calibrated class probabilities; they sum to 1, and csrf stays 0. */
export function calibrate(probabilities: ArrayLike<number>, calibration: Calibration): number[] {
  const total = raise(logarithmsOf(probabilities, logarithms), calibration);
  const out = new Array<number>(powers.length);
  for (let c = 0; c < powers.length; c++) out[c] = powers[c]! / total;
  return out;
}

/** Position of the likeliest class; on a tie benign wins, then the first. */
export function likeliest(probabilities: readonly number[]): number {
  let best = benignClass;
  for (let c = 0; c < probabilities.length; c++) if (probabilities[c]! > probabilities[best]!) best = c;
  return best;
}

/** The likeliest family within a class; null when it says no more than the class. */
export function familyOf(familyProbabilities: Float64Array, classIndex: number): string | null {
  let best = -1;
  for (let k = 0; k < families.length; k++) {
    if (classOfFamily[k] !== classIndex) continue;
    if (best < 0 || familyProbabilities[k]! > familyProbabilities[best]!) best = k;
  }
  const family = families[best];
  return family === undefined || family.name === payloadClasses[classIndex] ? null : family.name;
}

/** Every set that can be told, made once: at its bits, the classes in the order of `payloadClasses`. */
const classSets = Array.from({ length: 1 << payloadClasses.length }, (_, bits) =>
  payloadClasses.filter((_class, c) => ((bits >> c) & 1) === 1),
);

/** Conformal set: the classes whose probability reaches their threshold, in the order of `payloadClasses`. */
export function classSet(probabilities: readonly number[], thresholds: readonly number[]): readonly PayloadClass[] {
  let bits = 0;
  for (let c = 0; c < probabilities.length; c++) {
    if (probabilities[c]! > 0 && probabilities[c]! >= thresholds[c]!) bits |= 1 << c;
  }
  return classSets[bits]!;
}
