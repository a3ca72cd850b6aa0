import type { Place } from "../../../../shared/payload.ts";
import type { Family } from "../../detect/classifier/families.ts";

/** One value with what it is, as a fit reads it. */
export interface LabelledText {
  readonly text: string;
  readonly family: Family;
  /** Where it came from. A calibration lets sources count alike. */
  readonly source: string;
  /** Where it stood; null: not known. */
  readonly place: Place | null;
}

/** A generated value. */
export interface GeneratedText extends LabelledText {
  /** How it is disguised, or what kind of text it is. */
  readonly kind: string;
  /** Name of the parameter; generated values have none. */
  readonly name: string;
}
