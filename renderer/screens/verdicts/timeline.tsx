import { useQuery } from "@tanstack/react-query";
import { ChartColumn, Table2 } from "lucide-react";
import { memo } from "react";
import { useTimeZone } from "../../queries/settings.ts";
import { type Counts, countsQuery } from "../../queries/verdicts.ts";
import { IconButton } from "../../ui/button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { formatCount, formatDuration, formatInstant } from "../../view/format.ts";
import { type ListFilter, type TimeZone, useView } from "../../view/view.ts";
import { TimelineChart } from "./timeline-chart.tsx";

export type Bucket = Counts["timeline"][number];

function showOnly({ start, width_ms }: Bucket): void {
  useView.getState().setFilter({ after: start, before: new Date(new Date(start).getTime() + width_ms).toISOString() });
}

function TimelineTable({ buckets, zone }: { buckets: readonly Bucket[]; zone: TimeZone }) {
  const filled = buckets.filter(({ counts }) => counts.simulate + counts.tag + counts.benign > 0).toReversed();
  return (
    <section aria-label="Sessions over time, as a table" tabIndex={0} className="h-full overflow-y-auto">
      <table className="w-full text-xs">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th className="th py-0.5">From</th>
            <th className="th text-right">Simulate</th>
            <th className="th text-right">Tag</th>
            <th className="th text-right">Benign</th>
            <th className="th" />
          </tr>
        </thead>
        <tbody>
          {filled.map((bucket) => (
            <tr key={bucket.start} className="border-t border-line">
              <td className="py-0.5">{formatInstant(bucket.start, zone)}</td>
              <td className="text-right">{formatCount(bucket.counts.simulate)}</td>
              <td className="text-right">{formatCount(bucket.counts.tag)}</td>
              <td className="text-right">{formatCount(bucket.counts.benign)}</td>
              <td className="pl-4 text-right">
                <button type="button" className="text-accent underline" onClick={() => showOnly(bucket)}>
                  Show only these
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Sessions by their start, stacked by verdict; the same numbers as a table. */
export const Timeline = memo(function Timeline({ filter }: { filter: ListFilter }) {
  const counts = useQuery(countsQuery(filter));
  const as = useView((view) => view.timelineAs);
  const set = useView((view) => view.set);
  const zone = useTimeZone();
  if (counts.data === undefined) return <PanelStatus query={counts} what="the timeline" />;
  const buckets = counts.data.timeline;
  const width = buckets[0]?.width_ms;
  return (
    <section aria-label="Timeline" className="flex h-full flex-col">
      <div className="flex h-5 items-center justify-between">
        <h2 className="th">
          Sessions over time
          {width !== undefined && <span className="font-normal"> · one bar: {formatDuration(width)}</span>}
        </h2>
        <IconButton
          icon={as === "chart" ? Table2 : ChartColumn}
          label={as === "chart" ? "Show as a table" : "Show as a chart"}
          onClick={() => set({ timelineAs: as === "chart" ? "table" : "chart" })}
          className="!size-6"
        />
      </div>
      <div className="min-h-0 flex-1">
        {buckets.length === 0 ? (
          <p className="flex h-full items-center justify-center text-xs text-ink-3">
            {counts.data.total === 0 ? "Nothing to show" : "This evidence has no clock, so there is no timeline"}
          </p>
        ) : as === "table" ? (
          <TimelineTable buckets={buckets} zone={zone} />
        ) : (
          <TimelineChart buckets={buckets} zone={zone} onPick={showOnly} />
        )}
      </div>
    </section>
  );
});
