import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { Play, Undo2, X } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import type { Job } from "../../shared/job.ts";
import { visibleWords } from "../../shared/visible-text.ts";
import { type AlertDeed, sendChangeOfMatching, sendUndoOfBatch } from "../queries/alerts.ts";
import { cancel, isRunning, jobsQuery, resume } from "../queries/jobs.ts";
import { Button } from "../ui/button.tsx";
import { Progress } from "../ui/progress.tsx";
import { notify } from "../ui/toast.tsx";
import { describeChange } from "../view/alert-change.ts";
import { formatCount, formatPlural } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";
import { rereadQueue } from "./alert-cache.ts";
import { endedRuns, isUndoing, shownRuns } from "./bulk-jobs.ts";
import { refreshAlerts } from "./change-alerts.ts";

/** What this window knows of jobs beyond what they tell themselves. */
interface Known {
  /** What they do to each alert, by id, where it was asked for here: "closed as a duplicate". */
  readonly words: Readonly<Record<string, string>>;
  /** Ids of the jobs that this tab started, also before it was loaded again, and whose outcome was not told yet. */
  readonly followed: readonly string[];
  /** Ids of the stopped ones that the analyst has put away. */
  readonly away: readonly string[];
}

const followedKey = "sentinel.bulk.followed";
const awayKey = "sentinel.bulk.away";
const mostAway = 200;

const useKnown = create<Known>(() => ({
  words: {},
  followed: readIds(sessionStorage, followedKey),
  away: readIds(localStorage, awayKey),
}));

function readIds(storage: Storage, key: string): string[] {
  return (storage.getItem(key) ?? "").split(" ").filter((id) => id !== "");
}

function follow(followed: readonly string[]): void {
  sessionStorage.setItem(followedKey, followed.join(" "));
  useKnown.setState({ followed });
}

function putAway(id: string): void {
  const away = [...useKnown.getState().away, id].slice(-mostAway);
  localStorage.setItem(awayKey, away.join(" "));
  useKnown.setState({ away });
}

/** @returns whether the engine took the job */
async function start(client: QueryClient, words: string, send: () => Promise<{ job_id: string }>) {
  try {
    const { job_id: id } = await send();
    useKnown.setState((known) => ({ words: { ...known.words, [id]: words } }));
    follow([...useKnown.getState().followed, id]);
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
  return start(client, words, () => sendChangeOfMatching(q, deed));
}

/** Follows a job that takes a bulk change back and was started elsewhere. */
export function followUndo(client: QueryClient, jobId: string): void {
  void start(client, "", () => Promise.resolve({ job_id: jobId }));
}

function undoRun(client: QueryClient, { id }: Job, words: string): void {
  void start(client, words, () => sendUndoOfBatch(id));
}

function count(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** What a job does, in words: as it was asked for here, else by what it works on. */
function nameRun(job: Job, words: string): string {
  if (isUndoing(job)) return "Taking back";
  return words === "" ? `Alerts: change of ${visibleWords(job.subject)}` : `Alerts: ${words}`;
}

/** Says what came of a job that went through, or of one that cannot go on. */
function tellOutcome(client: QueryClient, job: Job, words: string): void {
  const changed = count(job.result?.changed, job.done);
  if (isUndoing(job)) {
    const left = count(job.result?.left, 0);
    const kept = left === 0 ? "" : ` ${formatPlural(left, "alert")} were changed since and stay as they are.`;
    // What was done elsewhere may have changed other things than alerts.
    const back = words === "" ? "Taken back." : `${formatPlural(changed, "alert")} as before.`;
    if (job.state === "done") notify(`${back}${kept}`);
    else notify(`Taking back was stopped. ${job.error?.message ?? ""}`, { tone: "danger" });
    return;
  }
  if (job.state !== "done") return;
  const undo = changed === 0 ? {} : { undo: () => undoRun(client, job, words) };
  notify(`${formatPlural(changed, "alert")}: ${words === "" ? "changed" : words}.`, undo);
}

const frame =
  "pointer-events-auto flex w-[360px] items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2 shadow-(--shadow)";

const tellRefusal = (error: Error) => notify(error.message, { tone: "danger" });

function progressOf({ done, total, unit }: Job): string {
  return total === null ? "Beginning" : `${formatCount(done)} of ${formatPlural(total, unit.replace(/s$/, ""), unit)}`;
}

function RunCard({ job, words }: { job: Job; words: string }) {
  const title = nameRun(job, words);
  return (
    <div className={frame}>
      <div className="min-w-0 flex-1">
        <p className="mb-1.5 font-medium">{title}</p>
        <Progress label={title} done={job.done} total={job.total} />
        <p className="mt-1 text-xs text-ink-2">{progressOf(job)}</p>
      </div>
      <Button size="small" icon={X} onClick={() => void cancel(job.id).catch(tellRefusal)}>
        Cancel
      </Button>
    </div>
  );
}

/** A run that ended before it was through: it can go on, and what it did can be taken back. */
function StoppedCard({ job, words }: { job: Job; words: string }) {
  const client = useQueryClient();
  const goOn = () => {
    resume(job.id)
      .then(() => {
        follow([...useKnown.getState().followed, job.id]);
        return client.invalidateQueries({ queryKey: ["jobs"] });
      })
      .catch(tellRefusal);
  };
  return (
    <div className={`${frame} flex-wrap`}>
      <div className="min-w-0 flex-1 basis-full">
        <p className="mb-1 font-medium">{nameRun(job, words)}</p>
        <p className="text-xs text-ink-2">
          Stopped after {progressOf(job)}. {job.error?.message}
        </p>
      </div>
      <Button size="small" icon={Play} onClick={goOn}>
        Resume
      </Button>
      {!isUndoing(job) && job.done > 0 && (
        <Button
          size="small"
          icon={Undo2}
          onClick={() => {
            putAway(job.id);
            undoRun(client, job, words);
          }}
        >
          Undo
        </Button>
      )}
      <Button size="small" icon={X} onClick={() => putAway(job.id)}>
        Leave it so
      </Button>
    </div>
  );
}

/** Changes of many alerts that run or were stopped, wherever the analyst went meanwhile, and after the window was loaded again. */
export function BulkRuns() {
  const client = useQueryClient();
  const { words, followed, away } = useKnown();
  const jobs = useQuery(jobsQuery()).data;
  useEffect(() => {
    const ended = endedRuns(jobs ?? [], followed);
    if (ended.length === 0) return;
    follow(followed.filter((id) => ended.every((job) => job.id !== id)));
    for (const job of ended) tellOutcome(client, job, useKnown.getState().words[job.id] ?? "");
    rereadQueue(client);
    refreshAlerts(client);
  }, [client, jobs, followed]);
  return (
    <div
      role="log"
      aria-label="Changes of many alerts"
      className="pointer-events-none fixed bottom-14 left-[92px] z-40 flex flex-col gap-2"
    >
      {shownRuns(jobs ?? [], away, Date.now()).map((job) => {
        const Card = isRunning(job) ? RunCard : StoppedCard;
        return <Card key={job.id} job={job} words={words[job.id] ?? ""} />;
      })}
    </div>
  );
}
