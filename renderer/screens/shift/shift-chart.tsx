import { Bar, BarChart, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { Shift } from "../../../shared/shift.ts";
import { formatClock, formatCount, formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";

const dayMs = 86_400_000;

/** Bars of what came in and what was closed. The table says the same. */
export function ShiftChart({ shift, zone }: { shift: Shift; zone: TimeZone }) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  const { timeline } = shift;
  const isDaily = (timeline[0]?.width_ms ?? 0) >= dayMs;
  return (
    <div
      role="img"
      aria-label={`Alerts that came in and were closed over time, ${timeline.length} pairs of bars. The table has the same numbers.`}
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={timeline}
          accessibilityLayer={false}
          margin={{ top: 6, right: 4, bottom: 0, left: 0 }}
          maxBarSize={28}
        >
          <XAxis
            dataKey="start"
            tickFormatter={(start: string) =>
              isDaily ? formatInstant(start, zone).slice(5, 10) : formatClock(start, zone).slice(0, 5)
            }
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            height={18}
            minTickGap={30}
          />
          <YAxis
            width={44}
            allowDecimals={false}
            tick={tick}
            tickFormatter={(count: number) => formatCount(count)}
            axisLine={false}
            tickLine={false}
            tickCount={4}
          />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconType="square"
            iconSize={9}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          <Bar dataKey="came_in" name="Came in" fill="var(--bar-up)" isAnimationActive={false} />
          <Bar dataKey="closed" name="Closed" fill="var(--bar-down)" isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
