import { Bar, BarChart, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { type DatasetCounts, splits } from "../../../shared/dataset.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { formatCount } from "../../view/format.ts";
import { classLabels, splitLabels } from "../../view/labels.ts";

const fills = { train: "var(--bar-benign)", validation: "var(--bar-tag)", test: "var(--bar-down)" } as const;

/** Rows of each class, by split. The table says the same. */
export function ClassChart({ counts }: { counts: DatasetCounts }) {
  const tick = { fontSize: 11, fill: "var(--ink-2)" };
  const data = payloadClasses.map((name, i) => ({
    name: classLabels[name],
    ...Object.fromEntries(splits.map((split) => [split, counts.by_split_class[split][i] ?? 0])),
  }));
  return (
    <div
      role="img"
      aria-label="Rows of each class, by split, as bars. The table has the same numbers."
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={data}
          layout="vertical"
          accessibilityLayer={false}
          margin={{ top: 0, right: 16, bottom: 0, left: 0 }}
        >
          <XAxis
            type="number"
            allowDecimals={false}
            tick={tick}
            tickFormatter={formatCount}
            stroke="var(--line-strong)"
            tickLine={false}
            height={18}
          />
          <YAxis
            type="category"
            dataKey="name"
            width={140}
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
          {splits.map((split) => (
            <Bar
              key={split}
              dataKey={split}
              name={splitLabels[split]}
              stackId="rows"
              fill={fills[split]}
              maxBarSize={18}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
