import { type CaseExportFormat, mostExportedOfCase } from "../../../shared/report.ts";
import { readCaseExport } from "../../queries/reports.ts";
import { type ExportChoice, ExportChoices } from "../../triage/export-choices.tsx";
import { formatCount } from "../../view/format.ts";

const choices: readonly ExportChoice<CaseExportFormat>[] = [
  { format: "stix", label: "STIX 2.1", detail: "a bundle for threat intelligence platforms", ending: "stix.json" },
  { format: "json", label: "JSON", detail: "everything that is in the case", ending: "json" },
  { format: "har", label: "HAR", detail: "the requests of each alert's worst session, masked", ending: "har" },
  { format: "csv", label: "CSV", detail: "its alerts; formulas are made harmless", ending: "csv" },
];

/** What goes into the file of a case with so many alerts. */
export function describeExport(alerts: number): string {
  if (alerts <= mostExportedOfCase) return "The whole case, with all its alerts.";
  const left = formatCount(alerts - mostExportedOfCase);
  return `The case with the worst ${formatCount(mostExportedOfCase)} of its ${formatCount(alerts)} alerts: ${left} are left out.`;
}

/** The case as a file. @param alerts how many it has */
export function CaseExportMenu({ id, alerts }: { id: string; alerts: number }) {
  return (
    <ExportChoices
      what={describeExport(alerts)}
      name={() => `case-${id}`}
      choices={choices}
      read={(format) => readCaseExport(id, format)}
    />
  );
}
