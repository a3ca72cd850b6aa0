import { queryOptions } from "@tanstack/react-query";
import {
  type CaseExportFormat,
  checkReport,
  type ExportFormat,
  exportAlerts,
  exportCase,
  fetchShelvedReport,
  getReportKey,
  listShelvedReports,
  makeAlertReport,
  makeCaseReport,
} from "../../shared/report.ts";
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

export const readCaseReport = async (id: string): Promise<Blob> => (await open(makeCaseReport, { id })).blob();
export const readCaseExport = async (id: string, format: CaseExportFormat): Promise<Blob> =>
  (await open(exportCase, { id, format })).blob();

/** What matches, as a file. */
export const readExport = async (q: string, format: ExportFormat): Promise<Blob> =>
  (await open(exportAlerts, { q, format })).blob();

/** Those that lie on the shelf that engines share. */
export const shelvedReportsQuery = () =>
  queryOptions({
    queryKey: ["shelved-reports"],
    queryFn: ({ signal }): Promise<Output<typeof listShelvedReports>> => call(listShelvedReports, {}, { signal }),
    staleTime: 10_000,
  });

export const readShelvedReport = async (sha256: string): Promise<Blob> =>
  (await open(fetchShelvedReport, { id: sha256 })).blob();
