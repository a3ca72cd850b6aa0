import { Area, ComposedChart, Line, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { DriftCoverage } from "../../../shared/drift.ts";
import { formatShare } from "../../view/drift.ts";

/** The share that was held as labels came, with its confidence sequence, and what is promised. The table says the same. */
export function CoverageChart({ coverage }: { coverage: DriftCoverage }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const rows = coverage.followed.map(({ count, mean, low, high }) => ({ count, mean, range: [low, high] }));
  return (
    <div
      role="img"
      aria-label={`Share of confirmed attacks that their sets held, over ${coverage.labelled} labels, with its confidence sequence, beside ${formatShare(coverage.promised)} that are promised. The table has the same numbers.`}
      className="h-[240px]"
    >
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={rows} accessibilityLayer={false} margin={{ top: 6, right: 12, bottom: 14, left: 0 }}>
          <XAxis
            type="number"
            dataKey="count"
            domain={[1, "dataMax"]}
            allowDecimals={false}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            label={{
              value: "confirmed attacks",
              position: "insideBottom",
              offset: -8,
              fontSize: 11,
              fill: "var(--ink-2)",
            }}
          />
          <YAxis
            domain={[0, 1]}
            tickFormatter={formatShare}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            width={48}
          />
          <Area
            dataKey="range"
            stroke="none"
            fill="var(--bar-down)"
            fillOpacity={0.2}
            isAnimationActive={false}
            type="stepAfter"
          />
          <ReferenceLine y={coverage.promised} stroke="var(--ink-3)" strokeDasharray="4 4" />
          <Line
            dataKey="mean"
            stroke="var(--bar-down)"
            strokeWidth={2}
            dot={rows.length < 3}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}
