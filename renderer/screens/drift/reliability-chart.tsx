import {
  CartesianGrid,
  ErrorBar,
  Legend,
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

const series = [
  { key: "flagged", name: "Flagged", colour: "var(--bar-down)", shape: "circle" },
  { key: "drawn", name: "Drawn at random", colour: "var(--bar-up)", shape: "diamond" },
] as const;

const pointOf = ({ said, found, low, high }: ReliabilityBin) => ({
  said,
  found,
  interval: [found - low, high - found],
});

interface ReliabilityChartProps {
  readonly bins: readonly ReliabilityBin[];
  readonly drawn: readonly ReliabilityBin[];
}

/** What was said, beside what was found; on the diagonal both are the same. The table says the same. */
export function ReliabilityChart({ bins, drawn }: ReliabilityChartProps) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const points = { flagged: bins.map(pointOf), drawn: drawn.map(pointOf) };
  const all = [...bins, ...drawn];
  // What was flagged with 99 per cent needs to be told from what was flagged with 97.
  const least = Math.min(0.96, ...all.map(({ said }) => Math.floor(said * 20) / 20));
  return (
    <div
      role="img"
      aria-label={`Reliability, ${all.length} points: probability of an attack that was said, and share of attacks that was found. The table has the same numbers.`}
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
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconSize={9}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {series.map(({ key, name, colour, shape }) => (
            <Scatter
              key={key}
              name={name}
              data={points[key]}
              fill={colour}
              shape={shape}
              legendType={shape}
              isAnimationActive={false}
            >
              <ErrorBar dataKey="interval" direction="y" width={5} stroke={colour} isAnimationActive={false} />
            </Scatter>
          ))}
        </ScatterChart>
      </ResponsiveContainer>
    </div>
  );
}
