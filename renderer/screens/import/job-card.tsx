import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Ban, CircleAlert, CircleCheck, CirclePause, LoaderCircle, type LucideIcon, Play, X } from "lucide-react";
import type { Job } from "../../../shared/job.ts";
import { passedOverWords } from "../../../shared/passed-over-words.ts";
import { evidenceQuery } from "../../queries/evidence.ts";
import { cancel, canResume, deedOf, isRunning, resume } from "../../queries/jobs.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { dropUpload, type Upload } from "../../queries/uploads.ts";
import { Button } from "../../ui/button.tsx";
import { ProblemList } from "../../ui/problem-list.tsx";
import { Progress } from "../../ui/progress.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatBytes, formatCount, formatDuration, formatInstant, formatPlural } from "../../view/format.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { useView } from "../../view/view.ts";

const looks: Record<Job["state"], { icon: LucideIcon; tone: string; word: string }> = {
  queued: { icon: LoaderCircle, tone: "text-ink-3", word: "Waiting" },
  running: { icon: LoaderCircle, tone: "text-accent spin", word: "Running" },
  done: { icon: CircleCheck, tone: "text-good", word: "Done" },
  failed: { icon: CircleAlert, tone: "text-danger", word: "Failed" },
  cancelled: { icon: Ban, tone: "text-ink-3", word: "Cancelled" },
  interrupted: { icon: CirclePause, tone: "text-warn", word: "Interrupted" },
};

const counted = new Set(["bytes", "B"]);

function amount(job: Job): string {
  const show = (n: number) => (counted.has(job.unit) ? formatBytes(n) : formatCount(n));
  const unit = counted.has(job.unit) ? "" : ` ${job.unit}`;
  return job.total === null ? `${show(job.done)}${unit}` : `${show(job.done)} of ${show(job.total)}${unit}`;
}

/** What came out of an import: counts, and what could not be read, place by place. */
function Outcome({ evidenceId, restored }: { evidenceId: string; restored: boolean }) {
  const { data } = useQuery(evidenceQuery(evidenceId));
  if (data === undefined) return null;
  const passedOver = passedOverWords(data.custody);
  const isWithdrawn = data.status === "withdrawn";
  const showVerdicts = () => {
    useView.getState().showEvidence(data.id, data.file_name);
    goTo({ screen: "verdicts" });
  };
  return (
    <div className="mt-1.5 space-y-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
        <span>
          {data.requests === 0 ? (
            <span className="text-warn">No request came out of it, so there is nothing to judge</span>
          ) : (
            `${formatPlural(data.requests, "request")} in ${formatPlural(data.sessions, "session")}`
          )}
          {data.overlapping > 0 && `, ${formatCount(data.overlapping)} known from earlier evidence`}
        </span>
        {isWithdrawn ? (
          <span className="text-warn">Withdrawn: out of view</span>
        ) : (
          restored && <span className="text-good">It had been withdrawn, and is in view again</span>
        )}
        {data.sessions > 0 && !isWithdrawn && (
          <button type="button" className="font-medium text-accent hover:underline" onClick={showVerdicts}>
            Show its verdicts
          </button>
        )}
        <a className="font-medium text-accent hover:underline" href={placeHash({ screen: "evidence", item: data.id })}>
          Custody
        </a>
      </p>
      {passedOver !== null && <p className="text-xs text-ink-2">{passedOver}</p>}
      <ProblemList problems={data.problems} count={data.problem_count} />
    </div>
  );
}

/** The file whose evidence a job works on; nothing once that is erased. */
function OfEvidence({ id }: { id: string }) {
  const { data, isError } = useQuery(evidenceQuery(id));
  if (data === undefined || isError) return null;
  return (
    <span className="text-ink-2">
      {" "}
      in <UntrustedText text={data.file_name} />
    </span>
  );
}

