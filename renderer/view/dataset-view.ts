import { create } from "zustand";

export const datasetTabs = ["version", "changes", "labels", "imports", "false-positives"] as const;
export type DatasetTab = (typeof datasetTabs)[number];

interface DatasetView {
  readonly tab: DatasetTab;
  /** Counts as a table instead of a chart. */
  readonly asTable: boolean;
}

/** What this window shows of the datasets. */
export const useDatasetView = create<DatasetView>(() => ({ tab: "version", asTable: false }));

/** The beginning of a version's name that tells it apart, as with git. */
export const shortId = (id: string): string => id.slice(0, 10);
