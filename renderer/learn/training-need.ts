import { leastOfEachSide } from "../../shared/dataset.ts";
import { payloadClasses } from "../../shared/payload.ts";
import type { DatasetStats } from "../queries/datasets.ts";
import { formatCount } from "../view/format.ts";

/** What a training on the newest dataset version lacks, in words; null: nothing that is known beforehand. */
export function tellTrainingNeed(
  stats: Pick<DatasetStats, "dataset_version" | "by_split_class" | "labels">,
): string | null {
  const need = `A training needs at least ${leastOfEachSide} ordinary values and ${leastOfEachSide} attacks to learn from`;
  if (stats.dataset_version === null) {
    const { samples, by_class } = stats.labels;
    const ordinary = by_class.benign ?? 0;
    return `${need}, in a dataset version: there is none yet. Labelled so far: ${formatCount(ordinary)} ordinary, ${formatCount(samples - ordinary)} attacks.`;
  }
  const of = (name: (typeof payloadClasses)[number]) => stats.by_split_class.train?.[payloadClasses.indexOf(name)] ?? 0;
  const ordinary = of("benign");
  // Request forgery is no property of one value: such rows are left out.
  const attacks = payloadClasses.reduce((sum, name) => sum + (name === "benign" || name === "csrf" ? 0 : of(name)), 0);
  if (ordinary >= leastOfEachSide && attacks >= leastOfEachSide) return null;
  return `${need}. The newest dataset version has ${formatCount(ordinary)} ordinary and ${formatCount(attacks)} attacks for that (what is kept for judging the result is not among them).`;
}

/** Why no training can be started on the dataset now, for who looks for it in the palette; null: it can. */
export function whyNotTrain(form: {
  readonly isUnderWay: boolean;
  readonly hasSeed: boolean;
  /** What `tellTrainingNeed` says. */
  readonly need: string | null;
}): string | null {
  if (form.isUnderWay) return "a training is under way";
  if (!form.hasSeed) return "the seed is empty";
  return form.need === null ? null : "there are too few labels";
}
