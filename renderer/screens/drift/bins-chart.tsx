import { Bar, BarChart, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { DriftItem } from "../../../shared/drift.ts";
import { formatShare, nameBin } from "../../view/drift.ts";

/** Room for a pair of bars, the legend and the axis, pixels. */
const pairHeight = 26;
const frameHeight = 48;

/** Shares of the sessions in each stretch of values, the reference's and today's. The table says the same. */
export function BinsChart({ item }: { item: DriftItem }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const rows = item.bins
    .filter(({ reference, live }) => reference + live > 0)
    .map((bin) => ({ name: nameBin(bin), reference: bin.reference, live: bin.live }));
  return (
    <div
      role="img"
      aria-label={`${item.label}: shares of sessions by value, ${rows.length} pairs of bars. The table has the same numbers.`}
      style={{ height: rows.length * pairHeight + frameHeight }}
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={rows}
          layout="vertical"
          accessibilityLayer={false}
          margin={{ top: 0, right: 8, bottom: 0, left: 0 }}
          barGap={1}
          barCategoryGap="18%"
        >
          <XAxis
            type="number"
            domain={[0, (most: number) => Math.min(1, Math.ceil(most * 10) / 10)]}
            tickFormatter={formatShare}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            height={20}
            tickCount={4}
          />
          <YAxis
            type="category"
            dataKey="name"
            width={132}
            tick={tick}
            axisLine={false}
            tickLine={false}
            interval={0}
          />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconType="square"
            iconSize={9}
            itemSorter={null}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          <Bar dataKey="reference" name="Reference" fill="var(--bar-benign)" isAnimationActive={false} />
          <Bar dataKey="live" name="Now" fill="var(--bar-down)" isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
