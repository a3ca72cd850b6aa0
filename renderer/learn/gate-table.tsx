import { CircleCheck, CircleX } from "lucide-react";
import type { Gate } from "../../shared/model-figures.ts";
import { Badge } from "../ui/badge.tsx";
import { formatCount } from "../view/format.ts";
import { formatGateBound, formatGateFigure, gateLabels } from "./estimate.ts";

/** Each gate with figure, bound, verdict, and why. */
export function GateTable({ gates, label }: { gates: readonly Gate[]; label: string }) {
  return (
    <table aria-label={label} className="w-full table-fixed text-sm">
      <thead>
        <tr className="border-b border-line">
          <th className="th w-[164px] py-1.5">Gate</th>
          <th className="th w-[184px]">Figure (95 %)</th>
          <th className="th w-[84px]">Bound</th>
          <th className="th w-[64px] !text-right">Rows</th>
          <th className="th w-[104px] pl-4">Verdict</th>
          <th className="th">Why</th>
        </tr>
      </thead>
      <tbody>
        {gates.map((gate) => (
          <tr key={gate.name} className="border-b border-line align-top last:border-0">
            <th scope="row" className="py-1.5 text-left font-medium">
              {gateLabels[gate.name]}
            </th>
            <td className="py-1.5 tabular-nums">{formatGateFigure(gate)}</td>
            <td className="py-1.5 text-ink-2 tabular-nums">{formatGateBound(gate)}</td>
            <td className="py-1.5 text-right text-ink-2">{formatCount(gate.rows)}</td>
            <td className="py-1.5 pl-4">
              <Badge
                tone={gate.verdict === "passed" ? "good" : "danger"}
                icon={gate.verdict === "passed" ? CircleCheck : CircleX}
              >
                {gate.verdict === "passed" ? "Passed" : "Failed"}
              </Badge>
            </td>
            <td className="py-1.5 text-xs text-ink-2">{gate.why}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
