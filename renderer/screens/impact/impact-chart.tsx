import type { ImpactReport } from "../../../shared/impact.ts";
import { DeedsChart } from "../../respond/deeds-chart.tsx";

const dayMs = 86_400_000;
const shown = ["tagged", "challenged", "blocked"] as const;

/** What was done with requests, day by day. */
export function ImpactChart({ report }: { report: ImpactReport }) {
  const known = new Map(report.days.map((day) => [day.day, day]));
  const from = Date.parse(report.from);
  const rows = Array.from({ length: Math.round((Date.parse(report.to) - from) / dayMs) }, (_, i) => {
    const day = new Date(from + i * dayMs).toISOString();
    const deeds = known.get(day)?.deeds;
    return { time: day.slice(5, 10), ...Object.fromEntries(shown.map((deed) => [deed, deeds?.[deed] ?? 0])) };
  });
  const label = `What was done with requests on ${rows.length} days; the table has the same numbers`;
  return <DeedsChart rows={rows} deeds={shown} label={label} axisWidth={48} barWidth={36} />;
}
