import { useInfiniteQuery } from "@tanstack/react-query";
import { ChartColumn, Table2 } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTimeZone } from "../../queries/settings.ts";
import { sessionRequests } from "../../queries/verdicts.ts";
import { IconButton } from "../../ui/button.tsx";
import { PanelStatus } from "../../ui/panel-status.tsx";
import { type ActivityBucket, type ActivityKind, activityKinds, countActivity } from "../../view/activity.ts";
import { formatClock, formatDuration } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { activityLooks } from "./activity-looks.ts";

// The chart's library is as large as the rest of the interface: it is only read where a chart stands.
const ActivityChart = lazy(() => import("./activity-chart.tsx").then((module) => ({ default: module.ActivityChart })));

interface ActivityTableProps {
  readonly buckets: readonly ActivityBucket[];
  readonly kinds: readonly ActivityKind[];
  readonly zone: TimeZone;
}

function ActivityTable({ buckets, kinds, zone }: ActivityTableProps) {
  return (
    <div role="region" aria-label="Requests over time, as a table" tabIndex={0} className="h-full overflow-y-auto">
      <table className="w-full text-xs">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th className="th py-1">From</th>
            {kinds.map((kind) => (
              <th key={kind} className="th !text-right">
                {activityLooks[kind].label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets
            .filter((bucket) => kinds.some((kind) => bucket[kind] > 0))
            .map((bucket) => (
              <tr key={bucket.start} className="border-t border-line">
                <td className="py-0.5">{formatClock(bucket.start, zone)}</td>
                {kinds.map((kind) => (
                  <td key={kind} className="text-right">
                    {bucket[kind]}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** When the session's requests came, and how they were answered. */
export function Activity({ verdictId }: { verdictId: string }) {
  const query = useInfiniteQuery(sessionRequests(verdictId));
  const zone = useTimeZone();
  const [as, setAs] = useState<"chart" | "table">("chart");
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const buckets = useMemo(() => countActivity(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data]);
  const kinds = useMemo(() => activityKinds.filter((kind) => buckets.some((bucket) => bucket[kind] > 0)), [buckets]);
  const width = buckets[0]?.width_ms;
  return (
    <section aria-label="Requests over time" className="card mb-3 flex h-[168px] flex-col px-4 pt-2 pb-2">
      <div className="flex h-6 items-center gap-4">
        <h2 className="th">
          Requests over time
          {width !== undefined && <span className="font-normal"> · one bar: {formatDuration(width)}</span>}
        </h2>
        <span className="flex flex-1 gap-3 text-2xs text-ink-2">
          {kinds.map((kind) => (
            <span key={kind} className="flex items-center gap-1">
              <span className="size-2 rounded-sm" style={{ background: activityLooks[kind].fill }} aria-hidden="true" />
              {activityLooks[kind].label}
            </span>
          ))}
        </span>
        <IconButton
          icon={as === "chart" ? Table2 : ChartColumn}
          label={as === "chart" ? "Show as a table" : "Show as a chart"}
          onClick={() => setAs(as === "chart" ? "table" : "chart")}
          className="!size-6"
        />
      </div>
      <div className="min-h-0 flex-1">
        {query.data === undefined ? (
          <PanelStatus query={query} what="the requests" />
        ) : buckets.length === 0 ? (
          <p className="flex h-full items-center justify-center text-xs text-ink-3">This evidence has no clock</p>
        ) : as === "table" ? (
          <ActivityTable buckets={buckets} kinds={kinds} zone={zone} />
        ) : (
          <Suspense fallback={null}>
            <ActivityChart buckets={buckets} kinds={kinds} zone={zone} />
          </Suspense>
        )}
      </div>
    </section>
  );
}
