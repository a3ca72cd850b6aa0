import { Bar, BarChart, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { ActivityBucket, ActivityKind } from "../../view/activity.ts";
import { formatClock } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { activityLooks } from "./activity-looks.ts";

interface ActivityChartProps {
  readonly buckets: readonly ActivityBucket[];
  readonly kinds: readonly ActivityKind[];
  readonly zone: TimeZone;
}

/** Bars of requests over the session. The table says the same. */
export function ActivityChart({ buckets, kinds, zone }: ActivityChartProps) {
  const tick = { fontSize: 11, fill: "var(--ink-3)" };
  return (
    <div
      role="img"
      aria-label={`Requests over time, ${buckets.length} bars. The table has the same numbers.`}
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={buckets}
          accessibilityLayer={false}
          margin={{ top: 6, right: 4, bottom: 0, left: 0 }}
          barCategoryGap={1}
          maxBarSize={40}
        >
          <XAxis
            dataKey="start"
            tickFormatter={(start: string) =>
              formatClock(start, zone).slice(0, (buckets[0]?.width_ms ?? 0) < 1000 ? 10 : 8)
            }
            tick={tick}
            stroke="var(--line-strong)"
            tickLine={false}
            height={18}
            minTickGap={50}
          />
          <YAxis width={34} allowDecimals={false} tick={tick} axisLine={false} tickLine={false} tickCount={3} />
          {kinds.map((kind) => (
            <Bar
              key={kind}
              dataKey={kind}
              stackId="requests"
              fill={activityLooks[kind].fill}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
