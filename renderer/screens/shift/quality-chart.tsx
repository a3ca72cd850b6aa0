import { Bar, BarChart, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { shorten } from "../../view/format.ts";
import type { QualityRow } from "./quality-table.tsx";

const rowPx = 30;
const legendPx = 26;
const axisPx = 22;
/** Characters of a name that fit beside the bars. */
const nameLength = 26;

/** Bars of what was closed as false positive and as anything else. The table says the same. */
export function QualityChart({ rows, what }: { rows: readonly QualityRow[]; what: string }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const data = rows.map(({ name, closed, wrong }) => ({ name, wrong, right: closed - wrong }));
  return (
    <div
      role="img"
      aria-label={`${what}, ${rows.length} bars. The table has the same numbers.`}
      style={{ height: rows.length * rowPx + legendPx + axisPx }}
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={data}
          layout="vertical"
          accessibilityLayer={false}
          margin={{ top: 0, right: 8, bottom: 0, left: 0 }}
          maxBarSize={16}
        >
          <XAxis type="number" allowDecimals={false} tick={tick} axisLine={false} tickLine={false} height={axisPx} />
          <YAxis
            type="category"
            dataKey="name"
            // SECURITY: a rule may be named by what was sent to the shop.
            tickFormatter={(name: string) => shorten(name, nameLength)}
            width={170}
            interval={0}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
          />
          <Legend
            verticalAlign="top"
            align="right"
            height={legendPx}
            iconType="square"
            iconSize={9}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          <Bar
            dataKey="wrong"
            name="False positives"
            stackId="closed"
            fill="var(--bar-tag)"
            isAnimationActive={false}
          />
          <Bar dataKey="right" name="Others closed" stackId="closed" fill="var(--bar-down)" isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
