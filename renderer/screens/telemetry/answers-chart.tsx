import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";

const tick = { fontSize: 11, fill: "var(--ink-3)" };
const bars = [
  { key: "throttled", name: "Throttle", fill: "var(--bar-tag)" },
  { key: "frozen", name: "Freeze", fill: "var(--bar-simulate)" },
] as const;

/** Alarms of each minute, the last hour. The table of the same card has the same numbers. */
export function AnswersChart({ rows }: { rows: readonly { time: string; throttled: number; frozen: number }[] }) {
  return (
    <div
      role="img"
      aria-label="Alarms of each minute of the last hour; the table has the same numbers"
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={rows} accessibilityLayer={false} margin={{ top: 4, right: 12, bottom: 0, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="time" tick={tick} stroke="var(--line-strong)" tickLine={false} minTickGap={24} />
          <YAxis width={40} tick={tick} axisLine={false} tickLine={false} allowDecimals={false} />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconSize={10}
            itemSorter={null}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {bars.map(({ key, name, fill }) => (
            <Bar
              key={key}
              dataKey={key}
              name={name}
              stackId="answers"
              fill={fill}
              maxBarSize={28}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
