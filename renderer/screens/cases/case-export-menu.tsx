import type { CaseExportFormat } from "../../../shared/report.ts";
import { readCaseExport } from "../../queries/reports.ts";
import { type ExportChoice, ExportChoices } from "../../triage/export-choices.tsx";

const choices: readonly ExportChoice<CaseExportFormat>[] = [
  { format: "stix", label: "STIX 2.1", detail: "a bundle for threat intelligence platforms", ending: "stix.json" },
  { format: "json", label: "JSON", detail: "everything that is in the case", ending: "json" },
  { format: "har", label: "HAR", detail: "the requests of each alert's worst session, masked", ending: "har" },
  { format: "csv", label: "CSV", detail: "its alerts; formulas are made harmless", ending: "csv" },
];

/** The case as a file. */
export function CaseExportMenu({ id }: { id: string }) {
  return (
    <ExportChoices
      what="The whole case, with all its alerts."
      name={() => `case-${id}`}
      choices={choices}
      read={(format) => readCaseExport(id, format)}
    />
  );
}
