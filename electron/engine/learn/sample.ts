import type { PayloadClass, Place } from "../../../shared/payload.ts";

/** One payload with what it is, as a dataset version holds it. */
export interface DatasetRow {
  /** Content id of place and text: contentId("sample", place ?? "", text). */
  readonly id: string;
  /** Masked as findings are, at most 8,192 characters. */
  readonly text: string;
  /** Where it stood; null: not known. */
  readonly place: Place | null;
  readonly label: PayloadClass;
  /** Where it came from: "alert", "labelling", "add-sample", "false-positive", or the name of an imported file. */
  readonly source: string;
  /** Near-duplicates and the payloads of one campaign have the same group and so the same split. */
  readonly group: string;
  readonly split: "train" | "validation" | "test";
  /** Epoch ms when it was labelled. */
  readonly labelledAt: number;
  /** Whether somebody said that it is a false positive: see `Statement`. */
  readonly isFalsePositive: boolean;
}

/** What training reads: rows of an immutable version, in the order of their ids. */
export interface DatasetVersion {
  /** Content hash over id, label, split of all rows. */
  readonly id: string;
  readonly rows: readonly DatasetRow[];
}
