import type { Job } from "../../shared/job.ts";
import { isRunning } from "../queries/jobs.ts";

type BulkJob = Pick<Job, "id" | "kind" | "state" | "resumable" | "ended_at">;

const kinds = ["change-alerts", "undo-batch"];
/** How long a stopped run is shown to whoever did not put it away, milliseconds. */
const shownMs = 24 * 3_600_000;

/** Whether a job takes a change of many back, rather than making one. */
export const isUndoing = ({ kind }: BulkJob) => kind === "undo-batch";

/** The runs that ended of those that a window follows: their outcome is to be told. @param followed ids of runs */
export function endedRuns<J extends BulkJob>(jobs: readonly J[], followed: readonly string[]): J[] {
  return jobs.filter((job) => kinds.includes(job.kind) && !isRunning(job) && followed.includes(job.id));
}

/** The runs that have a card: those that run, and those that were stopped lately, can go on, and were not put away. */
export function shownRuns<J extends BulkJob>(jobs: readonly J[], away: readonly string[], now: number): J[] {
  return jobs.filter((job) => {
    if (!kinds.includes(job.kind)) return false;
    if (isRunning(job)) return true;
    return job.resumable && job.ended_at !== null && now - Date.parse(job.ended_at) < shownMs && !away.includes(job.id);
  });
}
