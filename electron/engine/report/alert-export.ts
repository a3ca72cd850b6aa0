import type { Alert } from "../../../shared/alert.ts";
import type { ExportFormat } from "../../../shared/report.ts";
import { csvLine } from "../base/csv.ts";

const columns = [
  "id",
  "severity",
  "status",
  "reason",
  "class",
  "family",
  "outcome",
  "score",
  "client",
  "host",
  "request_line",
  "payload_place",
  "payload",
  "sessions",
  "first_seen",
  "last_seen",
  "assignee",
  "snoozed_until",
  "notes",
  "case_id",
  "verdict_id",
] as const satisfies readonly (keyof Alert)[];

/** Alerts as a file, piece by piece: CSV with a header, one JSON array, or a JSON object a line. */
export async function* writeAlerts(
  format: ExportFormat,
  pages: AsyncIterable<readonly Alert[]>,
): AsyncGenerator<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  if (format === "csv") yield encode(csvLine([...columns, "tags", "watched"]));
  if (format === "json") yield encode("[");
  let first = true;
  for await (const alerts of pages) {
    let text = "";
    for (const alert of alerts) {
      if (format === "csv")
        text += csvLine([...columns.map((name) => alert[name]), alert.tags.join(" "), alert.watched.join("; ")]);
      else if (format === "jsonl") text += `${JSON.stringify(alert)}\n`;
      else text += `${first ? "\n" : ",\n"}${JSON.stringify(alert)}`;
      first = false;
    }
    yield encode(text);
  }
  if (format === "json") yield encode("\n]\n");
}
