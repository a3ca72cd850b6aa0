import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { GateDeed } from "../../shared/gatekeeper-protocol.ts";
import { deedLabels } from "./deeds.ts";

const tick = { fontSize: 11, fill: "var(--ink-3)" };
const fills: Record<GateDeed, string> = {
  logged: "var(--bar-benign)",
  tagged: "var(--bar-tag)",
  challenged: "var(--bar-down)",
  blocked: "var(--bar-simulate)",
};

interface DeedsChartProps {
  /** A bar each, in the order of time; `time` stands below it. */
  readonly rows: readonly ({ readonly time: string } & { readonly [D in GateDeed]?: number })[];
  /** Parts of a bar, the lowest first. */
  readonly deeds: readonly GateDeed[];
  /** What it shows, in words. */
  readonly label: string;
  /** Room for the numbers beside it, and a bar's width at most, pixels. */
  readonly axisWidth: number;
  readonly barWidth: number;
}

/** How often which deed was done, over time. */
export function DeedsChart({ rows, deeds, label, axisWidth, barWidth }: DeedsChartProps) {
  return (
    <div role="img" aria-label={label} className="size-full">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={rows} accessibilityLayer={false} margin={{ top: 4, right: 12, bottom: 0, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="time" tick={tick} stroke="var(--line-strong)" tickLine={false} minTickGap={24} />
          <YAxis width={axisWidth} tick={tick} axisLine={false} tickLine={false} allowDecimals={false} />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconSize={10}
            itemSorter={null}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {deeds.map((deed) => (
            <Bar
              key={deed}
              dataKey={deed}
              name={deedLabels[deed]}
              stackId="deeds"
              fill={fills[deed]}
              maxBarSize={barWidth}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
