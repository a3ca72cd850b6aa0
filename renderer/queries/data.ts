import { queryOptions, useQuery } from "@tanstack/react-query";
import { type Backup, listBackups, makeBackup } from "../../shared/backup.ts";
import {
  eraseEvidence,
  erasePerson,
  PersonFound,
  previewErasure,
  previewRetention,
  searchPerson,
} from "../../shared/erasure.ts";
import { type Evidence, pinEvidence } from "../../shared/evidence.ts";
import type { Job } from "../../shared/job.ts";
import type { Input, Output } from "../../shared/route.ts";
import { call } from "./client.ts";
import { jobsQuery } from "./jobs.ts";

/** Pieces of evidence that one preview lists. */
const mostListed = 1000;

export const backupsQuery = () =>
  queryOptions({
    queryKey: ["backups"],
    queryFn: ({ signal }): Promise<Backup[]> => call(listBackups, {}, { signal }),
  });

export const sendBackup = (input: Input<typeof makeBackup>) => call(makeBackup, input);

export type ErasurePreview = Output<typeof previewErasure>;

/** What erasing some evidence would take away. */
export const erasureQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ["erasure", ids],
    queryFn: ({ signal }): Promise<ErasurePreview> =>
      ids.length === 0
        ? Promise.resolve({ items: [], total: 0 })
        : call(previewErasure, { ids: ids.slice(0, mostListed) }, { signal }),
    // What is about to be erased is looked at as it is now.
    staleTime: 0,
    gcTime: 0,
  });

export const retentionQuery = (days: number) =>
  queryOptions({
    queryKey: ["erasure", "retention", days],
    queryFn: ({ signal }): Promise<Output<typeof previewRetention>> => call(previewRetention, { days }, { signal }),
    enabled: days > 0,
  });

export const sendErasure = (ids: readonly string[]) => call(eraseEvidence, { ids: [...ids], confirm: "erase" });
export const sendPersonSearch = (person: string) => call(searchPerson, { person });
export const sendPersonErasure = (jobId: string) => call(erasePerson, { search_job_id: jobId, confirm: "erase" });
export const pin = ({ id, version, pinned }: Pick<Evidence, "id" | "version" | "pinned">) =>
  call(pinEvidence, { id, pinned: !pinned, base_version: version });

/** What a search for a person found; null until it has. */
export function foundBy(job: Job | undefined): PersonFound | null {
  const parsed = PersonFound.safeParse(job?.result);
  return job?.state === "done" && parsed.success ? parsed.data : null;
}

/** A job that this screen started, as it is now. */
export function useJob(id: string | null): Job | undefined {
  return useQuery(jobsQuery()).data?.find((job) => job.id === id);
}
