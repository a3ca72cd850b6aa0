import { useQuery } from "@tanstack/react-query";
import type { SimulatedPayload, SimulationSummary } from "../../../shared/simulation.ts";
import { comparisonQuery } from "../../queries/simulations.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { SimulationBadge } from "../../ui/simulation-badge.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatScore } from "../../view/format.ts";
import { applicationLabels, sinkLabels } from "../../view/simulation-words.ts";
import { countCalls, Trace } from "./trace.tsx";

/** One of two. @param beside the same payload in the other simulation */
function Side({ payload, beside }: Record<"payload" | "beside", SimulatedPayload | null>) {
  if (payload === null) return <span className="text-ink-3">Not played</span>;
  const { exploit, sinks, attack } = payload;
  return (
    <>
      <span className={`font-semibold tabular-nums ${payload.confirmed ? "text-danger" : ""}`}>
        {formatScore(exploit)}
      </span>{" "}
      <span className="text-ink-2">
        {payload.confirmed ? "works" : "does not work"}
        {attack !== null && `, answered ${attack.status === 0 ? "nothing" : attack.status}`}
      </span>
      <ul className="mt-0.5 list-inside list-disc text-ink-2">
        {[...new Set(sinks.map(({ sink }) => sink))].map((sink) => (
          <li key={sink}>{sinkLabels[sink]}</li>
        ))}
      </ul>
      {attack !== null && attack.trace.length > 0 && (
        <details className="mt-0.5">
          <summary className="cursor-pointer text-ink-2">What it did ({countCalls(attack)})</summary>
          <Trace response={attack} label="Calls with the payload" others={beside?.attack?.trace ?? null} />
        </details>
      )}
    </>
  );
}

function Head({ of }: { of: SimulationSummary }) {
  return (
    <span className="flex items-center gap-2">
      {applicationLabels[of.application]} <SimulationBadge {...of} />
    </span>
  );
}

/** Two simulations side by side, payload by payload. */
export function Comparison({ id, other }: { id: string; other: string }) {
  const query = useQuery(comparisonQuery(id, other));
  if (query.data === undefined) return <PanelStatus query={query} what="the comparison" />;
  const { left, right, rows } = query.data;
  return (
    <section aria-label="Comparison" className="card p-4">
      <table className="w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1">Payload</th>
            <th className="th w-[34%]">
              <Head of={left} />
            </th>
            <th className="th w-[34%]">
              <Head of={right} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => {
            const one = (row.left ?? row.right)!;
            const differs = row.left?.confirmed !== row.right?.confirmed;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows of one comparison stand still.
              <tr key={at} className={`border-t border-line align-top ${differs ? "bg-warn-soft" : ""}`}>
                <td className="py-1.5 pr-3">
                  <span className="block truncate font-mono">
                    <UntrustedText text={one.text} />
                  </span>
                  <span className="block truncate font-mono text-ink-2">
                    <UntrustedText text={one.request_line} />
                  </span>
                  {differs && <span className="font-medium text-warn">They differ</span>}
                </td>
                <td className="py-1.5 pr-3">
                  <Side payload={row.left} beside={row.right} />
                </td>
                <td className="py-1.5">
                  <Side payload={row.right} beside={row.left} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
