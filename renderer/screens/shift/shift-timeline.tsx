import { ChartColumn, Table2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Shift } from "../../../shared/shift.ts";
import { IconButton } from "../../ui/button.tsx";
import { LoadingPanel } from "../../ui/panel-status.tsx";
import { formatCount, formatDuration, formatInstant } from "../../view/format.ts";
import { useShiftRange } from "../../view/shift-range.ts";
import type { TimeZone } from "../../view/view.ts";

const ShiftChart = lazy(async () => ({ default: (await import("./shift-chart.tsx")).ShiftChart }));

interface ShiftTimelineProps {
  readonly shift: Shift;
  readonly zone: TimeZone;
}

/** What came in and what was closed, over time. */
export function ShiftTimeline({ shift, zone }: ShiftTimelineProps) {
  const asTable = useShiftRange((state) => state.asTable);
  const { timeline } = shift;
  const width = timeline[0]?.width_ms ?? 0;
  return (
    <section aria-labelledby="shift-timeline" className="card p-4">
      <div className="flex items-center justify-between">
        <h2 id="shift-timeline" className="text-sm font-semibold">
          Came in and closed <span className="font-normal text-ink-3">by {formatDuration(width)}</span>
        </h2>
        <IconButton
          icon={asTable ? ChartColumn : Table2}
          label={asTable ? "Show as a chart" : "Show as a table"}
          className="!size-6"
          onClick={() => useShiftRange.setState({ asTable: !asTable })}
        />
      </div>
      <div className="mt-2 h-[220px]">
        {asTable ? (
          <section aria-label="Came in and closed, as a table" tabIndex={0} className="h-full overflow-y-auto">
            <table className="w-full text-xs">
              <thead className="sticky top-0 bg-surface">
                <tr>
                  <th className="th py-1">From</th>
                  <th className="th !text-right">Came in</th>
                  <th className="th !text-right">Closed</th>
                </tr>
              </thead>
              <tbody>
                {timeline.map(({ start, came_in, closed }) => (
                  <tr key={start} className="border-t border-line">
                    <td className="py-1">{formatInstant(start, zone).slice(0, 16)}</td>
                    <td className="text-right">{formatCount(came_in)}</td>
                    <td className="text-right">{formatCount(closed)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ) : (
          <Suspense fallback={<LoadingPanel what="the chart" />}>
            <ShiftChart shift={shift} zone={zone} />
          </Suspense>
        )}
      </div>
    </section>
  );
}
