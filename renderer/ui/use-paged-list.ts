import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { type Flattened, findNewer, flattenPages, mergeInFront } from "../queries/merge-pages.ts";
import { headRows, type Page, type PagedRows } from "../queries/paged-rows.ts";

/** A long list as a screen needs it. */
export interface PagedList<R> {
  readonly rows: readonly R[];
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
function headOf<R>(page: Page<R> | undefined): Page<R> | undefined {
  if (page === undefined || page.items.length <= headRows) return page;
  return { ...page, items: page.items.slice(0, headRows), next: "more" };
}

/**
 * Reads a list a page at a time, and tells what is new without moving a row.
 * @param queries must stay the same object while the filter does
 * @param counted how many rows match; undefined: not known yet
 */
export function usePagedList<R extends { readonly id: string }>(
  queries: PagedRows<R>,
  counted: number | undefined,
): PagedList<R> {
  const { pages: pageOptions, head: headOptions } = queries;
  const client = useQueryClient();
  const query = useInfiniteQuery(pageOptions);
  const isChanging = query.isPlaceholderData;
  const pages = query.data?.pages;
  const head = useQuery({
    ...headOptions,
    enabled: pages !== undefined && !isChanging,
    // What was read a moment ago needs no second reading: the first page begins with the newest rows.
    initialData: () => (isChanging ? undefined : headOf(pages?.[0])),
    initialDataUpdatedAt: query.dataUpdatedAt,
  });
  const flattened = useRef<Flattened<R>>({ pages: [], rows: [] });
  const rows = useMemo(() => {
    flattened.current = flattenPages(flattened.current, pages ?? []);
    return flattened.current.rows;
  }, [pages]);
  const newer = useMemo(() => {
    const listedAt = pages?.[0]?.askedAt;
    // What was looked at before the list was read tells nothing of it.
    if (head.data === undefined || listedAt === undefined || head.data.askedAt < listedAt || isChanging) return null;
    return findNewer(rows, head.data);
  }, [head.data, pages, rows, isChanging]);

  const showFresh = useCallback(() => {
    const page = head.data;
    if (newer === null || page === undefined) return;
    client.setQueryData(pageOptions.queryKey, (known) =>
      known === undefined || newer.kind === "changed" || rows.length === 0
        ? { pages: [page], pageParams: [undefined] }
        : { pages: mergeInFront(newer.rows, page.askedAt, known.pages), pageParams: [undefined, ...known.pageParams] },
    );
  }, [client, pageOptions.queryKey, head.data, newer, rows.length]);

  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = query;
  const readMore = useCallback(() => {
    if (hasNextPage && !isChanging && !isFetching && !isFetchNextPageError)
      void fetchNextPage({ cancelRefetch: false });
  }, [hasNextPage, isChanging, isFetching, isFetchNextPageError, fetchNextPage]);

  // A page may be empty though there is more: a search that is not through yet.
  const isEmptyPage = pages?.at(-1)?.items.length === 0;
  useEffect(() => {
    if (isEmptyPage) readMore();
  }, [isEmptyPage, readMore]);

  const fresh = newer === null ? 0 : newer.kind === "rows" ? newer.rows.length : Math.max(newer.atLeast, 1);
  return {
    rows,
    total: hasNextPage && !isChanging ? Math.max(rows.length + 1, counted ?? 0) : rows.length,
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
