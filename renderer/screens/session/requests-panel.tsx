import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { sessionRequests, type VerdictDetail } from "../../queries/verdicts.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { findWorked } from "../../view/worked-requests.ts";
import { RequestDetailView } from "./request-detail.tsx";
import { RequestList } from "./request-list.tsx";

/** The session's requests, and beside them the selected one as text with its payloads. */
export function RequestsPanel({ verdict, selected }: { verdict: VerdictDetail; selected: number | undefined }) {
  const query = useInfiniteQuery(sessionRequests(verdict.id));
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const worked = useMemo(() => findWorked(verdict.findings), [verdict.findings]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // The worst finding stands first: it is the one that the list and the sentences name.
  const current = selected ?? verdict.findings[0]?.request ?? items[0]?.request;
  const at = items.findIndex((item) => item.request === current);
  const select = (to: number) => {
    const item = items[Math.max(0, Math.min(items.length - 1, to))];
    if (item !== undefined)
      goTo({ screen: "session", id: verdict.id, tab: "requests", request: item.request }, { replace: true });
  };
  useKeys({
    next: () => select(at + 1),
    previous: () => select(at - 1),
    pageDown: () => select(at + 10),
    pageUp: () => select(at - 10),
    first: () => select(0),
    last: () => select(items.length - 1),
  });
  if (query.data === undefined) return <PanelStatus query={query} what="the requests" />;
  return (
    <div className="flex h-full">
      <div className="flex w-[312px] shrink-0 flex-col border-r border-line bg-surface 2xl:w-[420px]">
        <RequestList items={items} worked={worked} at={at} onSelect={select} />
      </div>
      <div className="min-w-0 flex-1">
        {current !== undefined && <RequestDetailView key={current} verdict={verdict} request={current} />}
      </div>
    </div>
  );
}
