import { useState } from "react";
import type { SimulatedPayload } from "../../../shared/simulation.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatScore } from "../../view/format.ts";
import { classLabels, placeLabels } from "../../view/labels.ts";
import { sinkLabels } from "../../view/simulation-words.ts";
import { ResponseDifference } from "./response-difference.tsx";
import { TraceDifference } from "./trace.tsx";

/** What happened, where, and what shows it. */
export function SinkTable({ sinks }: Pick<SimulatedPayload, "sinks">) {
  if (sinks.length === 0) return <p className="mt-2 text-xs text-ink-3">No sink saw anything of it.</p>;
  return (
    <table className="mt-2 w-full table-fixed text-xs">
      <thead>
        <tr>
          <th className="th w-[200px] py-1">What</th>
          <th className="th w-[200px]">Where</th>
          <th className="th">What shows it</th>
        </tr>
      </thead>
      <tbody>
        {sinks.map(({ sink, done, where, what, evidence, clean }) => (
          <tr key={`${sink} ${where} ${evidence}`} className="border-t border-line align-top">
            <td className="py-1.5 pr-3">
              <span className="font-medium">{sinkLabels[sink]}</span>
              {!done && <span className="text-ink-2"> (only tried)</span>}
              <span className="block text-ink-2">{what}</span>
            </td>
            <td className="py-1.5 pr-3 font-mono break-all">
              <UntrustedText text={where} />
            </td>
            <td className="py-1.5 font-mono break-all whitespace-pre-wrap">
              <UntrustedText text={evidence} lines />
              {clean !== "" && (
                <span className="mt-1 block text-ink-2">
                  <span className="font-sans">Clean: </span>
                  <UntrustedText text={clean} lines />
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One payload: what it did, and what it changed of the response. */
export function PayloadCard({ payload }: { payload: SimulatedPayload }) {
  const [isOpen, setOpen] = useState(false);
  const { clean, attack } = payload;
  return (
    <article className="card p-4" aria-label={`Payload ${payload.n + 1}`}>
      <header className="flex items-center gap-2.5">
        <span className="text-base font-semibold tabular-nums">{formatScore(payload.exploit)}</span>
        {payload.confirmed ? <Badge tone="danger">Works</Badge> : <Badge tone="good">Does not work</Badge>}
        <span className="text-sm font-medium">{classLabels[payload.class]}</span>
        <span className="min-w-0 truncate font-mono text-xs text-ink-2">
          <UntrustedText text={payload.request_line} />
        </span>
        <span className="shrink-0 text-xs text-ink-2">
          {placeLabels[payload.place]} <UntrustedText text={payload.name} />
        </span>
      </header>
      <p className="mt-2 rounded-md bg-sunken px-2 py-1 font-mono text-xs break-all">
        <UntrustedText text={payload.text} />
      </p>
      <p className="mt-1 text-xs text-ink-2">
        In its place in the clean run:{" "}
        {payload.ordinary === "" ? "nothing" : <span className="font-mono">{payload.ordinary}</span>}
        {payload.note !== "" && (
          <>
            {" · "}
            <UntrustedText text={payload.note} />
          </>
        )}
      </p>
      <SinkTable sinks={payload.sinks} />
      {clean !== null && attack !== null && (
        <>
          <Button size="small" className="mt-2" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Hide the difference of the responses" : "Show the difference of the responses"}
          </Button>
          {isOpen && <ResponseDifference clean={clean} attack={attack} />}
          <TraceDifference clean={clean} attack={attack} />
        </>
      )}
    </article>
  );
}
