import type { DatasetFormat } from "../../../shared/dataset.ts";
import { toInstant } from "../base/clock.ts";
import { csvLine } from "../base/csv.ts";
import type { TextRow } from "./read-version.ts";

const columns = ["id", "label", "split", "place", "text", "source", "labelled_at", "false_positive", "group"] as const;

/** A row as other programs read it. */
export interface ExportedRow {
  readonly id: string;
  readonly label: string;
  readonly split: string;
  readonly place: string | null;
  readonly text: string;
  readonly source: string;
  readonly labelled_at: string;
  readonly false_positive: boolean;
  readonly group: string;
}

/**
 * Payloads of a version as a file, piece by piece: CSV with a header, one JSON array, or a JSON object a line. What was erased is left
 * out, as are sessions, which have no text.
 */
export async function* writeDataset(
  format: DatasetFormat,
  pages: AsyncIterable<readonly TextRow[]>,
  nameSource: (source: string) => string,
): AsyncGenerator<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  if (format === "csv") yield encode(csvLine([...columns]));
  if (format === "json") yield encode("[");
  let isFirst = true;
  for await (const page of pages) {
    let text = "";
    for (const { row, sample } of page) {
      if (sample === null || row.kind !== "payload") continue;
      const { id, label, split, source, labelled_at, false_positive, group } = row;
      const exported: ExportedRow = {
        id,
        label,
        split,
        place: sample.place,
        text: sample.text,
        source: nameSource(source),
        labelled_at: toInstant(labelled_at),
        false_positive,
        group,
      };
      if (format === "csv") text += csvLine(columns.map((name) => exported[name]));
      else if (format === "jsonl") text += `${JSON.stringify(exported)}\n`;
      else text += `${isFirst ? "\n" : ",\n"}${JSON.stringify(exported)}`;
      isFirst = false;
    }
    if (text !== "") yield encode(text);
  }
  if (format === "json") yield encode("\n]\n");
}
