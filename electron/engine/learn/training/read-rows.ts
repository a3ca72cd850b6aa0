import { z } from "zod";
import { PayloadClass, Place } from "../../../../shared/payload.ts";
import { contentId, sha256 } from "../../base/ids.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";

const Line = z.object({
  text: z.string().min(1).max(8192),
  label: PayloadClass,
  place: Place.nullish(),
  split: z.enum(["train", "validation", "test"]).nullish(),
  group: z.string().max(400).nullish(),
  source: z.string().max(400).nullish(),
  is_false_positive: z.boolean().nullish(),
});

export interface RowsOfFile {
  readonly dataset: DatasetVersion;
  /** Lines that could not be read, at most `mostProblems`; payload text is not repeated. */
  readonly problems: readonly { readonly line: number; readonly what: string }[];
}

const mostProblems = 100;
/** A row that names no split goes by its group's hash: so many of ten to the validation split, and as many to the test split. */
const heldOutTenths = 1;

/**
 * Labelled rows of a JSON Lines file, `{text, label, place?, split?, group?, source?, is_false_positive?}` each, as a dataset. A bad
 * line is told of, and the others are taken; a row that occurs again is taken once.
 *
 * @param labelledAt epoch ms that rows count from
 */
export function readRows(content: string, fileName: string, labelledAt: number): RowsOfFile {
  const rows = new Map<string, DatasetRow>();
  const problems: { line: number; what: string }[] = [];
  let number = 0;
  for (const text of content.split("\n")) {
    number++;
    if (text.trim() === "") continue;
    const line = parse(text);
    if (typeof line === "string") {
      if (problems.length < mostProblems) problems.push({ line: number, what: line });
      continue;
    }
    const place = line.place ?? null;
    const content = contentId("sample", place ?? "", line.text);
    // The same text with another label is a contradiction, which the training tells of: both are kept.
    const known = rows.get(content);
    const id = known === undefined || known.label === line.label ? content : contentId(content, line.label);
    const group = line.group ?? contentId("text", line.text);
    rows.set(id, {
      id,
      text: line.text,
      place,
      label: line.label,
      source: line.source ?? fileName,
      group,
      split: line.split ?? splitOf(group),
      labelledAt,
      isFalsePositive: line.is_false_positive ?? false,
    });
  }
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const id = sha256(JSON.stringify(sorted.map((row) => [row.id, row.label, row.split])));
  return { dataset: { id, rows: sorted }, problems };
}

function splitOf(group: string): DatasetRow["split"] {
  const tenth = Number.parseInt(sha256(group).slice(0, 8), 16) % 10;
  return tenth < heldOutTenths ? "validation" : tenth < 2 * heldOutTenths ? "test" : "train";
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
