import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleStop, Play } from "lucide-react";
import { useId, useState } from "react";
import type { Simulation, SimulationApplication, SimulationSummary } from "../../../shared/simulation.ts";
import { sinkKinds } from "../../../shared/simulator.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { isRunning, jobsQuery } from "../../queries/jobs.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { sendSimulation, simulationQuery, simulationStatusQuery, stopSimulation } from "../../queries/simulations.ts";
import { Button } from "../../ui/button.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { SimulationBadge } from "../../ui/simulation-badge.tsx";
import { notify } from "../../ui/toast.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatDuration, formatInstant, formatPlural, formatScore } from "../../view/format.ts";
import { goTo, placeHash } from "../../view/place.ts";
import { applicationLabels, sinkLabels, tellWorking } from "../../view/simulation-words.ts";
import { useKeys } from "../../view/use-keys.ts";
import { Comparison } from "./comparison.tsx";
import { EgressCalls } from "./egress-calls.tsx";
import { PayloadCard } from "./payload-card.tsx";

function Log({ simulation }: { simulation: Simulation }) {
  const { log } = simulation;
  return (
    <details className="card p-4" open={simulation.ended_at === null}>
      <summary className="cursor-pointer text-sm font-semibold">Log ({formatPlural(log.length, "line")})</summary>
      <section
        aria-label="Lines of the log"
        tabIndex={0}
        className="mt-2 max-h-[260px] overflow-auto rounded-md bg-sunken p-2 font-mono text-xs"
      >
        {log.length === 0 && <p className="text-ink-3">Nothing was written.</p>}
        {log.map(({ from, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a log only grows.
          <p key={at} className="wrap-anywhere">
            <span className="text-ink-3">{from} </span>
            <UntrustedText text={text} />
          </p>
        ))}
      </section>
    </details>
  );
}

/** How it was done: what was watched, what was left out, and that the sandbox held. */
function Circumstances({ simulation }: { simulation: Simulation }) {
  const { sinks, isolation, driver, notes } = simulation;
  const missing = sinkKinds.filter((kind) => !sinks.includes(kind));
  return (
    <ul className="list-inside list-disc space-y-0.5 text-xs text-ink-2">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
      {sinks.length > 0 && missing.length > 0 && (
        <li>Could not be watched here: {missing.map((kind) => sinkLabels[kind].toLowerCase()).join(", ")}.</li>
      )}
      {driver !== "" && (
        <li>
          Sandbox: {driver}
          {isolation.length > 0 && `; ${formatPlural(isolation.length, "attempt")} to get out failed before it began`}.
        </li>
      )}
    </ul>
  );
}

/** What came to nothing is tried again as it was; else the other shop is what there is to compare with. */
function nextApplication({ application, state, verdict }: Simulation): SimulationApplication {
  if (verdict === "not_simulated" || state === "failed") return application;
  return application === "shop" ? "shop_patched" : "shop";
}

/** Runs the same session again, against this or another application. */
function Again({ simulation }: { simulation: Simulation }) {
  const id = useId();
  const client = useQueryClient();
  const status = useQuery(simulationStatusQuery()).data;
  const [application, setApplication] = useState<SimulationApplication>(nextApplication(simulation));
  const starting = useMutation({
    mutationFn: () => sendSimulation(simulation.verdict_id, application),
    onSuccess: async (started) => {
      await client.invalidateQueries({ queryKey: ["simulations"] });
      goTo({ screen: "simulations", item: started.id });
    },
    onError: (error) => notify(error.message, { tone: "danger" }),
  });
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-xs text-ink-2">
        Again, against
      </label>
      <select
        id={id}
        className="input w-[190px]"
        value={application}
        onChange={(event) => setApplication(event.target.value as SimulationApplication)}
      >
        {status?.applications.map((one) => (
          <option key={one.application} value={one.application} disabled={!one.available}>
            {one.label}
            {one.reason !== "" && ` (${one.reason})`}
          </option>
        ))}
      </select>
      <Button icon={Play} disabled={starting.isPending} onClick={() => starting.mutate()}>
        Simulate
      </Button>
    </div>
  );
}

