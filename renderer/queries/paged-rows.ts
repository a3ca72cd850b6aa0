import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

/** A stretch of a list, in the list's order. */
export interface Page<R> {
  readonly items: R[];
  readonly next: string | null;
  /** When it was asked for, in ms since the window opened. */
  readonly askedAt: number;
}

type Read<R> = Omit<Page<R>, "askedAt">;

/** Rows a page of a list holds, and rows that are looked at for what is new. */
export const pageRows = 200;
export const headRows = 100;

/** Rows of the further pages: who scrolls far reads much. */
const furtherRows = 500;

/**
 * A long list, a page at a time. It is never read again as a whole: what is new is merged in front (`head`), so that 100,000 rows
 * stay where they are.
 * @param headEveryMs how often the newest rows are looked at although nothing was heard; for lists that time alone changes
 */
export function pagedRows<R>(
  resource: string,
  filter: object,
  read: (page: { limit: number; cursor?: string | undefined }, signal: AbortSignal) => Promise<Read<R>>,
  headEveryMs: number | false = false,
) {
  const ask = async (page: { limit: number; cursor?: string | undefined }, signal: AbortSignal): Promise<Page<R>> => {
    const askedAt = performance.now();
    return { ...(await read(page, signal)), askedAt };
  };
  return {
    pages: infiniteQueryOptions({
      queryKey: [resource, "pages", filter],
      queryFn: ({ pageParam, signal }): Promise<Page<R>> =>
        ask({ limit: pageParam === undefined ? pageRows : furtherRows, cursor: pageParam }, signal),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      staleTime: Number.POSITIVE_INFINITY,
      structuralSharing: false,
      placeholderData: keepPreviousData,
    }),
    /** The newest rows: compared with the list, they tell what is new. */
    head: queryOptions({
      queryKey: [resource, "head", filter],
      queryFn: ({ signal }): Promise<Page<R>> => ask({ limit: headRows }, signal),
      structuralSharing: false,
      refetchInterval: headEveryMs,
    }),
  };
}

export type PagedRows<R> = ReturnType<typeof pagedRows<R>>;
