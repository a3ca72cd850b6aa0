import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, XAxis, YAxis } from "recharts";
import type { RuleHits } from "../queries/gatekeepers.ts";
import { formatInstant } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";
import { deedLabels, deeds } from "./deeds.ts";

const tick = { fontSize: 11, fill: "var(--ink-3)" };
const fills = {
  logged: "var(--bar-benign)",
  tagged: "var(--bar-tag)",
  challenged: "var(--bar-down)",
  blocked: "var(--bar-simulate)",
} as const;

/** Hits of a rule by time and by what was done. */
export function RuleHitsChart({ hits, hours, zone }: { hits: RuleHits; hours: number; zone: TimeZone }) {
  const rows = withQuietSteps(hits, hours).map((step) => ({
    ...step,
    time: formatInstant(step.at, zone).slice(5, 16),
  }));
  return (
    <div role="img" aria-label={`${hits.total} hits by time; the table has the same numbers`} className="size-full">
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
          {deeds.map((deed) => (
            <Bar
              key={deed}
              dataKey={deed}
              name={deedLabels[deed]}
              stackId="hits"
              fill={fills[deed]}
              maxBarSize={28}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Steps of the whole time, those in which nothing was matched among them: else times far apart would stand side by side. */
function withQuietSteps({ steps, step_minutes }: RuleHits, hours: number): RuleHits["steps"] {
  const stepMs = step_minutes * 60_000;
  const known = new Map(steps.map((step) => [Date.parse(step.at), step]));
  const last = Math.max(...known.keys(), Math.floor(Date.now() / stepMs) * stepMs);
  const count = Math.ceil((hours * 3_600_000) / stepMs);
  return Array.from({ length: count }, (_, i) => {
    const at = last - (count - 1 - i) * stepMs;
    return known.get(at) ?? { at: new Date(at).toISOString(), logged: 0, tagged: 0, challenged: 0, blocked: 0 };
  });
}
