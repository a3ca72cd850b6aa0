import { queryOptions } from "@tanstack/react-query";
import { cancelJob, type Job, listJobs, resumeJob } from "../../shared/job.ts";
import { call } from "./client.ts";

export const jobsQuery = () =>
  queryOptions({
    queryKey: ["jobs"],
    queryFn: ({ signal }): Promise<Job[]> => call(listJobs, {}, { signal }),
    // The stream carries jobs whole; this catches what a lost connection swallowed.
    refetchInterval: (query) => (query.state.data?.some((job) => isRunning(job)) === true ? 10_000 : false),
  });

export function isRunning({ state }: Pick<Job, "state">): boolean {
  return state === "queued" || state === "running";
}

/** Refusals of what a job was given, which stays as it is. */
const lasting = new Set(["INPUT_INVALID", "INPUT_TOO_LARGE", "EVIDENCE_UNREADABLE"]);

/** Whether it may go on. What was refused for what it was given would be refused again. */
export function canResume({ resumable, state, error }: Pick<Job, "resumable" | "state" | "error">): boolean {
  const hasStopped = state === "interrupted" || state === "failed" || state === "cancelled";
  return resumable && hasStopped && !lasting.has(error?.code ?? "");
}

const deeds: Readonly<Record<string, string>> = {
  "train-payload": "Training",
  "evaluate-model": "Judging",
  "payload-reference": "Reference",
  refit: "Fit",
  "fetch-release": "Download",
  "make-dataset": "Making",
  "federated-update": "Update",
  "combine-updates": "Combining",
  backtest: "Back-test",
  "change-alerts": "Change",
  "undo-batch": "Undo",
};

/** What a job does, where its subject does not say it: "Training" of "dataset 1a2b". */
export function deedOf({ kind }: Pick<Job, "kind">): string | undefined {
  return deeds[kind];
}

export const cancel = (id: string) => call(cancelJob, { id });
export const resume = (id: string) => call(resumeJob, { id });
