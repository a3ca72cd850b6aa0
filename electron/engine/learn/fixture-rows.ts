import { contentId } from "../base/ids.ts";
import { families, familyIndex } from "../detect/classifier/families.ts";
import type { DatasetRow } from "./sample.ts";
import { generateAttacks, generateBenign } from "./training/generated/generate.ts";
import { createRandom } from "./training/random.ts";

/** Labelled rows for tests, made by the grammars: half attacks; eight tenths to learn from, one to validate, one to test. */
export function generateRows(seed: string, count: number): DatasetRow[] {
  const random = createRandom(`rows/${seed}`);
  const texts = [
    ...generateAttacks(random.fork("attacks"), Math.ceil(count / 2)),
    ...generateBenign(random.fork("benign"), Math.floor(count / 2)),
  ];
  const seen = new Set<string>();
  const rows: DatasetRow[] = [];
  for (const { text, place, family } of texts) {
    const id = contentId("sample", place ?? "", text);
    if (seen.has(text) || text.trim() === "") continue;
    seen.add(text);
    const tenth = random.below(10);
    rows.push({
      id,
      text,
      place,
      label: families[familyIndex(family)]!.class,
      source: "labelling",
      group: id,
      split: tenth === 0 ? "validation" : tenth === 1 ? "test" : "train",
      labelledAt: Date.UTC(2026, 0, 1),
      isFalsePositive: false,
    });
  }
  return rows;
}
