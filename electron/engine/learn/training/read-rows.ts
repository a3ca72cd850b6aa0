import { z } from "zod";
import { PayloadClass, Place } from "../../../../shared/payload.ts";
import { contentId, sha256 } from "../../base/ids.ts";
import { groupNearDuplicates } from "../near-duplicates.ts";
import { unitOf } from "../row-unit.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";
import { placeRows } from "../split.ts";

const Line = z.object({
  text: z.string().min(1).max(8192),
  label: PayloadClass,
  place: Place.nullish(),
  split: z.enum(["train", "validation", "test"]).nullish(),
  group: z.string().max(400).nullish(),
  source: z.string().max(400).nullish(),
  is_false_positive: z.boolean().nullish(),
});

/** A line that is not used, and why; payload text is not repeated. */
export interface LineProblem {
  readonly line: number;
  readonly what: string;
}

export interface RowsOfFile {
  readonly dataset: DatasetVersion;
  /** How many lines are not used, and the first `mostProblems` of them. */
  readonly refused: number;
  readonly problems: readonly LineProblem[];
}

const mostProblems = 100;

/** A row as its line gives it. */
interface GivenRow extends Omit<DatasetRow, "group" | "split"> {
  readonly line: number;
  /** Null: the line names none. */
  readonly group: string | null;
  readonly split: DatasetRow["split"] | null;
}

/**
 * Labelled rows of a JSON Lines file, `{text, label, place?, split?, group?, source?, is_false_positive?}` each, as a dataset. A bad
 * line is told of, and the others are taken; a row that occurs again is taken once. What names no split is placed as in a dataset
 * version: near-duplicates, and rows of one group, on one side.
 *
 * @param labelledAt epoch ms that rows count from
 */
export function readRows(content: string, fileName: string, labelledAt: number): RowsOfFile {
  const given = new Map<string, GivenRow>();
  const problems: LineProblem[] = [];
  let number = 0;
  for (const text of content.split("\n")) {
    number++;
    if (text.trim() === "") continue;
    const line = parse(text);
    if (typeof line === "string") {
      problems.push({ line: number, what: line });
      continue;
    }
    const place = line.place ?? null;
    const content = contentId("sample", place ?? "", line.text);
    // The same text with another label is a contradiction, which the training tells of: both are kept.
    const known = given.get(content);
    const id = known === undefined || known.label === line.label ? content : contentId(content, line.label);
    given.set(id, {
      id,
      line: number,
      text: line.text,
      place,
      label: line.label,
      source: line.source ?? fileName,
      group: line.group ?? null,
      split: line.split ?? null,
      labelledAt,
      isFalsePositive: line.is_false_positive ?? false,
    });
  }
  const rows = placeGiven(
    [...given.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    problems,
  );
  const id = sha256(JSON.stringify(rows.map((row) => [row.id, row.label, row.split])));
  problems.sort((a, b) => a.line - b.line);
  return { dataset: { id, rows }, refused: problems.length, problems: problems.slice(0, mostProblems) };
}

/** @param problems hears of what stands between two splits */
function placeGiven(given: readonly GivenRow[], problems: LineProblem[]): DatasetRow[] {
  const duplicates = groupNearDuplicates(given);
  const places = placeRows(
    given.map((row, i) => {
      const { id, text, place, group: campaign, split } = row;
      const group = contentId("group of file", campaign ?? given[duplicates[i]!]!.id);
      return {
        id,
        duplicates: duplicates[i]!,
        campaign,
        unit: () => unitOf({ text, place, campaign }),
        isReported: row.isFalsePositive && split === null,
        kept: split === null ? null : { split, group },
      };
    }),
  );
  return given.flatMap(({ line, split, ...row }, i) => {
    const placed = places[i] ?? null;
    if (placed !== null) return [{ ...row, group: placed.group, split: split ?? placed.split }];
    problems.push({ line, what: "near-duplicates of it are named in two splits: it would be known to both sides" });
    return [];
  });
}

/** A parsed line, or why it is none. */
function parse(text: string): z.infer<typeof Line> | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  const parsed = Line.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join(".") || "the line"}: ${issue.message}`;
}
