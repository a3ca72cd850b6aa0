import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { families } from "./families.ts";

const benignClass = payloadClasses.indexOf("benign");
const classOfFamily = families.map((family) => payloadClasses.indexOf(family.class));

export interface ClassOutcome {
  /** In the order of `payloadClasses`; sums to 1. csrf is 0: it is judged on the request. */
  readonly probabilities: number[];
  readonly best: PayloadClass;
  /** Null when it says no more than the class. */
  readonly family: string | null;
}

/** Sums families into the seven classes. On a tie benign wins, then the first class. */
export function toClasses(familyProbabilities: Float64Array): ClassOutcome {
  const probabilities = new Array<number>(payloadClasses.length).fill(0);
  for (let k = 0; k < families.length; k++) probabilities[classOfFamily[k]!]! += familyProbabilities[k]!;
  let best = benignClass;
  for (let c = 0; c < probabilities.length; c++) if (probabilities[c]! > probabilities[best]!) best = c;
  let family = -1;
  for (let k = 0; k < families.length; k++) {
    if (classOfFamily[k] !== best) continue;
    if (family < 0 || familyProbabilities[k]! > familyProbabilities[family]!) family = k;
  }
  const name = families[family]!.name;
  return { probabilities, best: payloadClasses[best]!, family: name === payloadClasses[best] ? null : name };
}

/** Conformal set: the classes whose probability reaches their threshold, in the order of `payloadClasses`. */
export function classSet(probabilities: readonly number[], thresholds: readonly number[]): PayloadClass[] {
  return payloadClasses.filter((_, c) => probabilities[c]! > 0 && probabilities[c]! >= thresholds[c]!);
}
