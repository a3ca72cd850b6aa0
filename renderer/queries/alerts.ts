import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  type Alert,
  type AlertChange,
  type AlertOrder,
  alertCounts,
  alertOfVerdict,
  changeAlerts,
  changeMatchingAlerts,
  getAlert,
  listAlerts,
  removeAlertNote,
  undoBatch,
} from "../../shared/alert.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";
import { pagedRows } from "./paged-rows.ts";

export type AlertDetail = Output<typeof getAlert>;
export type AlertTotals = Output<typeof alertCounts>;

/** What the queue shows: a query in the language of `shared/alert-query.ts`, and an order. */
export interface QueueView {
  readonly q: string;
  readonly order: AlertOrder;
}

/** Snoozed alerts come back by themselves, so the newest are looked at now and then. */
const headEveryMs = 60_000;

/** The queue. */
export const alertRows = ({ q, order }: QueueView) =>
  pagedRows(
    "alerts",
    { q, order },
    (page, signal): Promise<Output<typeof listAlerts>> => call(listAlerts, { q, order, ...page }, { signal }),
    headEveryMs,
  );

export const alertCountsQuery = (q: string) =>
  queryOptions({
    queryKey: ["alerts", "counts", q],
    queryFn: ({ signal }): Promise<AlertTotals> => call(alertCounts, { q }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: headEveryMs,
  });

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }): Promise<AlertDetail> => call(getAlert, { id }, { signal }),
  });

/** The alert that a session belongs to; null for a session that was not flagged. */
export const alertOfVerdictQuery = (verdictId: string) =>
  queryOptions({
    queryKey: ["alerts", "of", verdictId],
    queryFn: async ({ signal }): Promise<string | null> =>
      (await call(alertOfVerdict, { id: verdictId }, { signal })).alert_id,
    staleTime: 300_000,
  });

/** Some alerts that match, newest first: what stands beside one. */
export const someAlertsQuery = (q: string, limit: number) =>
  queryOptions({
    queryKey: ["alerts", "some", q, limit],
    queryFn: ({ signal }): Promise<Output<typeof listAlerts>> => call(listAlerts, { q, limit }, { signal }),
  });

/** Ids that fit into one query. */
const idsAtOnce = 50;

/** Reads alerts as they stand now; those that are gone are left out. @throws CallFailed */
export async function readAlerts(ids: readonly string[]): Promise<Alert[]> {
  const found: Alert[] = [];
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const q = `id:${ids.slice(from, from + idsAtOnce).join(",")}`;
    found.push(...(await call(listAlerts, { q, limit: idsAtOnce })).items);
  }
  return found;
}

/** What is done to alerts: a change, a note, or both. */
export interface AlertDeed {
  readonly change?: AlertChange;
  readonly note?: string;
}

/** Most alerts of one change. */
export const mostAtOnce = 1000;

/** Changes alerts from the versions that were seen, all or none. @throws CallFailed CONFLICT */
export const sendChange = (alerts: readonly Pick<Alert, "id" | "version">[], deed: AlertDeed) =>
  call(changeAlerts, { alerts: alerts.map(({ id, version }) => ({ id, base_version: version })), ...deed });

/** Starts a job that changes all that match. */
export const sendChangeOfMatching = (q: string, deed: AlertDeed) => call(changeMatchingAlerts, { q, ...deed });
/** Starts a job that takes a job's changes back. */
export const sendUndoOfBatch = (batchId: string) => call(undoBatch, { batch_id: batchId });
export const sendNoteRemoval = (id: string, noteId: string) => call(removeAlertNote, { id, note_id: noteId });
