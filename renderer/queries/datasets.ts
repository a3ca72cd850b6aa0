import { queryOptions } from "@tanstack/react-query";
import {
  type DatasetFormat,
  type DatasetImport,
  type DatasetVersionSummary,
  datasetStats,
  diffDatasets,
  exportDataset,
  importDataset,
  listDatasetImports,
  listDatasets,
  listFalsePositives,
  makeDataset,
  type SuspiciousBatch,
  type TrackedFalsePositive,
  withdrawDatasetImport,
} from "../../shared/dataset.ts";
import { excludeLabels } from "../../shared/label.ts";
import type { Output } from "../../shared/route.ts";
import { call, open } from "./client.ts";

export type DatasetStats = Output<typeof datasetStats>;
export type DatasetDiff = Output<typeof diffDatasets>;

export const datasetsQuery = () =>
  queryOptions({
    queryKey: ["datasets", "versions"],
    queryFn: ({ signal }): Promise<DatasetVersionSummary[]> => call(listDatasets, {}, { signal }),
  });

/** How the labels stand now, beside the newest version. */
export const datasetStatsQuery = () =>
  queryOptions({
    queryKey: ["datasets", "stats"],
    queryFn: ({ signal }): Promise<DatasetStats> => call(datasetStats, {}, { signal }),
  });

/** What one version has that another has not. */
export const datasetDiffQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ["dataset-diff", from, to],
    queryFn: ({ signal }): Promise<DatasetDiff> => call(diffDatasets, { from, to }, { signal }),
    // Versions never change; only the texts of erased samples go.
    staleTime: 60_000,
  });

export const datasetImportsQuery = () =>
  queryOptions({
    queryKey: ["datasets", "imports"],
    queryFn: ({ signal }): Promise<DatasetImport[]> => call(listDatasetImports, {}, { signal }),
  });

export const falsePositivesQuery = () =>
  queryOptions({
    queryKey: ["datasets", "false-positives"],
    queryFn: ({ signal }): Promise<TrackedFalsePositive[]> => call(listFalsePositives, {}, { signal }),
  });

export const sendMakeDataset = (why: string) => call(makeDataset, why === "" ? {} : { why });
export const sendDatasetFile = (file: File, format: DatasetFormat) =>
  call(importDataset, { file_name: file.name.slice(0, 255), format }, { body: file });
export const sendImportWithdrawal = ({ id, version }: Pick<DatasetImport, "id" | "version">) =>
  call(withdrawDatasetImport, { id, base_version: version });
export const sendExclusion = ({ labeller, from, to }: Pick<SuspiciousBatch, "labeller" | "from" | "to">) =>
  call(excludeLabels, { labeller, from, to });
export const readDataset = async (id: string, format: DatasetFormat): Promise<Blob> =>
  (await open(exportDataset, { id, format })).blob();
