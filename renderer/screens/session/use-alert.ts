import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { alertOfVerdictQuery, alertQuery, alertRows } from "../../queries/alerts.ts";
import { listedAlerts } from "../../triage/alert-cache.ts";
import { openAlert } from "../../triage/open-alert.ts";
import { notify } from "../../ui/toast.tsx";
import type { SessionTab } from "../../view/place.ts";
import { useQueue } from "../../view/queue.ts";
import { useView } from "../../view/view.ts";

/**
 * The alert that a session belongs to. Of one that was opened from the queue its row is known already.
 * @returns `id` null for a session that was not flagged, undefined while that is not known
 */
export function useAlertOf(verdictId: string) {
  const client = useQueryClient();
  const [row] = useState(() =>
    listedAlerts(client, useQueue.getState()).find(({ verdict_id }) => verdict_id === verdictId),
  );
  const of = useQuery({
    ...alertOfVerdictQuery(verdictId),
    ...(row === undefined ? {} : { initialData: row.id, initialDataUpdatedAt: 0 }),
  });
  const id = of.data ?? null;
  const query = useQuery({ ...alertQuery(id ?? ""), enabled: id !== null });
  const alert = query.data?.alert ?? (row?.id === id ? row : undefined);
  return { id: of.data, alert, detail: query.data, query: id === null ? of : query };
}

/**
 * The ways to the neighbours of an alert in the queue. The queue's cursor follows the alert that is shown.
 * @param alertId null: what is shown is not in the queue; the neighbours are those of the queue's cursor
 */
export function useNeighbours(alertId: string | null, tab: SessionTab): (by: 1 | -1) => void {
  const q = useQueue((queue) => queue.q);
  const order = useQueue((queue) => queue.order);
  const queries = useMemo(() => alertRows({ q, order }), [q, order]);
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(queries.pages);
  const listed = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const at = listed.findIndex(({ id }) => id === alertId);
  useEffect(() => {
    if (at !== -1) useQueue.setState({ cursor: alertId });
  }, [at, alertId]);
  return (by) => {
    const cursor = listed.findIndex(({ id }) => id === useQueue.getState().cursor);
    // Who goes along the queue comes back to it.
    useView.getState().set({ list: "alerts" });
    const to = listed[at === -1 ? Math.max(0, cursor) : at + by];
    if (to !== undefined) openAlert(to, { tab, replace: true });
    else if (by === 1 && hasNextPage) {
      void fetchNextPage().then(({ data: more }) => {
        const next = more?.pages.flatMap((page) => page.items)[at + 1];
        if (next !== undefined) openAlert(next, { tab, replace: true });
      });
    } else notify(by === 1 ? "That was the last alert of the queue." : "This is the first alert of the queue.");
  };
}
