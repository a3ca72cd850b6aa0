import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import { findNewer } from "../../queries/merge-pages.ts";
import { countsQuery, headRows, type VerdictPage, verdictHead, verdictPages } from "../../queries/verdicts.ts";
import type { ListFilter } from "../../view/view.ts";

/** The verdict list as the screen needs it. */
export interface VerdictList {
  readonly rows: readonly VerdictSummary[];
  /** Rows that match, read or not. */
  readonly total: number;
  readonly isPending: boolean;
  /** True while the rows are still those of the filter before. */
  readonly isChanging: boolean;
  readonly isFetching: boolean;
  readonly error: Error | null;
  readonly refetch: () => void;
  /** Rows that are new since the list was read; 0 when it is up to date. */
  readonly fresh: number;
  /** True when `fresh` is a lower bound, or the list changed otherwise. */
  readonly freshOpen: boolean;
  readonly readMore: () => void;
  readonly showFresh: () => void;
}

/** The newest rows of a first page, as the head query would answer them. */
function headOf(page: VerdictPage | undefined): VerdictPage | undefined {
  if (page === undefined || page.items.length <= headRows) return page;
  return { items: page.items.slice(0, headRows), next: "more" };
}

export function useVerdictList(filter: ListFilter): VerdictList {
  const client = useQueryClient();
  const query = useInfiniteQuery(verdictPages(filter));
  const counts = useQuery(countsQuery(filter));
  const isChanging = query.isPlaceholderData;
  const pages = query.data?.pages;
  const head = useQuery({
    ...verdictHead(filter),
    enabled: pages !== undefined && !isChanging,
    // What was read a moment ago needs no second reading: the first page begins with the newest rows.
    initialData: () => (isChanging ? undefined : headOf(pages?.[0])),
    initialDataUpdatedAt: query.dataUpdatedAt,
  });
  const rows = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  const newer = useMemo(
    () => (head.data === undefined || pages === undefined || isChanging ? null : findNewer(rows, head.data)),
    [head.data, pages, rows, isChanging],
  );

  const showFresh = useCallback(() => {
    const page = head.data;
    if (newer === null || page === undefined) return;
    client.setQueryData(verdictPages(filter).queryKey, (known) =>
      known === undefined || newer.kind === "changed" || rows.length === 0
        ? { pages: [page], pageParams: [undefined] }
        : {
            pages: [{ items: [...newer.rows], next: null }, ...known.pages],
            pageParams: [undefined, ...known.pageParams],
          },
    );
  }, [client, filter, head.data, newer, rows.length]);

  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = query;
  const readMore = useCallback(() => {
    if (hasNextPage && !isChanging && !isFetching && !isFetchNextPageError)
      void fetchNextPage({ cancelRefetch: false });
  }, [hasNextPage, isChanging, isFetching, isFetchNextPageError, fetchNextPage]);

  const fresh = newer === null ? 0 : newer.kind === "rows" ? newer.rows.length : Math.max(newer.atLeast, 1);
  return {
    rows,
    total: hasNextPage && !isChanging ? Math.max(rows.length + 1, counts.data?.total ?? 0) : rows.length,
    isPending: query.isPending,
    isChanging,
    isFetching,
    error: query.error,
    refetch: useCallback(() => {
      if (isFetchNextPageError) void fetchNextPage();
      else void refetch();
    }, [isFetchNextPageError, fetchNextPage, refetch]),
    fresh,
    freshOpen: newer?.kind === "changed",
    readMore,
    showFresh,
  };
}
