import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  auditLog,
  findAudit,
  getVerification,
  listAuditMembers,
  takeCheckpoint,
  undoEvent,
  undoLast,
  verifyAudit,
} from "../../shared/audit.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type AuditPage = Output<typeof auditLog>;

/** Entries a page holds. */
const pageEntries = 200;

/** The `after` of the page that ends just before `upper` (exclusive) and its size. */
export function pageBelow(upper: number): { after: number; limit: number } {
  const after = Math.max(0, upper - 1 - pageEntries);
  return { after, limit: upper - 1 - after };
}

/** What entries are looked for; all undefined: the whole log. */
export interface AuditFilter {
  readonly who: string;
  readonly what: string;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

export const noAuditFilter: AuditFilter = { who: "", what: "", after: undefined, before: undefined };

export const isAuditFiltered = ({ who, what, after, before }: AuditFilter) =>
  who !== "" || what !== "" || after !== undefined || before !== undefined;

/** Entries that fit, newest first. A page may be empty and yet not the last: the engine looks at a stretch of the log at a time. */
export const foundAuditPages = ({ who, what, after, before }: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", "found", who, what, after, before],
    queryFn: async ({ pageParam, signal }) => {
      const input = {
        limit: pageEntries,
        ...(pageParam === undefined ? {} : { before: pageParam }),
        ...(who === "" ? {} : { who }),
        ...(what === "" ? {} : { what }),
        ...(after === undefined ? {} : { from: after }),
        ...(before === undefined ? {} : { to: before }),
      };
      return await call(findAudit, input, { signal });
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Entities that an action was over, a page at a time. */
export const auditMembers = (id: string) =>
  infiniteQueryOptions({
    // Not below "audit", which each new entry of the log makes stale.
    queryKey: ["audit-members", id],
    queryFn: ({ pageParam, signal }) =>
      call(listAuditMembers, { id, offset: pageParam, limit: pageEntries }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => {
      const read = pages.reduce((sum, { items }) => sum + items.length, 0);
      return read < total ? read : undefined;
    },
    // An entry never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const verification = () =>
  queryOptions({
    queryKey: ["audit", "verification"],
    queryFn: ({ signal }) => call(getVerification, {}, { signal }),
  });

/** The log, newest page first: the route gives ascending entries after a number, so pages are counted down from the head. */
export const auditPages = () =>
  infiniteQueryOptions({
    queryKey: ["audit"],
    queryFn: async ({ pageParam, signal }): Promise<AuditPage> => {
      const upper = pageParam ?? (await call(auditLog, { after: 0, limit: 1, brief: "1" }, { signal })).head.seq + 1;
      if (upper <= 1) return call(auditLog, { after: 0, limit: 1, brief: "1" }, { signal });
      return call(auditLog, { ...pageBelow(upper), brief: "1" }, { signal });
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => {
      const first = page.entries[0];
      return first === undefined || first.seq <= 1 ? undefined : first.seq;
    },
  });

export const makeCheckpoint = () => call(takeCheckpoint, {});
export const verifyLog = () => call(verifyAudit, {});
export const undo = (id: string) => call(undoEvent, { id });
/** Takes back the last thing that was done here and still can be, also before the window was opened. */
/** @param told event of which the analyst knows that it cannot be undone */
export const sendUndoLast = (told: string | undefined) => call(undoLast, told === undefined ? {} : { told });
