import type { Place } from "../../../shared/payload.ts";
import { contentId } from "../base/ids.ts";
import { comparedText } from "./near-duplicates.ts";

/** What tells which rows belong to one client and day, or are written alike. */
export interface UnitRow {
  readonly text: string;
  readonly place: Place | null;
  /** Null: nobody knows whose it was. */
  readonly campaign: string | null;
}

/**
 * Name of what a row is counted with where it matters that other rows have no say in it: what its client did on its day, or, where no
 * client is known, the values that differ from it in numbers, spacing and letters' size alone. A function of the row: whichever others
 * come or go, those of one unit are one unit.
 */
export function unitOf({ text, place, campaign }: UnitRow): string {
  return campaign === null ? contentId("alike", comparedText(text, place)) : contentId("campaign", campaign);
}
