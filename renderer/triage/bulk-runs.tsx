import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import type { Job } from "../../shared/job.ts";
import { type AlertDeed, sendChangeOfMatching, sendUndoOfBatch } from "../queries/alerts.ts";
import { cancel, isRunning, jobsQuery } from "../queries/jobs.ts";
import { Button } from "../ui/button.tsx";
import { Progress } from "../ui/progress.tsx";
import { notify } from "../ui/toast.tsx";
import { describeChange } from "../view/alert-change.ts";
import { formatCount, formatPlural } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";
import { rereadQueue } from "./alert-cache.ts";
import { refreshAlerts } from "./change-alerts.ts";

/** A job that this window started, until its outcome was told. */
interface Run {
  readonly jobId: string;
  readonly kind: "change" | "undo";
  /** What it does to each alert: "closed as a duplicate". */
  readonly words: string;
}

const useRuns = create<{ readonly runs: readonly Run[] }>(() => ({ runs: [] }));

/** @returns whether the engine took the job */
async function start(client: QueryClient, run: Omit<Run, "jobId">, send: () => Promise<{ job_id: string }>) {
  try {
    const { job_id: jobId } = await send();
    useRuns.setState(({ runs }) => ({ runs: [...runs, { ...run, jobId }] }));
    await client.invalidateQueries({ queryKey: ["jobs"] });
    return true;
  } catch (error) {
    notify(`Not begun: ${(error as Error).message}`, { tone: "danger" });
    return false;
  }
}

/** Changes everything that matches a query, by a job. @returns whether the engine took it */
export function changeMatching(client: QueryClient, q: string, deed: AlertDeed, zone: TimeZone): Promise<boolean> {
  const { change, note } = deed;
  const words = [
    ...(change === undefined ? [] : [describeChange(change, zone)]),
    ...(note === undefined ? [] : ["note written"]),
  ].join(", ");
  return start(client, { kind: "change", words }, () => sendChangeOfMatching(q, deed));
}

/** Follows a job that takes a bulk change back and was started elsewhere. */
export function followUndo(client: QueryClient, jobId: string): void {
  void start(client, { kind: "undo", words: "" }, () => Promise.resolve({ job_id: jobId }));
}

function undoRun(client: QueryClient, { jobId, words }: Run): void {
  void start(client, { kind: "undo", words }, () => sendUndoOfBatch(jobId));
}

function count(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** Says what came of a job; what it changed can be taken back, also where it did not come to its end. */
function tellOutcome(client: QueryClient, run: Run, job: Job): void {
  const changed = count(job.result?.changed, job.done);
  const left = count(job.result?.left, 0);
  const why = job.error === null ? "" : ` ${job.error.message}`;
  if (run.kind === "undo") {
    const kept = left === 0 ? "" : ` ${formatPlural(left, "alert")} were changed since and stay as they are.`;
    // What was done elsewhere may have changed other things than alerts.
    const back = run.words === "" ? "Taken back." : `${formatPlural(changed, "alert")} as before.`;
    if (job.state === "done") notify(`${back}${kept}`);
    else notify(`Taking back was stopped.${why}`, { tone: "danger" });
    return;
  }
  const undo = changed === 0 ? {} : { undo: () => undoRun(client, run) };
  const words = `${formatPlural(changed, "alert")}: ${run.words}.`;
  if (job.state === "done") notify(words, undo);
  else notify(`Stopped after ${words}${why}`, { tone: "danger", ...undo });
}

function RunCard({ run, job }: { run: Run; job: Job | undefined }) {
  const client = useQueryClient();
  const ended = job !== undefined && !isRunning(job) ? job : undefined;
  useEffect(() => {
    if (ended === undefined) return;
    useRuns.setState(({ runs }) => ({ runs: runs.filter(({ jobId }) => jobId !== run.jobId) }));
    tellOutcome(client, run, ended);
    rereadQueue(client);
    refreshAlerts(client);
  }, [client, run, ended]);
  const title = run.kind === "undo" ? "Taking back" : `Alerts: ${run.words}`;
  return (
    <div className="pointer-events-auto flex w-[360px] items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2 shadow-(--shadow)">
      <div className="min-w-0 flex-1">
        <p className="mb-1.5 font-medium">{title}</p>
        <Progress label={title} done={job?.done ?? 0} total={job?.total ?? null} />
        <p className="mt-1 text-xs text-ink-2">
          {job === undefined || job.total === null
            ? "Beginning"
            : `${formatCount(job.done)} of ${formatPlural(job.total, job.unit.replace(/s$/, ""), job.unit)}`}
        </p>
      </div>
      <Button
        size="small"
        icon={X}
        onClick={() => {
          cancel(run.jobId).catch((error: Error) => notify(error.message, { tone: "danger" }));
        }}
      >
        Cancel
      </Button>
    </div>
  );
}

/** Jobs over many alerts that this window started, wherever the analyst went meanwhile. */
export function BulkRuns() {
  const runs = useRuns((state) => state.runs);
  const jobs = useQuery(jobsQuery()).data;
  return (
    <div
      role="log"
      aria-label="Changes of many alerts"
      className="pointer-events-none fixed bottom-14 left-[92px] z-40 flex flex-col gap-2"
    >
      {runs.map((run) => (
        <RunCard key={run.jobId} run={run} job={jobs?.find(({ id }) => id === run.jobId)} />
      ))}
    </div>
  );
}
