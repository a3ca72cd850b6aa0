import type { PayloadClass } from "../../shared/payload.ts";
import { classLabels } from "./labels.ts";

/** Why an analyst is needed: the conformal set is not just the class that is said. null: it is, or nothing is known of a set. */
export function doubtInWords(said: PayloadClass, set: readonly PayloadClass[] | undefined): string | null {
  if (set === undefined || (set.length === 1 && set[0] === said)) return null;
  if (set.length === 0) return "less sure of any class than for most known payloads";
  const could = `could be ${set.map((name) => classLabels[name]).join(" or ")}`;
  // A rare class, whose threshold is low, may be all that is left.
  return set.includes(said) ? could : `less sure of ${classLabels[said]} than for most known ones, ${could}`;
}
