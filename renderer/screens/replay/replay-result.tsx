import { useQuery } from "@tanstack/react-query";
import type { Replay, ReplayDecision } from "../../../shared/replay.ts";
import { verdictKinds } from "../../../shared/verdict.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { VerdictBadge } from "../../ui/badge.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { formatCount, formatPlural } from "../../view/format.ts";
import { reasonLabels, verdictLabels } from "../../view/labels.ts";
import { ReplayFlips } from "./replay-flips.tsx";

const decisionLabels: Record<ReplayDecision, string> = {
  ...reasonLabels,
  open: "Not closed yet",
  none: "In no alert",
};

/** What was decided, row by row, against what the replay comes to. */
function FlipMatrix({ matrix }: Pick<Replay["summary"], "matrix">) {
  return (
    <section aria-labelledby="replay-matrix" className="card p-4">
      <h2 id="replay-matrix" className="text-sm font-semibold">
        Sessions, as decided and as judged again
      </h2>
      <table className="mt-2 w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1" scope="col">
              Decided
            </th>
            {verdictKinds.map((kind) => (
              <th key={kind} className="th !text-right" scope="col">
                Now {verdictLabels[kind].toLowerCase()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {verdictKinds.map((before) => (
            <tr key={before} className="h-8 border-t border-line">
              <th scope="row" className="text-left font-normal">
                <VerdictBadge verdict={before} />
              </th>
              {verdictKinds.map((after) => {
                const n = matrix[before][after];
                const isFlip = before !== after && n > 0;
                return (
                  <td key={after} className={`text-right tabular-nums ${isFlip ? "font-semibold text-danger" : ""}`}>
                    {formatCount(n)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Whether what would be gone had been an attack: the cost of a change. */
function GoneByDecision({ gone }: Pick<Replay["summary"], "gone">) {
  const known = Object.entries(gone).filter(([, n]) => n > 0) as [ReplayDecision, number][];
  return (
    <section aria-labelledby="replay-gone" className="card p-4">
      <h2 id="replay-gone" className="text-sm font-semibold">
        Flagged sessions that would be gone, by what was decided about their alert
      </h2>
      {known.length === 0 ? (
        <p className="mt-1 text-xs text-ink-3">None would be gone.</p>
      ) : (
        <table className="mt-2 w-full text-xs">
          <thead>
            <tr>
              <th className="th py-1">Decision</th>
              <th className="th !text-right">Sessions</th>
            </tr>
          </thead>
          <tbody>
            {known.map(([decision, n]) => (
              <tr key={decision} className="h-7 border-t border-line">
                <td className={decision === "true_positive" ? "font-semibold text-danger" : ""}>
                  {decisionLabels[decision]}
                </td>
                <td className="text-right tabular-nums">{formatCount(n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Notes({ notes }: Pick<Replay["summary"], "notes">) {
  if (notes.length === 0) return null;
  return (
    <section aria-labelledby="replay-notes" className="card p-4">
      <h2 id="replay-notes" className="text-sm font-semibold">
        Not judged, or not under the conditions of then
      </h2>
      <ul className="mt-1 space-y-1 text-xs">
        {notes.map(({ evidence_id, file_name, skipped, reason }) => (
          <li key={evidence_id}>
            <span className="font-medium">{visibleWords(file_name)}</span>
            {skipped ? " was left out: " : ": "}
            {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Verdict({ replay: { summary, ended_at, question } }: { replay: Replay }) {
  const { sessions, identical } = summary;
  const goneAll = Object.values(summary.gone).reduce((sum, n) => sum + n, 0);
  if (sessions === 0) {
    return (
      <p className="text-sm">
        {ended_at === null ? "Nothing is judged yet." : "No stored session began in this period."}
      </p>
    );
  }
  const asked =
    question.payload_model === "as_decided" &&
    question.behaviour_model === "as_decided" &&
    question.tag_threshold === null &&
    question.simulate_threshold === null;
  return (
    <p className="text-sm">
      {formatPlural(sessions, "session")} of {formatPlural(summary.evidence, "piece")} of evidence judged again:{" "}
      <strong>
        {identical === sessions
          ? "all have the same bits as then"
          : `${formatCount(identical)} of them with the same bits as then`}
      </strong>
      . {formatCount(goneAll)} flagged ones would be gone, {formatCount(summary.opened)} would be new. The largest
      difference of a score is {summary.largest_difference.toFixed(4)}.
      {asked && identical < sessions && " Those that differ were decided under other conditions: see below."}
    </p>
  );
}

export function ReplayResult({ replay }: { replay: Replay }) {
  const job = useQuery(jobsQuery()).data?.find(({ id }) => id === replay.id);
  const { summary } = replay;
  return (
    <div className="space-y-3">
      {job !== undefined && isRunning(job) && (
        <div className="card p-4">
          <JobProgress job={job} label="Judging again" />
        </div>
      )}
      {job?.state === "failed" && (
        <p role="alert" className="text-sm text-danger">
          {job.error?.message}
        </p>
      )}
      {replay.ended_at === null && job !== undefined && !isRunning(job) && job.state !== "failed" && (
        <p className="text-sm text-ink-2">It was stopped: this is what had been judged by then.</p>
      )}
      <Verdict replay={replay} />
      <div className="grid grid-cols-2 items-start gap-3">
        <FlipMatrix matrix={summary.matrix} />
        <GoneByDecision gone={summary.gone} />
      </div>
      <Notes notes={summary.notes} />
      <ReplayFlips replay={replay} labels={decisionLabels} />
    </div>
  );
}