export function JobCard({ job }: { job: Job }) {
  const client = useQueryClient();
  const zone = useTimeZone();
  const refresh = () => client.invalidateQueries({ queryKey: ["jobs"] });
  const onError = (error: Error) => notify(error.message, { tone: "danger" });
  const cancelling = useMutation({ mutationFn: () => cancel(job.id), onSettled: refresh, onError });
  const resuming = useMutation({ mutationFn: () => resume(job.id), onSettled: refresh, onError });
  const { icon: Icon, tone, word } = looks[job.state];
  const evidenceId = job.result?.evidence_id;
  return (
    <li className="flex gap-3 px-4 py-3">
      <Icon size={17} className={`mt-px shrink-0 ${tone}`} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium [&_.untrusted]:font-sans">
            {deedOf(job) !== undefined && <span className="text-ink-2">{deedOf(job)}: </span>}
            <UntrustedText text={job.subject} />
            {job.evidence_id !== undefined && <OfEvidence id={job.evidence_id} />}
          </span>
          <span className="shrink-0 text-xs text-ink-3">
            {word} · {formatInstant(job.ended_at ?? job.started_at, zone)}
            {job.ended_at !== null && ` · ${formatDuration(Date.parse(job.ended_at) - Date.parse(job.started_at))}`}
          </span>
        </div>
        {isRunning(job) && (
          <div className="mt-1.5">
            <Progress label={`Progress of ${job.subject}`} done={job.done} total={job.total} />
            <p className="mt-1 flex justify-between text-xs text-ink-2">
              <span>{job.step}</span>
              <span>{amount(job)}</span>
            </p>
          </div>
        )}
        {job.error !== null && (
          <p className="mt-1 text-xs break-words text-danger [&_.untrusted]:font-sans">
            <UntrustedText text={job.error.message} /> <span className="font-mono text-ink-3">{job.error.code}</span>
          </p>
        )}
        {job.kind === "simulation" && (
          <a
            className="mt-1 inline-block text-xs font-medium text-accent hover:underline"
            href={placeHash({ screen: "simulations", item: job.id })}
          >
            Show the simulation
          </a>
        )}
        {job.state === "done" && typeof evidenceId === "string" && (
          <Outcome evidenceId={evidenceId} restored={job.result?.restored === true} />
        )}
      </div>
      {isRunning(job) && (
        <Button size="small" icon={X} disabled={cancelling.isPending} onClick={() => cancelling.mutate()}>
          Cancel
        </Button>
      )}
      {canResume(job) && (
        <Button size="small" icon={Play} disabled={resuming.isPending} onClick={() => resuming.mutate()}>
          Resume
        </Button>
      )}
    </li>
  );
}

/** A file that has not reached the engine yet. */
export function UploadCard({ upload }: { upload: Upload }) {
  const failed = upload.state === "failed";
  return (
    <li className="flex gap-3 px-4 py-3">
      {failed ? (
        <CircleAlert size={17} className="mt-px shrink-0 text-danger" aria-hidden="true" />
      ) : (
        <LoaderCircle size={17} className="spin mt-px shrink-0 text-accent" aria-hidden="true" />
      )}
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium [&_.untrusted]:font-sans">
            <UntrustedText text={upload.fileName} />
          </span>
          <span className="shrink-0 text-xs text-ink-3">{formatBytes(upload.size)}</span>
        </div>
        {upload.error === null ? (
          <div className="mt-1.5">
            <Progress
              label={`Sending ${upload.fileName}`}
              done={upload.sent}
              total={upload.sent === 0 ? null : upload.size}
            />
            <p className="mt-1 flex justify-between text-xs text-ink-2">
              <span>{upload.state === "waiting" ? "Waiting for the files before it" : "Handing it to the engine"}</span>
              {upload.sent > 0 && (
                <span>
                  {formatBytes(upload.sent)} of {formatBytes(upload.size)}
                </span>
              )}
            </p>
          </div>
        ) : (
          <p className="mt-1 text-xs break-words text-danger">
            {upload.error.message} <span className="font-mono text-ink-3">{upload.error.code}</span>
          </p>
        )}
      </div>
      <Button size="small" icon={X} onClick={() => dropUpload(upload.id)}>
        {failed ? "Dismiss" : "Cancel"}
      </Button>
    </li>
  );
}
