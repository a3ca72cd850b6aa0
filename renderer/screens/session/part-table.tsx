import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import type { PayloadFinding } from "../../../shared/verdict.ts";
import { highlightsQuery } from "../../queries/payload-explanation.ts";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { type PayloadParts, partsOf } from "../../view/parts.ts";

type Finding = z.infer<typeof PayloadFinding>;

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

function Rows({ base, total, parts }: PayloadParts) {
  const most = Math.max(...parts.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  return (
    <table className="mt-1 w-full text-xs">
      <caption className="pb-1 text-left text-2xs text-ink-3">
        Log-odds of an attack: {signed(base)} without these parts, {signed(total)} with them.
      </caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Part</th>
          <th scope="col">Share of the log-odds</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ start, end, text, contribution }) => (
          <tr key={start} className="border-t border-line align-baseline">
            <th scope="row" className="py-1 pr-2 text-left font-normal break-all">
              {text === null ? `bytes ${start}–${end}` : <UntrustedText text={text} />}
            </th>
            <td className="w-[110px] py-1">
              <span className="flex items-center justify-end gap-1.5">
                <span
                  aria-hidden="true"
                  className={`h-1.5 rounded-full ${contribution > 0 ? "bg-bar-up" : "bg-bar-down"}`}
                  style={{ width: `${Math.max(2, (Math.abs(contribution) / most) * 52)}px` }}
                />
                <span className={`w-12 text-right font-medium ${contribution > 0 ? "text-danger" : "text-accent"}`}>
                  {signed(contribution)}
                </span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What each stretch of a payload did to its judgement: exact Shapley values. Asked for when it is opened. */
export function PartTable({ verdictId, finding }: { verdictId: string; finding: Finding }) {
  const [open, setOpen] = useState(false);
  const query = useQuery({ ...highlightsQuery(verdictId, finding.request), enabled: open });
  const parts = query.data === undefined ? null : partsOf(finding, query.data);
  return (
    <details className="mt-2 text-xs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="th cursor-pointer">What each part did</summary>
      {query.data === undefined ? (
        <PanelStatus query={query} what="what each part did" />
      ) : parts === null ? (
        <p className="text-ink-2">This payload was not judged by its own text.</p>
      ) : (
        <Rows {...parts} />
      )}
    </details>
  );
}
