import type { ExportFormat } from "../../../shared/report.ts";
import { readExport } from "../../queries/reports.ts";
import { type ExportChoice, ExportChoices } from "../../triage/export-choices.tsx";
import { useQueue } from "../../view/queue.ts";

const choices: readonly ExportChoice<ExportFormat>[] = [
  { format: "csv", label: "CSV", detail: "for spreadsheets; formulas are made harmless", ending: "csv" },
  { format: "json", label: "JSON", detail: "one list", ending: "json" },
  { format: "jsonl", label: "JSON Lines", detail: "an alert a line", ending: "jsonl" },
];

/** What matches the query now, as a file. */
export function ExportMenu() {
  const q = useQueue((queue) => queue.q);
  return (
    <ExportChoices
      what="Every alert that matches now, read or not."
      name={() => `alerts-${new Date().toISOString().slice(0, 16).replace(":", "")}`}
      choices={choices}
      read={(format) => readExport(q, format)}
    />
  );
}
