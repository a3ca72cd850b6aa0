import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Swords } from "lucide-react";
import type { RedTeamSummary } from "../../../shared/agent-trust.ts";
import { refusalInWords } from "../../queries/client.ts";
import { jobsQuery } from "../../queries/jobs.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { redTeamQuery, sendRedTeamStart } from "../../queries/trust.ts";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatInstant, formatPlural } from "../../view/format.ts";
import { CasesTable } from "./cases-table.tsx";

const headingId = "trust-red-team";

function outcomeOf({ cases, failed }: RedTeamSummary): string {
  return failed === 0
    ? `all ${formatPlural(cases, "case")} held`
    : `${failed} of ${formatPlural(cases, "case")} got through`;
}

function EarlierRuns({ runs }: { runs: readonly RedTeamSummary[] }) {
  const zone = useTimeZone();
  if (runs.length === 0) return null;
  return (
    <details className="border-t border-line px-4 py-2 text-sm">
      <summary className="cursor-pointer font-medium">{formatPlural(runs.length, "earlier run")}</summary>
      <ul className="mt-1 space-y-1 text-ink-2">
        {runs.map((run) => (
          <li key={run.at}>
            {formatInstant(run.at, zone)}, level {run.level}: {outcomeOf(run)}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Starts the attacks on the agent, and shows how the last run of them went. */
export function RedTeamPanel() {
  const query = useQuery(redTeamQuery());
  const jobs = useQuery(jobsQuery());
  const client = useQueryClient();
  const zone = useTimeZone();
  const starting = useMutation({
    mutationFn: sendRedTeamStart,
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: ["trust"] }),
  });
  const team = query.data;
  const going = team?.job_id ?? null;
  const latest = jobs.data?.find(({ kind }) => kind === "red-team");
  const [last, ...earlier] = team?.runs ?? [];
  return (
    <section aria-labelledby={headingId} className="card overflow-hidden">
      <div className="flex items-center gap-3 border-b border-line px-4 py-2">
        <div className="min-w-0 flex-1">
          <h2 id={headingId} className="text-sm font-semibold">
            Red team
          </h2>
          {last !== undefined && (
            <p className={`text-xs ${last.failed > 0 ? "text-danger" : "text-ink-2"}`}>
              Last run {formatInstant(last.at, zone)} at level {last.level}: {outcomeOf(last)}. Policies and scanners{" "}
              <span className="font-mono">{last.hash.slice(0, 12)}</span>
            </p>
          )}
        </div>
        <Button
          icon={Swords}
          size="small"
          disabled={team === undefined || going !== null || starting.isPending}
          onClick={() => starting.mutate()}
        >
          {going === null ? "Run the red team" : "Attacking…"}
        </Button>
      </div>
      {starting.error !== null && (
        <p role="alert" className="border-b border-line px-4 py-2 text-sm text-danger">
          Not started: {refusalInWords(starting.error)}
        </p>
      )}
      {going !== null && (
        <div className="border-b border-line px-4 py-2">
          <JobProgress job={jobs.data?.find(({ id }) => id === going)} label="Cases of the red team" />
        </div>
      )}
      {going === null && latest?.state === "failed" && (
        <p role="alert" className="border-b border-line px-4 py-2 text-sm text-danger">
          The last run broke off: {latest.error?.message ?? "no reason is known."}
        </p>
      )}
      {going === null && latest?.state === "cancelled" && (
        <p className="border-b border-line px-4 py-2 text-sm text-ink-2">
          The last run was cancelled: it counts for nothing.
        </p>
      )}
      {team === undefined ? (
        <PanelStatus query={query} what="the red team's runs" />
      ) : (
        <>
          <StaleNote query={query} what="the red team's runs" />
          {last === undefined ? (
            <EmptyPanel title="The red team has not run yet">
              It attacks the agent as a hostile document or worker would, with tools of a laboratory: nothing leaves
              this machine. A case that gets through lowers the level.
            </EmptyPanel>
          ) : (
            <CasesTable cases={team.cases} labelledBy={headingId} />
          )}
          <EarlierRuns runs={earlier} />
        </>
      )}
    </section>
  );
}
