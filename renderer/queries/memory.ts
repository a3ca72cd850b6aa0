import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  getMemorySource,
  listMemory,
  listMemorySources,
  type MemoryStatus,
  memoryStatus,
  removeMemory,
  restoreMemorySource,
  revokeMemorySource,
  searchMemory,
  storeMemory,
} from "../../shared/memory.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export type MemoryAnswer = Output<typeof searchMemory>;
export type MemoryList = Output<typeof listMemory>;
export type MemorySources = Output<typeof listMemorySources>;
export type MemorySourceDetail = Output<typeof getMemorySource>;

const shown = 20;

export const memorySearchQuery = (q: string) =>
  queryOptions({
    queryKey: ["memory", "search", q],
    queryFn: ({ signal }): Promise<MemoryAnswer> => call(searchMemory, { q, limit: shown }, { signal }),
    placeholderData: keepPreviousData,
  });

/** What was stored last. */
export const memoryListQuery = () =>
  queryOptions({
    queryKey: ["memory", "list"],
    queryFn: ({ signal }): Promise<MemoryList> => call(listMemory, { limit: shown }, { signal }),
  });

export const memorySourcesQuery = (revoked: boolean) =>
  queryOptions({
    queryKey: ["memory", "sources", revoked],
    queryFn: ({ signal }): Promise<MemorySources> =>
      call(listMemorySources, { revoked: String(revoked), limit: 50 }, { signal }),
  });

export const memorySourceQuery = (id: string) =>
  queryOptions({
    queryKey: ["memory", "source", id],
    queryFn: ({ signal }): Promise<MemorySourceDetail> => call(getMemorySource, { id }, { signal }),
  });

export const memoryStatusQuery = () =>
  queryOptions({
    queryKey: ["memory", "status"],
    queryFn: ({ signal }): Promise<MemoryStatus> => call(memoryStatus, {}, { signal }),
  });

export const sendMemory = (text: string, title: string, isOwn: boolean) =>
  call(storeMemory, {
    text,
    source: { kind: "note" as const, ...(title === "" ? {} : { title }) },
    integrity: isOwn ? "trusted" : "untrusted",
  });
export const sendMemoryRemoval = (id: string) => call(removeMemory, { id });
export const sendRevocation = (id: string, reason: string, baseVersion: number) =>
  call(revokeMemorySource, { id, reason, base_version: baseVersion });
export const sendRestoration = (id: string, baseVersion: number) =>
  call(restoreMemorySource, { id, base_version: baseVersion });
