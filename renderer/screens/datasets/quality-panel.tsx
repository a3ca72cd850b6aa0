import { CircleAlert, CircleCheck, CircleHelp, type LucideIcon } from "lucide-react";
import type { DatasetCounts, Quality } from "../../../shared/dataset.ts";
import type { TrainingRecord } from "../../../shared/model.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { formatCount } from "../../view/format.ts";

interface Measure {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
  /** Whether somebody should look at it; null: not known. */
  readonly isBad: boolean | null;
}

const unknown = { icon: CircleHelp, tone: "text-ink-3", words: "not known" };

function lookOf(isBad: boolean | null): { readonly icon: LucideIcon; readonly tone: string; readonly words: string } {
  if (isBad === null) return unknown;
  return isBad
    ? { icon: CircleAlert, tone: "text-warn", words: "look at this" }
    : { icon: CircleCheck, tone: "text-good", words: "in order" };
}

const percent = (part: number, whole: number) => (whole === 0 ? "0 %" : `${Math.round((100 * part) / whole)} %`);
const days = (age: number | null) => (age === null ? "none" : `${formatCount(Math.round(age))} days`);

/** Half as even as can be: below that some classes have hardly any rows. */
const leastBalance = 0.5;
const oldDays = 365;
/** More of its labels than that are looked at. */
const mostDoubted = 0.01;

/** Labels that the last training on the version doubts. @param training null: there was none */
function noiseOf(training: TrainingRecord | null, rows: number): Measure {
  const name = "Doubted labels";
  const doubted = training?.doubted;
  if (doubted === undefined) {
    return { name, value: "–", meaning: "what a training on this version cross-validates tells", isBad: null };
  }
  return {
    name,
    value: `${formatCount(doubted)} (${percent(doubted, rows)})`,
    meaning: "rows that a model which was not fitted to them takes for another class: Training lists them",
    isBad: doubted > mostDoubted * rows,
  };
}

function measuresOf(
  quality: Quality,
  { rows, by_class, by_split_class }: DatasetCounts,
  training: TrainingRecord | null,
): readonly Measure[] {
  const { balance, near_duplicates, repeated_texts, contradicting_groups, disagreements } = quality;
  const { between_splits, erased, divided_campaigns, false_positives, median_age_days, oldest_age_days } = quality;
  const untested = payloadClasses.filter(
    (name, i) => (by_class[name] ?? 0) > 0 && (by_split_class.test[i] ?? 0) === 0,
  ).length;
  return [
    {
      name: "Balance",
      value: balance.toFixed(2),
      meaning: "1: all seven classes have as many rows; 0: one class only",
      isBad: balance < leastBalance,
    },
    {
      name: "Classes without test rows",
      value: formatCount(untested),
      meaning: "what a model does with them cannot be measured yet",
      isBad: untested > 0,
    },
    {
      name: "Near-duplicates",
      value: `${formatCount(near_duplicates)} (${percent(near_duplicates, rows)})`,
      meaning: "rows that have one; they are on the same side of the splits",
      isBad: false,
    },
    {
      name: "Same text elsewhere",
      value: formatCount(repeated_texts),
      meaning: "in another place of a request",
      isBad: false,
    },
    {
      name: "Contradicting near-duplicates",
      value: formatCount(contradicting_groups),
      meaning: "groups of near-duplicates with several classes",
      isBad: contradicting_groups > 0,
    },
    noiseOf(training, rows),
    {
      name: "Disagreements",
      value: formatCount(disagreements),
      meaning: "labelled samples left out until somebody settles them",
      isBad: disagreements > 0,
    },
    {
      name: "Between two splits",
      value: formatCount(between_splits),
      meaning: "new samples left out: training and test would both know them",
      isBad: false,
    },
    {
      name: "Divided campaigns",
      value: formatCount(divided_campaigns),
      meaning: "of one client and day, in several splits since they would fill one alone",
      isBad: false,
    },
    { name: "Erased", value: formatCount(erased), meaning: "labelled samples whose text is gone", isBad: false },
    {
      name: "False positives",
      value: formatCount(false_positives),
      meaning: "rows that were reported as no attack",
      isBad: false,
    },
    {
      name: "Age",
      value: days(median_age_days),
      meaning: `since half of the rows were labelled; the oldest ${days(oldest_age_days)}`,
      isBad: (median_age_days ?? 0) > oldDays,
    },
  ];
}

interface QualityPanelProps {
  readonly quality: Quality;
  readonly counts: DatasetCounts;
  /** The last training on the version; null: there was none. */
  readonly training: TrainingRecord | null;
}

/** How good a version is, each measure with what it means. */
export function QualityPanel({ quality, counts, training }: QualityPanelProps) {
  return (
    <section aria-labelledby="dataset-quality" className="card p-4">
      <h2 id="dataset-quality" className="mb-1 text-sm font-semibold">
        Quality
      </h2>
      <table className="w-full text-xs">
        <tbody>
          {measuresOf(quality, counts, training).map(({ name, value, meaning, isBad }) => {
            const { icon: Icon, tone, words } = lookOf(isBad);
            return (
              <tr key={name} className="border-t border-line first:border-t-0">
                <th scope="row" className="py-1.5 pr-3 text-left font-normal">
                  <span className="flex items-center gap-1.5 font-medium">
                    <Icon size={13} className={`shrink-0 ${tone}`} aria-hidden="true" />
                    {name}
                    <span className="sr-only">: {words}</span>
                  </span>
                  <span className="block pl-[19px] text-ink-2">{meaning}</span>
                </th>
                <td className="py-1.5 text-right align-top whitespace-nowrap tabular-nums">{value}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
