import {
  CartesianGrid,
  ErrorBar,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  XAxis,
  YAxis,
} from "recharts";
import type { ReliabilityBin } from "../../../shared/drift.ts";
import { formatShare } from "../../view/drift.ts";

const axis = { tickFormatter: formatShare, stroke: "var(--line-strong)", tickLine: false } as const;

/** What was said, beside what was found; on the diagonal both are the same. The table says the same. */
export function ReliabilityChart({ bins }: { bins: readonly ReliabilityBin[] }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const rows = bins.map(({ said, found, low, high }) => ({ said, found, interval: [found - low, high - found] }));
  // What was flagged with 99 per cent needs to be told from what was flagged with 97.
  const least = Math.min(0.96, ...bins.map(({ said }) => Math.floor(said * 20) / 20));
  return (
    <div
      role="img"
      aria-label={`Reliability, ${bins.length} points: probability of an attack that was said, and share of attacks that was found. The table has the same numbers.`}
      className="h-[240px]"
    >
      <ResponsiveContainer width="100%" height="100%">
        <ScatterChart accessibilityLayer={false} margin={{ top: 6, right: 12, bottom: 14, left: 0 }}>
          <CartesianGrid stroke="var(--line)" />
          <XAxis
            {...axis}
            type="number"
            dataKey="said"
            domain={[least, 1]}
            ticks={[least, (least + 1) / 2, 1]}
            tick={tick}
            label={{ value: "said", position: "insideBottom", offset: -8, fontSize: 11, fill: "var(--ink-2)" }}
          />
          <YAxis
            {...axis}
            type="number"
            dataKey="found"
            domain={[0, 1]}
            tick={tick}
            width={48}
            label={{
              value: "found",
              angle: -90,
              position: "insideLeft",
              offset: 12,
              fontSize: 11,
              fill: "var(--ink-2)",
            }}
          />
          <ReferenceLine
            segment={[
              { x: least, y: least },
              { x: 1, y: 1 },
            ]}
            stroke="var(--ink-3)"
            strokeDasharray="4 4"
          />
          <Scatter data={rows} fill="var(--bar-down)" isAnimationActive={false}>
            <ErrorBar dataKey="interval" direction="y" width={5} stroke="var(--bar-down)" isAnimationActive={false} />
          </Scatter>
        </ScatterChart>
      </ResponsiveContainer>
    </div>
  );
}
