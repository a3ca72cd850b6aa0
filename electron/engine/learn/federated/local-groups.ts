import { unitOf } from "../row-unit.ts";
import type { DatasetRow } from "../sample.ts";
import { groupOfUnit, splitOf } from "../split.ts";
import { createPreparer } from "../training/prepare.ts";
import type { LocalGroup } from "./local-update.ts";
import { type PublicFrame, updateClasses } from "./public-frame.ts";

/** What a reported false positive counts within its group: as in a training. */
const reportedWeight = 10;

/** A row that an update is made of. It has no group and no split: those of a version depend on its other rows. */
export interface LocalSource extends Pick<DatasetRow, "text" | "place" | "label" | "isFalsePositive"> {
  /** Null: nobody knows whose it was. */
  readonly campaign: string | null;
}

/**
 * All labelled rows as groups: those of one unit (`unitOf`), of the units that learn. A unit learns by its own hash, as new groups of a
 * version do, or if a false positive was reported in it.
 *
 * SECURITY: which rows are one group, whether it learns, and what becomes of it depend on its own rows alone. A version's groups and splits
 * do not: one row more can join two groups, or divide a campaign into a hundred, and taking one group away would change more than one term
 * of the sum that the noise is measured by.
 */
export function toLocalGroups(
  rows: readonly LocalSource[],
  frame: Pick<PublicFrame, "place">,
  onRow: () => void = () => {},
): LocalGroup[] {
  const prepare = createPreparer();
  const groups: LocalGroup[] = [];
  const said = rows.filter(({ text }) => text.trim() !== "");
  for (const [unit, own] of Map.groupBy(said, unitOf)) {
    const isLearned = splitOf(groupOfUnit(unit)) === "train" || own.some(({ isFalsePositive }) => isFalsePositive);
    if (!isLearned) continue;
    const labels = new Map<string, Set<string>>();
    for (const { text, label } of own) labels.set(text, (labels.get(text) ?? new Set()).add(label));
    const group = own.flatMap(({ text, label, place, isFalsePositive }) => {
      onRow();
      // Rows of one text with two labels say nothing, and request forgery is no property of one value.
      if (label === "csrf" || labels.get(text)!.size > 1) return [];
      const value = frame.place(prepare({ text, family: label }, place));
      return [{ value, label: updateClasses.indexOf(label), weight: isFalsePositive ? reportedWeight : 1 }];
    });
    if (group.length > 0) groups.push(group);
  }
  return groups;
}
