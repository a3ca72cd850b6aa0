import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { BacktestSummary } from "../../../shared/backtest.ts";

const tick = { fontSize: 11, fill: "var(--ink-3)" };
const bars = [
  { key: "attack", name: "Known attacks", fill: "var(--bar-down)" },
  { key: "undecided", name: "Undecided", fill: "var(--line-strong)" },
  { key: "false", name: "False", fill: "var(--bar-up)" },
] as const;

/** Requests that the rule hits, by day. */
export function HitsChart({ days }: Pick<BacktestSummary, "days">) {
  return (
    <div role="img" aria-label="Requests hit, by day: stacked bars; the table has the numbers" className="size-full">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={[...days]} accessibilityLayer={false} margin={{ top: 4, right: 12, bottom: 0, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="day" tick={tick} stroke="var(--line-strong)" tickLine={false} minTickGap={24} />
          <YAxis width={40} tick={tick} axisLine={false} tickLine={false} allowDecimals={false} />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconSize={10}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {bars.map(({ key, name, fill }) => (
            <Bar key={key} dataKey={key} name={name} stackId="hits" fill={fill} isAnimationActive={false} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
