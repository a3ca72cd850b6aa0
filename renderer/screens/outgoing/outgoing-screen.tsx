import { useQuery } from "@tanstack/react-query";
import { CloudOff, Lock } from "lucide-react";
import { useState } from "react";
import type { EgressDestination, EgressEntry, OtherConnection } from "../../../shared/agent-egress.ts";
import { UntrustedValue } from "../../agent/untrusted-value.tsx";
import { egressQuery, egressTextQuery } from "../../queries/assistant.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";

const purposes: Record<EgressDestination["purpose"], string> = {
  planner: "Planner",
  worker: "Local model",
  mcp: "MCP server",
};

const outcomes: Record<EgressEntry["outcome"], { readonly label: string; readonly tone: Tone }> = {
  sent: { label: "No answer yet", tone: "warn" },
  answered: { label: "Answered", tone: "good" },
  failed: { label: "No answer", tone: "danger" },
};

function Destinations({ destinations }: { destinations: readonly EgressDestination[] }) {
  return (
    <section aria-label="Whom the agent may call" className="card p-4">
      <h2 className="text-sm font-semibold">Whom the agent may call</h2>
      <p className="mb-2 text-xs text-ink-2">These, and nobody else: whatever a plan, a tool or a model names.</p>
      {destinations.length === 0 ? (
        <p className="text-sm">Nobody.</p>
      ) : (
        <ul className="flex flex-wrap gap-2 text-xs">
          {destinations.map(({ purpose, origin, is_private }) => (
            <li key={`${purpose} ${origin}`} className="flex items-center gap-2 rounded-md bg-sunken px-2 py-1">
              <span className="font-medium">{purposes[purpose]}</span>
              <span className="font-mono break-all">
                <UntrustedText text={origin} />
              </span>
              {is_private && (
                <span className="flex items-center gap-1 text-ink-2">
                  <Lock size={12} aria-hidden="true" /> this machine or a private network alone
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const others: Record<OtherConnection["what"], string> = {
  gatekeeper: "Gatekeeper",
  syslog: "Audit log (syslog)",
  siem: "Alerts to another system",
  update: "Newer versions",
  traces: "Traces (OpenTelemetry)",
  kafka: "Kafka",
  s3: "S3",
  postgres: "PostgreSQL",
  mcp_program: "MCP server, a program",
  signal_program: "Signal, a program",
};

/** Whom else the engine speaks to: not by a plan, but because it is configured so. */
function Others({ connections }: { connections: readonly OtherConnection[] }) {
  const hasPrograms = connections.some(({ what }) => what.endsWith("_program"));
  return (
    <section aria-label="Whom else the engine speaks to" className="card p-4">
      <h2 className="text-sm font-semibold">Whom else the engine speaks to</h2>
      <p className="mb-2 text-xs text-ink-2">
        As it is configured, over connections of their own; what they are sent is not listed below.
        {hasPrograms && " Programs run under the operator's account, unconfined: they reach whatever that account can."}
      </p>
      {connections.length === 0 ? (
        <p className="text-sm">Nobody.</p>
      ) : (
        <ul className="flex flex-wrap gap-2 text-xs">
          {connections.map(({ what, to }) => (
            <li key={`${what} ${to}`} className="flex items-center gap-2 rounded-md bg-sunken px-2 py-1">
              <span className="font-medium">{others[what]}</span>
              <span className="font-mono break-all">
                <UntrustedText text={to} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The exact text of one, read when it is asked for. */
function SentText({ id }: { id: string }) {
  const query = useQuery(egressTextQuery(id));
  if (query.data === undefined) return <PanelStatus query={query} what="what was sent" />;
  const { text, sha256 } = query.data;
  return (
    <div className="space-y-1.5 px-4 pb-3">
      {text === null ? (
        <p className="text-sm text-ink-2">It was erased.</p>
      ) : (
        <UntrustedValue value={text} label="What was sent" trust="trusted" />
      )}
      <p className="font-mono text-xs break-all text-ink-2">SHA-256 {sha256}</p>
    </div>
  );
}

/** Everything that left this machine for the agent, exactly as it left, and whom it may call at all. */
export function OutgoingScreen() {
  const query = useQuery(egressQuery());
  const zone = useTimeZone();
  const [open, setOpen] = useState<string | null>(null);
  if (query.data === undefined) return <PanelStatus query={query} what="what left this machine" />;
  const { items, destinations, others: connections } = query.data;
  return (
    <section
      aria-label="What left this machine"
      tabIndex={0}
      className="h-full space-y-3 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
    >
      <StaleNote query={query} what="what left" />
      <Destinations destinations={destinations} />
      <Others connections={connections} />
      {items.length === 0 ? (
        <EmptyPanel icon={CloudOff} title="Nothing has left this machine">
          What is sent to the planner, and what tools of other programs are given, is written down here before it
          leaves.
        </EmptyPanel>
      ) : (
        <section aria-label="What left" className="card overflow-hidden">
          <ul className="divide-y divide-line">
            {items.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  aria-expanded={one.id === open}
                  onClick={() => setOpen(one.id === open ? null : one.id)}
                  className="grid w-full grid-cols-[140px_110px_minmax(0,1fr)_120px_150px_130px] items-center gap-3 px-4 py-2 text-left text-xs hover:bg-hover"
                >
                  <span className="tabular-nums">{formatInstant(one.at, zone)}</span>
                  <span className="font-medium">{purposes[one.purpose]}</span>
                  <span className="truncate font-mono">
                    <UntrustedText text={one.to} />
                  </span>
                  <span className="text-right tabular-nums">{formatCount(one.characters)} characters</span>
                  <span className="text-right tabular-nums">
                    {one.input_tokens === null
                      ? "tokens not told"
                      : `${formatCount(one.input_tokens)} + ${formatCount(one.output_tokens ?? 0)} tokens`}
                  </span>
                  <span className="justify-self-end">
                    <Badge tone={outcomes[one.outcome].tone}>{outcomes[one.outcome].label}</Badge>
                  </span>
                </button>
                {one.id === open && <SentText id={one.id} />}
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}
