import { leastOfEachSide as least } from "../../../../shared/dataset.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import { type PayloadClass, payloadClasses } from "../../../../shared/payload.ts";
import { classNames } from "../../explain/phrases.ts";
import type { DatasetRow } from "../sample.ts";

/** Why a row is not learned from. */
export const leftOutReasons = {
  contradiction: "The same text has another label in another row.",
  csrf: "Cross-site request forgery is no property of one value.",
  empty: "There is no text.",
} as const;
export type LeftOutReason = keyof typeof leftOutReasons;

export interface LeftOutRow {
  readonly id: string;
  readonly reason: LeftOutReason;
}

export interface TrainingRows {
  /** In the order of their ids. */
  readonly rows: readonly DatasetRow[];
  readonly leftOut: readonly LeftOutRow[];
}

/**
 * The rows of a version that a model can learn from, in an order of their own, and those that it cannot.
 * Two rows contradict each other when their texts are the same, their labels are not, and they may have stood in the same place.
 *
 * @throws SentinelError INPUT_INVALID when there is nothing to learn, saying what is missing
 */
export function chooseRows(given: readonly DatasetRow[]): TrainingRows {
  const contradicting = findContradictions(given);
  const leftOut: LeftOutRow[] = [];
  const rows: DatasetRow[] = [];
  for (const row of [...given].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))) {
    const reason = reasonOf(row, contradicting);
    if (reason === null) rows.push(row);
    else leftOut.push({ id: row.id, reason });
  }
  requireBothSides(rows, leftOut);
  return { rows, leftOut };
}

function reasonOf(row: DatasetRow, contradicting: ReadonlySet<string>): LeftOutReason | null {
  if (row.text.trim() === "") return "empty";
  if (row.label === "csrf") return "csrf";
  return contradicting.has(row.id) ? "contradiction" : null;
}

function findContradictions(given: readonly DatasetRow[]): Set<string> {
  const found = new Set<string>();
  for (const same of Map.groupBy(given, ({ text }) => text).values()) {
    if (same.length < 2) continue;
    for (const row of same) {
      const other = same.find(
        ({ label, place }) => label !== row.label && (place === row.place || place === null || row.place === null),
      );
      if (other !== undefined) found.add(row.id);
    }
  }
  return found;
}

/** Reasons as they are told of a number of rows. */
const reasonWords: Record<LeftOutReason, string> = {
  contradiction: "with a text that has another label elsewhere",
  csrf: "of request forgery, which is no property of one value",
  empty: "without text",
};

function tellLeftOut(leftOut: readonly LeftOutRow[]): string {
  const counts = Map.groupBy(leftOut, ({ reason }) => reason);
  return [...counts].map(([reason, rows]) => `${rows.length} ${reasonWords[reason]}`).join(", ");
}

function requireBothSides(rows: readonly DatasetRow[], leftOut: readonly LeftOutRow[]): void {
  const fitted = rows.filter(({ split }) => split === "train");
  const counts = new Map<PayloadClass, number>();
  for (const { label } of fitted) counts.set(label, (counts.get(label) ?? 0) + 1);
  const benign = counts.get("benign") ?? 0;
  const attacks = fitted.length - benign;
  const without = leftOut.length === 0 ? "" : ` (rows that cannot be learned from: ${tellLeftOut(leftOut)})`;
  if (fitted.length === 0) {
    throw new SentinelError(
      "INPUT_INVALID",
      `The dataset has no rows to learn from in its training split${without}: label payloads, then make a version.`,
    );
  }
  if (benign >= least && attacks >= least) return;
  const present = payloadClasses
    .filter((name) => counts.has(name))
    .map((name) => `${counts.get(name)} of ${classNames[name]}`)
    .join(", ");
  throw new SentinelError(
    "INPUT_INVALID",
    `The training split holds ${present}${without}. A model needs at least ${least} ordinary values and ${least} attacks to tell them apart: label the side that is missing.`,
    { benign, attacks, least },
  );
}
