import { queryOptions } from "@tanstack/react-query";
import { checkReport, type ExportFormat, exportAlerts, getReportKey, makeAlertReport } from "../../shared/report.ts";
import type { Output } from "../../shared/route.ts";
import { call, open } from "./client.ts";

export type ReportCheck = Output<typeof checkReport>;

/** The key that this engine's reports are signed with. */
export const reportKeyQuery = () =>
  queryOptions({
    queryKey: ["report-key"],
    queryFn: ({ signal }): Promise<Output<typeof getReportKey>> => call(getReportKey, {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const reportCheck = (file: Blob): Promise<ReportCheck> => call(checkReport, {}, { body: file });

/** The signed report as a file. */
export const readReport = async (id: string): Promise<Blob> => (await open(makeAlertReport, { id })).blob();

/** What matches, as a file. */
export const readExport = async (q: string, format: ExportFormat): Promise<Blob> =>
  (await open(exportAlerts, { q, format })).blob();
