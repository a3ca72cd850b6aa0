import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Output } from "../../shared/route.ts";
import { type SearchCounts, searchCounts, searchRequests, startScan } from "../../shared/search.ts";
import { call } from "./client.ts";
import { pagedRows } from "./paged-rows.ts";

/** Requests that match a query, newest evidence first. */
export const foundRows = (q: string) =>
  pagedRows(
    "search",
    { q },
    (page, signal): Promise<Output<typeof searchRequests>> => call(searchRequests, { q, ...page }, { signal }),
  );

export const foundCountsQuery = (q: string) =>
  queryOptions({
    queryKey: ["search", "counts", q],
    queryFn: ({ signal }): Promise<SearchCounts> => call(searchCounts, { q }, { signal }),
    placeholderData: keepPreviousData,
  });

/** How many requests meet a watch. @param watches what tells those watches from others */
export const watchedCountsQuery = (watches: string) =>
  queryOptions({
    queryKey: ["search", "counts", "is:watched", watches],
    queryFn: ({ signal }): Promise<SearchCounts> => call(searchCounts, { q: "is:watched" }, { signal }),
  });

/** Starts a search through headers and bodies. */
export const sendScan = (text: string) => call(startScan, { text });
