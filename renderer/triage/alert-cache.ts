import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Alert } from "../../shared/alert.ts";
import { type AlertDetail, alertRows, type QueueView } from "../queries/alerts.ts";
import { headRows, type Page } from "../queries/paged-rows.ts";

type Pages = InfiniteData<Page<Alert>, string | undefined>;

/** A row that was taken out of the queue, and where it stood. */
export interface Taken {
  readonly id: string;
  readonly place: number;
}

/** The rows of the queue that were read so far. */
export function listedAlerts(client: QueryClient, view: QueueView): Alert[] {
  const pages = client.getQueryData(alertRows(view).pages.queryKey)?.pages ?? [];
  return pages.flatMap((page) => page.items);
}

const patched = (items: Alert[], alerts: ReadonlyMap<string, Alert>, isForced: boolean): Alert[] =>
  items.some(({ id }) => alerts.has(id))
    ? items.map((item) => {
        const now = alerts.get(item.id);
        return now !== undefined && (isForced || now.version >= item.version) ? now : item;
      })
    : items;

/**
 * Shows alerts as they are now, wherever they stand; none moves.
 * @param isForced also where what stands there is of a later version: it was hoped for and did not come
 */
export function patchAlerts(client: QueryClient, alerts: readonly Alert[], { isForced = false } = {}): void {
  if (alerts.length === 0) return;
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  client.setQueriesData<Pages>({ queryKey: ["alerts", "pages"] }, (known) => {
    const pages = known?.pages.map((page) => {
      const items = patched(page.items, byId, isForced);
      return items === page.items ? page : { ...page, items };
    });
    return known === undefined || pages === undefined || pages.every((page, i) => page === known.pages[i])
      ? known
      : { ...known, pages };
  });
  client.setQueriesData<AlertDetail>({ queryKey: ["alerts", "one"] }, (known) => {
    const now = known === undefined ? undefined : byId.get(known.alert.id);
    return known !== undefined && now !== undefined && (isForced || now.version >= known.alert.version)
      ? { ...known, alert: now }
      : known;
  });
}

/** Reads the queue again from its top; until that is there, what was read last stands. */
export function rereadQueue(client: QueryClient): void {
  client.removeQueries({ queryKey: ["alerts", "pages"], type: "inactive" });
  client.setQueriesData<Pages>(
    { queryKey: ["alerts", "pages"] },
    (known) => known && { pages: known.pages.slice(0, 1), pageParams: known.pageParams.slice(0, 1) },
  );
  void client.refetchQueries({ queryKey: ["alerts", "pages"] });
}

/** Takes rows out of the queue. @returns where they stood, in the queue's order */
export function takeOut(client: QueryClient, view: QueueView, ids: ReadonlySet<string>): Taken[] {
  const taken = listedAlerts(client, view).flatMap(({ id }, place) => (ids.has(id) ? [{ id, place }] : []));
  if (taken.length === 0) return taken;
  const { pages, head } = alertRows(view);
  const without = (page: Page<Alert>) => ({ ...page, items: page.items.filter(({ id }) => !ids.has(id)) });
  client.setQueryData(pages.queryKey, (known) => known && { ...known, pages: known.pages.map(without) });
  client.setQueryData(head.queryKey, (known) => known && without(known));
  return taken;
}

/** Puts rows back to where they stood; those that are there already stay. */
export function putBack(client: QueryClient, view: QueueView, taken: readonly Taken[], alerts: readonly Alert[]): void {
  const { pages, head } = alertRows(view);
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const listed = new Set(listedAlerts(client, view).map(({ id }) => id));
  const back = taken
    .flatMap(({ id, place }) => {
      const alert = byId.get(id);
      return alert === undefined || listed.has(id) ? [] : [{ alert, place }];
    })
    .sort((a, b) => a.place - b.place);
  client.setQueryData(pages.queryKey, (known) => known && { ...known, pages: insert(known.pages, back) });
  client.setQueryData(head.queryKey, (known) => {
    const [page] =
      known === undefined
        ? []
        : insert(
            [known],
            back.filter(({ place }) => place < headRows),
          );
    return page;
  });
}

/** @param rows by place, the first first: each is in place once those before it are */
function insert(pages: readonly Page<Alert>[], rows: readonly { alert: Alert; place: number }[]): Page<Alert>[] {
  const filled = pages.map((page) => ({ ...page, items: [...page.items] }));
  for (const { alert, place } of rows) {
    let before = 0;
    const page = filled.find(({ items }, i) => {
      if (place <= before + items.length || i === filled.length - 1) return true;
      before += items.length;
      return false;
    });
    page?.items.splice(place - before, 0, alert);
  }
  return filled;
}
