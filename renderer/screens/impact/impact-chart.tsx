import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { ImpactReport } from "../../../shared/impact.ts";
import { deedLabels } from "../../respond/deeds.ts";

const tick = { fontSize: 11, fill: "var(--ink-3)" };
const dayMs = 86_400_000;
const fills = {
  tagged: "var(--bar-tag)",
  challenged: "var(--bar-down)",
  blocked: "var(--bar-simulate)",
} as const;
const shown = ["tagged", "challenged", "blocked"] as const;

/** What was done with requests, day by day. */
export function ImpactChart({ report }: { report: ImpactReport }) {
  const known = new Map(report.days.map((day) => [day.day, day]));
  const from = Date.parse(report.from);
  const rows = Array.from({ length: Math.round((Date.parse(report.to) - from) / dayMs) }, (_, i) => {
    const day = new Date(from + i * dayMs).toISOString();
    const deeds = known.get(day)?.deeds;
    return { day: day.slice(5, 10), ...Object.fromEntries(shown.map((deed) => [deed, deeds?.[deed] ?? 0])) };
  });
  return (
    <div
      role="img"
      aria-label={`What was done with requests on ${rows.length} days; the table has the same numbers`}
      className="size-full"
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={rows} accessibilityLayer={false} margin={{ top: 4, right: 12, bottom: 0, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="day" tick={tick} stroke="var(--line-strong)" tickLine={false} minTickGap={24} />
          <YAxis width={48} tick={tick} axisLine={false} tickLine={false} allowDecimals={false} />
          <Legend
            verticalAlign="top"
            align="right"
            height={22}
            iconSize={10}
            itemSorter={null}
            formatter={(name: string) => <span style={{ color: "var(--ink-2)", fontSize: 12 }}>{name}</span>}
          />
          {shown.map((deed) => (
            <Bar
              key={deed}
              dataKey={deed}
              name={deedLabels[deed]}
              stackId="deeds"
              fill={fills[deed]}
              maxBarSize={36}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
