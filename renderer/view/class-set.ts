import type { PayloadClass } from "../../shared/payload.ts";
import { classLabels } from "./labels.ts";

/** Why an analyst is needed: no class, or several, are in the conformal set. null: one is, or nothing is known of a set. */
export function doubtInWords(set: readonly PayloadClass[] | undefined): string | null {
  if (set === undefined || set.length === 1) return null;
  return set.length === 0
    ? "less sure of any class than for most known payloads"
    : `could be ${set.map((name) => classLabels[name]).join(" or ")}`;
}
