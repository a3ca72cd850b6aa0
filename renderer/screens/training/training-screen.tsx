import { useQuery } from "@tanstack/react-query";
import { GraduationCap } from "lucide-react";
import type { Job } from "../../../shared/job.ts";
import type { ModelEntry } from "../../../shared/model.ts";
import { shortId } from "../../learn/estimate.ts";
import { FigureTable } from "../../learn/figure-table.tsx";
import { GateTable } from "../../learn/gate-table.tsx";
import { canResume, isRunning, jobsQuery, resume } from "../../queries/jobs.ts";
import { curveQuery, modelsQuery } from "../../queries/models.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { DoubtedLabels } from "./doubted-labels.tsx";
import { TrainingCurve } from "./training-curve.tsx";
import { TrainingForm } from "./training-form.tsx";

/** The model that a job registered, where it did. */
function modelOf(job: Job | undefined, models: readonly ModelEntry[] | undefined): ModelEntry | undefined {
  const id = job?.result?.model_id;
  return models?.find(({ metadata }) => metadata.id === id);
}

function leftOutOf(job: Job): readonly { readonly id: string; readonly reason: string }[] {
  const list = job.result?.left_out;
  return Array.isArray(list) ? list : [];
}

const endWords: Partial<Record<Job["state"], string>> = {
  failed: "failed",
  cancelled: "was cancelled",
  interrupted: "was interrupted",
};

/** A training on the dataset can be resumed at any time. */
const goOnWithFile =
  "The file that it was on is not kept: choose it again, and with the same seed it goes on where it was.";

/** How the newest training is going or went. */
function Run({ job }: { job: Job }) {
  const zone = useTimeZone();
  const running = isRunning(job);
  return (
    <section aria-label="The training" className="card space-y-2 p-4">
      <div className="flex items-center justify-between gap-3">
        <h2 className="min-w-0 truncate text-sm font-semibold [&_.untrusted]:font-sans">
          <UntrustedText text={job.subject} />{" "}
          <span className="font-normal text-ink-3">started {formatInstant(job.started_at, zone)}</span>
        </h2>
        {job.state === "done" && <Badge tone="good">Done</Badge>}
        {canResume(job) && (
          <Button
            size="small"
            onClick={() => resume(job.id).catch((error: Error) => notify(error.message, { tone: "danger" }))}
          >
            Go on where it stopped
          </Button>
        )}
      </div>
      {running && <JobProgress job={job} label="Training" />}
      {endWords[job.state] !== undefined && (
        <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          It {endWords[job.state]}. {!job.resumable && job.state === "interrupted" && goOnWithFile}
          {job.error !== null && <UntrustedText text={job.error.message} />}
        </p>
      )}
      {leftOutOf(job).length > 0 && (
        <details className="text-xs text-warn">
          <summary>{formatPlural(leftOutOf(job).length, "row")} could not be learned from</summary>
          <ul className="mt-1 max-h-32 overflow-y-auto font-mono">
            {leftOutOf(job).map(({ id, reason }) => (
              <li key={id}>
                {id}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** What came of it: cross-validation and gates. */
function Result({ model }: { model: ModelEntry }) {
  const { metadata, evaluation } = model;
  const { training } = metadata;
  return (
    <>
      {evaluation !== null && (
        <section aria-labelledby="gates" className="card p-4">
          <div className="mb-2 flex items-center justify-between">
            <h2 id="gates" className="text-sm font-semibold">
              Gates{" "}
              <span className="font-normal text-ink-3">
                {evaluation.passed ? "every one passed" : "the model may not decide yet"}
              </span>
            </h2>
            <a
              className="text-sm text-accent hover:underline"
              href={placeHash({ screen: "models", item: metadata.id })}
            >
              Open the model {shortId(metadata.id)}
            </a>
          </div>
          <GateTable gates={evaluation.gates} label="Gates" />
        </section>
      )}
      {training !== null && (
        <section aria-labelledby="cross-validation" className="card p-4">
          <h2 id="cross-validation" className="mb-2 text-sm font-semibold">
            Cross-validation{" "}
            <span className="font-normal text-ink-3">
              stratified, near-duplicates on one side, {training.curve.at(-1)?.folds ?? 0} folds
            </span>
          </h2>
          <FigureTable
            label="Cross-validation"
            columns={[{ name: "Out of fold", figures: training.cross_validation }]}
          />
        </section>
      )}
    </>
  );
}

/** Trains payload models, and shows how that goes. */
export function TrainingScreen() {
  const jobs = useQuery(jobsQuery());
  const models = useQuery(modelsQuery());
  const job = jobs.data?.find(({ kind }) => kind === "train-payload");
  const model = modelOf(job, models.data?.models);
  const curve = useQuery(curveQuery(job?.id ?? null, job?.done ?? 0));
  const live = curve.data ?? [];
  const epochs = live.length > 0 ? live : (model?.metadata.training?.curve ?? []);
  if (jobs.data === undefined) return <PanelStatus query={jobs} what="the trainings" />;
  return (
    <section aria-label="Training" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <StaleNote query={jobs} what="the trainings" />
      <div className="mx-auto max-w-[1180px] space-y-3 p-4">
        <TrainingForm isBusy={job !== undefined && isRunning(job)} />
        {job === undefined ? (
          <EmptyPanel icon={GraduationCap} title="Nothing was trained yet">
            A training learns from labelled payloads, judges the result by gates, and registers it as a model.
          </EmptyPanel>
        ) : (
          <Run job={job} />
        )}
        {epochs.length > 0 && <TrainingCurve epochs={epochs} />}
        {job?.state === "done" && <DoubtedLabels jobId={job.id} />}
        {model !== undefined && <Result model={model} />}
      </div>
    </section>
  );
}
