import { lazy } from "react";
import type { TelemetryState } from "../../../shared/telemetry.ts";
import { ChartCard, NumberTable } from "../../learn/chart-card.tsx";
import { formatCount, formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { formatShare } from "./answer-words.ts";

const AnswersChart = lazy(async () => ({ default: (await import("./answers-chart.tsx")).AnswersChart }));

const minuteMs = 60_000;

/** Every minute from the first that had samples to now: else quiet ones would be left out of the axis. */
function everyMinute(minutes: TelemetryState["minutes"]): TelemetryState["minutes"] {
  const known = new Map(minutes.map((one) => [Date.parse(one.from), one]));
  const first = Math.min(...known.keys());
  const last = Math.max(...known.keys(), Math.floor(Date.now() / minuteMs) * minuteMs);
  const count = Math.min(60, (last - first) / minuteMs + 1);
  return Array.from({ length: count }, (_, i) => {
    const from = last - (count - 1 - i) * minuteMs;
    return known.get(from) ?? { from: new Date(from).toISOString(), samples: 0, throttled: 0, frozen: 0 };
  });
}

/** How samples were answered in the last hour, as a chart or a table. */
export function AnswersCard({ minutes, zone }: { minutes: TelemetryState["minutes"]; zone: TimeZone }) {
  if (minutes.length === 0) return null;
  const rows = everyMinute(minutes).map((one) => ({ ...one, time: formatInstant(one.from, zone).slice(11, 16) }));
  return (
    <ChartCard
      title="Alarms, minute by minute"
      note="the last hour"
      chart={<AnswersChart rows={rows} />}
      table={
        <NumberTable
          label="Alarms, minute by minute"
          head={["Minute", "Samples", "Throttle", "Freeze", "Alarms"]}
          rows={rows.toReversed().map(({ from, time, samples, throttled, frozen }) => ({
            key: from,
            cells: [time, ...[samples, throttled, frozen].map(formatCount), formatShare(throttled + frozen, samples)],
          }))}
        />
      }
    />
  );
}
