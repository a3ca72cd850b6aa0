import type { RuleHits } from "../queries/gatekeepers.ts";
import { formatInstant } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";
import { deeds } from "./deeds.ts";
import { DeedsChart } from "./deeds-chart.tsx";

/** Hits of a rule by time and by what was done. */
export function RuleHitsChart({ hits, hours, zone }: { hits: RuleHits; hours: number; zone: TimeZone }) {
  const rows = withQuietSteps(hits, hours).map((step) => ({
    ...step,
    time: formatInstant(step.at, zone).slice(5, 16),
  }));
  const label = `${hits.total} hits by time; the table has the same numbers`;
  return <DeedsChart rows={rows} deeds={deeds} label={label} axisWidth={40} barWidth={28} />;
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
