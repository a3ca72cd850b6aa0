import type { Place } from "../../../shared/payload.ts";
import type { Family } from "../../engine/detect/classifier/families.ts";

/** One labelled value. */
export interface Sample {
  readonly text: string;
  readonly family: Family;
  /** Where it came from: a public list, a grammar, a folder. Folds leave whole sources out. */
  readonly source: string;
  /** Kind within the source: a technique, a kind of text. */
  readonly kind: string;
  /** Where it stood, when that is known or can be said of its kind. */
  readonly place: Place | null;
  readonly name: string;
}
