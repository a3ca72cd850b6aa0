import type { PayloadClass } from "../../shared/payload.ts";
import { classLabels } from "./labels.ts";

/** Why an analyst is needed: the conformal set is not just the class that is said. null: it is, or nothing is known of a set. */
export function doubtInWords(said: PayloadClass, set: readonly PayloadClass[] | undefined): string | null {
  if (set === undefined || (set.length === 1 && set[0] === said)) return null;
  if (set.length === 0) return "less sure of any class than for most known payloads";
  // What is left then is rare classes with a low threshold, and no likelier for that.
  if (!set.includes(said)) return `less sure of ${classLabels[said]} than for most known payloads of it`;
  return `could be ${set.map((name) => classLabels[name]).join(" or ")}`;
}
