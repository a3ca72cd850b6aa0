import { CartesianGrid, Legend, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";

export interface ChartLine {
  readonly key: string;
  readonly name: string;
  /** One tells apart by colour and by dashes. */
  readonly look: "first" | "second";
}

interface NumberChartProps {
  /** What the chart shows, for those who hear it; its table has the same numbers. */
  readonly label: string;
  readonly rows: readonly Record<string, number | string | null>[];
  readonly x: {
    readonly key: string;
    readonly name: string;
    readonly isNumber?: boolean;
    readonly format?: (value: string) => string;
  };
  readonly lines: readonly ChartLine[];
  /** A line from corner to corner, where that is what would be perfect. */
  readonly diagonal?: boolean;
  readonly from?: number;
}

const looks = {
  first: { stroke: "var(--bar-down)", dash: "0" },
  second: { stroke: "var(--bar-up)", dash: "5 3" },
};
const tick = { fontSize: 11, fill: "var(--ink-3)" };

/** Lines over numbers or names, in [0, 1] upwards. */
export function NumberChart({ label, rows, x, lines, diagonal = false, from = 0 }: NumberChartProps) {
  return (
    <div role="img" aria-label={label} className="size-full">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={[...rows]} accessibilityLayer={false} margin={{ top: 4, right: 12, bottom: 12, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey={x.key}
            {...(x.isNumber === true ? { type: "number" as const, domain: [0, 1] } : {})}
            {...(x.format === undefined ? {} : { tickFormatter: x.format })}
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            minTickGap={24}
            height={28}
            label={{ value: x.name, position: "insideBottom", offset: -4, fontSize: 11, fill: "var(--ink-3)" }}
          />
          <YAxis width={40} domain={[from, 1]} tick={tick} axisLine={false} tickLine={false} tickCount={5} />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconType="plainline"
            iconSize={18}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {diagonal && (
            <ReferenceLine
              segment={[
                { x: 0, y: 0 },
                { x: 1, y: 1 },
              ]}
              stroke="var(--line-strong)"
              strokeDasharray="2 3"
            />
          )}
          {lines.map(({ key, name, look }) => (
            <Line
              key={key}
              dataKey={key}
              name={name}
              stroke={looks[look].stroke}
              strokeDasharray={looks[look].dash}
              strokeWidth={2}
              dot={rows.length > 40 ? false : { r: 2.5, strokeDasharray: "0" }}
              isAnimationActive={false}
              connectNulls
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
