import { useQuery } from "@tanstack/react-query";
import type { Job } from "../../../shared/job.ts";
import { shortId } from "../../learn/estimate.ts";
import { federationQuery } from "../../queries/federation.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { JobProgress } from "../../ui/job-progress.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";
import { BudgetCard } from "./budget-card.tsx";
import { MakeUpdate } from "./make-update.tsx";
import { UpdatesPanel } from "./updates-panel.tsx";

const kinds: Readonly<Record<string, string>> = {
  "federated-update": "Making an update",
  "combine-updates": "Combining updates",
};

/** What the groups say together at the first step, beside its noise. */
function describeSignal(signal: number): string {
  return signal >= 1
    ? `what they say together is ${signal.toFixed(1)} times the noise of a step.`
    : `the noise of a step is ${(1 / Math.max(signal, 0.001)).toFixed(1)} times what they say together.`;
}

/** What came of the last job, for whoever sits here: figures of the rows themselves are in no file. */
function Outcome({ job }: { job: Job }) {
  const result = job.result ?? {};
  if (typeof result.model_id === "string") {
    return (
      <p className="text-sm">
        Combined to the candidate{" "}
        <a className="font-mono text-accent underline" href={placeHash({ screen: "models", item: result.model_id })}>
          {shortId(result.model_id)}
        </a>
        {result.judged_by === null
          ? ". There is no dataset version to judge it by yet."
          : ". It is judged by the gates of this engine's rows."}
      </p>
    );
  }
  const signal = Number(result.signal);
  return (
    <div className="text-sm">
      <p>
        The update <span className="font-mono">{shortId(String(result.update_id))}</span> is made. Save its file below,
        and carry it to the others.
      </p>
      <p className="mt-1 text-xs text-ink-2">
        Known here only: {formatCount(Number(result.groups))} groups of {formatCount(Number(result.rows))} rows,{" "}
        {(100 * Number(result.cut)).toFixed(0)} % of them cut; {describeSignal(signal)}
        {signal < 0.5 && " That is little to learn from: more labels, or a larger ε, say more."}
      </p>
    </div>
  );
}

/** The newest job of this screen. */
function LastJob({ job }: { job: Job }) {
  const label = kinds[job.kind] ?? job.kind;
  return (
    <section aria-label={label} className="card p-4">
      {isRunning(job) && <JobProgress job={job} label={label} />}
      {job.state === "done" && <Outcome job={job} />}
      {job.error !== null && (
        <p role="alert" className="text-xs break-words text-danger [&_.untrusted]:font-sans">
          It did not succeed: <UntrustedText text={job.error.message} />
        </p>
      )}
      {job.state === "cancelled" && (
        <p role="status" className="text-xs text-ink-2">
          {label} was cancelled: nothing was made and nothing spent.
        </p>
      )}
    </section>
  );
}

/** Learning together with other engines: the privacy budget, updates, and what is combined of them. */
export function FederationScreen() {
  const query = useQuery(federationQuery());
  const jobs = useQuery(jobsQuery());
  const federation = query.data;
  if (federation === undefined) return <PanelStatus query={query} what="the updates" />;
  const job = jobs.data?.find(({ kind }) => Object.hasOwn(kinds, kind));
  const isBusy = job !== undefined && isRunning(job);
  return (
    <section aria-label="Together" tabIndex={0} className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]">
      <StaleNote query={query} what="the updates" />
      <div className="mx-auto max-w-[1320px] space-y-3 p-4">
        <BudgetCard budget={federation.budget} />
        <MakeUpdate federation={federation} isBusy={isBusy} />
        {job !== undefined && <LastJob job={job} />}
        <UpdatesPanel federation={federation} isBusy={isBusy} />
      </div>
    </section>
  );
}
