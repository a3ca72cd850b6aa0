import { queryOptions } from "@tanstack/react-query";
import { type Alert, alertCounts, listAlerts, type Severity } from "../../shared/alert.ts";
import { call } from "./client.ts";
import { headRows } from "./paged-rows.ts";

export type Arrived = Pick<Alert, "id" | "severity" | "reopened">;

/** New alerts worth a notification, as they stand at some moment. */
export interface NewsPage {
  /** The newest, newest first. */
  readonly items: readonly Arrived[];
  readonly total: number;
  /** Whether these are all of them. */
  readonly isWhole: boolean;
}

/** Open alerts that nobody has touched, from a severity on. */
export function newsQueryText(from: Severity): string {
  return `is:open status:new severity>=${from}`;
}

/** The newest of them, and how many there are. Read again whenever the heads of the queue are. */
export const newsQuery = (from: Severity) =>
  queryOptions({
    queryKey: ["alerts", "head", "news", from],
    queryFn: async ({ signal }): Promise<NewsPage> => {
      const q = newsQueryText(from);
      const [{ items, next }, { total }] = await Promise.all([
        call(listAlerts, { q, limit: headRows }, { signal }),
        call(alertCounts, { q }, { signal }),
      ]);
      return { items, total, isWhole: next === null };
    },
    structuralSharing: false,
  });
