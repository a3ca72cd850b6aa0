import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import {
  type Evidence,
  fetchEvidence,
  getEvidence,
  importEvidence,
  importSamples,
  listEvidence,
  withdrawEvidence,
} from "../../shared/evidence.ts";
import type { Output } from "../../shared/route.ts";
import { call } from "./client.ts";

export const evidencePages = () =>
  infiniteQueryOptions({
    queryKey: ["evidence", "pages"],
    queryFn: ({ pageParam, signal }): Promise<Output<typeof listEvidence>> =>
      call(listEvidence, { limit: 100, before: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const evidenceQuery = (id: string) =>
  queryOptions({
    queryKey: ["evidence", "one", id],
    queryFn: ({ signal }): Promise<Evidence> => call(getEvidence, { id }, { signal }),
  });

export type Channel = "dropped file" | "dialog" | "pasted";

/** Sends one file; the browser streams it from the disk. @param onSent bytes so far @throws CallFailed, or the abort reason */
export function sendEvidence(
  body: Blob,
  fileName: string,
  channel: Channel,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
) {
  return call(importEvidence, { file_name: fileName.slice(0, 400), channel }, { body, signal, onSent });
}

export const sendSamples = () => call(importSamples, {});

/** Brings evidence that lies at the fleet. */
export const sendFetch = (id: string) => call(fetchEvidence, { id });

export const withdraw = (evidence: Pick<Evidence, "id" | "version">) =>
  call(withdrawEvidence, { id: evidence.id, base_version: evidence.version });