interface BesideProps {
  readonly simulation: Simulation;
  readonly others: readonly SimulationSummary[];
  /** Id of the other one; empty: none. */
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** What it is compared with: the same session's simulations first, since those played the same payloads. */
function Beside({ simulation, others, chosen, onChoose }: BesideProps) {
  const id = useId();
  const zone = useTimeZone();
  const isSame = ({ evidence_id, session }: SimulationSummary) =>
    evidence_id === simulation.evidence_id && session === simulation.session;
  const nameOf = ({ asked_at, application, file_name, session }: SimulationSummary) =>
    `${formatInstant(asked_at, zone).slice(0, 19)} · ${applicationLabels[application]} · ${visibleWords(`${file_name} ${session}`)}`;
  const groups = [
    { label: "The same session", of: others.filter(isSame) },
    { label: "Other sessions", of: others.filter((one) => !isSame(one)) },
  ].filter(({ of }) => of.length > 0);
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-xs text-ink-2">
        Beside
      </label>
      <select id={id} className="input w-[560px]" value={chosen} onChange={(event) => onChoose(event.target.value)}>
        <option value="">no other simulation</option>
        {groups.map(({ label, of }) => (
          <optgroup key={label} label={label}>
            {of.map((one) => (
              <option key={one.id} value={one.id}>
                {nameOf(one)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

interface ResultProps {
  readonly id: string;
  /** Others that it can be compared with. */
  readonly others: readonly SimulationSummary[];
}

/** One simulation: live while it runs, then what each payload did. */
export function SimulationResult({ id, others }: ResultProps) {
  const query = useQuery(simulationQuery(id));
  const job = useQuery(jobsQuery()).data?.find((one) => one.id === id);
  const [other, setOther] = useState("");
  const stopping = useMutation({
    mutationFn: () => stopSimulation(id),
    onError: (error) => notify(error.message, { tone: "danger" }),
  });
  const simulation = query.data;
  const isOpen = simulation !== undefined && simulation.ended_at === null;
  useKeys({ stopSimulation: () => isOpen && stopping.mutate() }, () => (isOpen ? null : "it has ended"));
  if (simulation === undefined) return <PanelStatus query={query} what="the simulation" />;
  const { verdict, score, reason, payloads, confirmed, took_ms: took } = simulation;
  return (
    <div className="space-y-3">
      <StaleNote query={query} what="the simulation" />
      <header className="flex flex-wrap items-center gap-2.5">
        <SimulationBadge {...simulation} />
        {score !== null && <span className="text-xl font-semibold tabular-nums">{formatScore(score)}</span>}
        <h2 className="order-last min-w-0 basis-full truncate text-base font-semibold">
          {applicationLabels[simulation.application]}, attacked by{" "}
          <a
            className="text-accent hover:underline"
            href={placeHash({ screen: "session", id: simulation.verdict_id, tab: "requests" })}
          >
            <UntrustedText text={`${simulation.file_name} ${simulation.session}`} />
          </a>
        </h2>
        <span className="flex-1" />
        {isOpen ? (
          <Button icon={CircleStop} disabled={stopping.isPending} onClick={() => stopping.mutate()}>
            Stop it
          </Button>
        ) : (
          <Again key={id} simulation={simulation} />
        )}
      </header>
      {job !== undefined && isRunning(job) && (
        <div className="card p-4">
          <JobProgress job={job} label="Simulation" isStoppedElsewhere />
        </div>
      )}
      {reason !== "" && (
        <p role="alert" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {verdict === "not_simulated" ? "Not simulated: " : ""}
          <UntrustedText text={reason} />
        </p>
      )}
      {verdict !== null && verdict !== "not_simulated" && (
        <p className="text-sm">
          {tellWorking(confirmed, payloads)} there{took !== null && `, in ${formatDuration(took)}`}.
        </p>
      )}
      <Circumstances simulation={simulation} />
      {!isOpen && others.length > 0 && (
        <Beside simulation={simulation} others={others} chosen={other} onChoose={setOther} />
      )}
      {other !== "" && <Comparison id={id} other={other} />}
      {simulation.results.length === 0 && isOpen && <EmptyPanel title="No payload was played yet" />}
      {simulation.results.map((payload) => (
        <PayloadCard key={payload.n} payload={payload} />
      ))}
      {simulation.egress !== null && <EgressCalls egress={simulation.egress} />}
      <Log simulation={simulation} />
    </div>
  );
}
