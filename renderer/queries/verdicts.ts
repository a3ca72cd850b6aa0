import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJudgement } from "../../shared/judgement.ts";
import type { Output } from "../../shared/route.ts";
import {
  getSessionRequest,
  getVerdict,
  listDecisions,
  listSessionRequests,
  listVerdicts,
  revealSecrets,
  type SessionDecision,
  verdictCounts,
} from "../../shared/verdict.ts";
import type { ListFilter } from "../view/view.ts";
import { call } from "./client.ts";
import { pagedRows } from "./paged-rows.ts";

export type VerdictDetail = Output<typeof getVerdict>;
export type RequestDetail = Output<typeof getSessionRequest>;
export type Counts = Output<typeof verdictCounts>;

/** The verdict list, newest first. */
export const verdictRows = (filter: ListFilter) =>
  pagedRows(
    "verdicts",
    filter,
    (page, signal): Promise<Output<typeof listVerdicts>> => call(listVerdicts, { ...filter, ...page }, { signal }),
  );

export const countsQuery = (filter: ListFilter) =>
  queryOptions({
    queryKey: ["verdicts", "counts", filter],
    queryFn: ({ signal }): Promise<Counts> => call(verdictCounts, filter, { signal }),
    placeholderData: keepPreviousData,
  });

export const verdictQuery = (id: string) =>
  queryOptions({
    queryKey: ["verdict", id],
    queryFn: ({ signal }): Promise<VerdictDetail> => call(getVerdict, { id }, { signal }),
    staleTime: 300_000,
    // Where its evidence lies may be told a little later.
    refetchInterval: ({ state }) => (state.data?.fleet?.evidence?.problem == null ? false : 5_000),
  });

/** Whether a session was judged by the fleet alone: of its requests only what was told is here. */
export const isToldOnly = ({ judged_by }: Pick<VerdictDetail, "judged_by">) => judged_by !== null;

/** The verdict in force of a session. */
export async function findVerdictOf(evidenceId: string, session: string): Promise<string | undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await call(listVerdicts, {
      evidence_id: evidenceId,
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = page.items.find((one) => one.session === session);
    if (found !== undefined || page.next === null) return found?.id;
    cursor = page.next;
  }
}

const requestRows = 500;

/** The requests of a session, in time order, a page at a time. */
export const sessionRequests = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["verdict", id, "requests"],
    queryFn: ({ pageParam, signal }): Promise<Output<typeof listSessionRequests>> =>
      call(listSessionRequests, { id, limit: requestRows, offset: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => {
      const read = pages.reduce((sum, p) => sum + p.items.length, 0);
      return page.items.length === 0 || read >= page.total ? undefined : read;
    },
    staleTime: 300_000,
  });

export const requestQuery = (id: string, request: number) =>
  queryOptions({
    queryKey: ["verdict", id, "request", request],
    queryFn: ({ signal }): Promise<RequestDetail> => call(getSessionRequest, { id, request }, { signal }),
    staleTime: 300_000,
    // A click through many requests does not keep all their texts.
    gcTime: 60_000,
  });

/** The decisions about the session of a verdict, newest first. */
export const decisionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["verdict", id, "decisions"],
    queryFn: async ({ signal }): Promise<SessionDecision[]> =>
      (await call(listDecisions, { id }, { signal })).decisions,
  });

export type Judgement = Output<typeof getJudgement>;

/** What the model said of each value of a request. */
export const judgementQuery = (id: string, request: number) =>
  queryOptions({
    queryKey: ["verdict", id, "judgement", request],
    queryFn: ({ signal }): Promise<Judgement> => call(getJudgement, { id, request }, { signal }),
    staleTime: 300_000,
    gcTime: 60_000,
  });

/** Asks for the secrets of a request. The answer is the caller's to forget: it never enters the query cache. */
export function reveal(input: { id: string; request: number; reason: string }) {
  return call(revealSecrets, input);
}
