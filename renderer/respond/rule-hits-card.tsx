import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { ChartCard, NumberTable } from "../learn/chart-card.tsx";
import { ruleHitsQuery } from "../queries/gatekeepers.ts";
import { useTimeZone } from "../queries/settings.ts";
import { PanelStatus } from "../ui/panel-status.tsx";
import { formatCount, formatInstant, formatPlural } from "../view/format.ts";
import { deedLabels, deeds } from "./deeds.ts";

const RuleHitsChart = lazy(async () => ({ default: (await import("./rule-hits-chart.tsx")).RuleHitsChart }));

/** What one rule matched at the gatekeepers within some hours, as a chart or as a table. */
export function RuleHitsCard({ rule, title, hours }: { rule: string; title: string; hours: number }) {
  const zone = useTimeZone();
  const query = useQuery(ruleHitsQuery(rule, hours));
  const hits = query.data;
  if (hits === undefined) return <PanelStatus query={query} what="the hits" />;
  if (hits.total === 0) {
    return (
      <section aria-label={title} className="card p-4 text-sm text-ink-2">
        {title}: none in the last {formatPlural(hours, "hour")}.
      </section>
    );
  }
  const step = hits.step_minutes === 1 ? "minute" : `${hits.step_minutes} minutes`;
  return (
    <ChartCard
      title={title}
      note={`${formatPlural(hits.total, "request")} in ${formatPlural(hours, "hour")}, by ${step}`}
      chart={<RuleHitsChart hits={hits} hours={hours} zone={zone} />}
      table={
        <NumberTable
          label={title}
          head={["From", ...deeds.map((deed) => deedLabels[deed])]}
          rows={hits.steps.map((one) => ({
            key: one.at,
            cells: [formatInstant(one.at, zone).slice(0, 16), ...deeds.map((deed) => formatCount(one[deed]))],
          }))}
        />
      }
    />
  );
}
