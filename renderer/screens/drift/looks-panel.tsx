import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { DriftLook } from "../../../shared/drift.ts";
import { driftLooksQuery } from "../../queries/drift.ts";
import { EmptyPanel, LoadingPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatShare } from "../../view/drift.ts";
import { formatCount, formatInstant } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";

const LooksChart = lazy(async () => ({ default: (await import("./looks-chart.tsx")).LooksChart }));

/** Names that a row lists. */
const named = 3;

function driftedWords({ drifted }: DriftLook): string {
  if (drifted.length === 0) return "nothing";
  const rest = drifted.length - named;
  return rest > 0 ? `${drifted.slice(0, named).join(", ")} and ${rest} more` : drifted.join(", ");
}

function Row({ look, zone }: { look: DriftLook; zone: TimeZone }) {
  return (
    <tr className="border-b border-line">
      <td className="py-1.5 pl-4 whitespace-nowrap">{formatInstant(look.at, zone)}</td>
      <td className="text-right">{formatCount(look.sessions)}</td>
      <td className="text-right">{look.largest === null ? "–" : look.largest.toFixed(2)}</td>
      <td className="text-right">{look.is_told ? formatCount(look.moved) : "–"}</td>
      <td className={`truncate pl-4 ${look.drifted.length > 0 ? "font-medium text-danger" : "text-ink-2"}`}>
        {look.is_told || look.drifted.length > 0 ? driftedWords(look) : "not enough to tell"}
        {look.is_new_model && <span className="ml-2 font-normal text-ink-3">other models than before</span>}
      </td>
      <td className="text-right">{look.calibration_error === null ? "–" : formatShare(look.calibration_error)}</td>
      <td className="pr-4 text-right">
        {look.coverage === null ? "–" : formatShare(look.coverage.held / look.coverage.labelled)}
      </td>
    </tr>
  );
}

/** The looks that the alarm comes from, as a chart and, below, as a table. */
export function LooksPanel({ zone }: { zone: TimeZone }) {
  const query = useQuery(driftLooksQuery());
  if (query.data === undefined) return <PanelStatus query={query} what="the looks" />;
  const looks = query.data;
  if (looks.length === 0) return <EmptyPanel title="There was no look yet" />;
  return (
    <section
      aria-label="Looks so far"
      tabIndex={0}
      className="h-full overflow-y-auto bg-surface focus-visible:outline-offset-[-2px]"
    >
      <StaleNote query={query} what="the looks" />
      {looks.some(({ largest }) => largest !== null) && (
        <div className="px-4 pt-3">
          <h3 className="text-sm font-semibold">
            Largest index of each look <span className="font-normal text-ink-3">drift from 0.25 on</span>
          </h3>
          <Suspense fallback={<LoadingPanel what="the chart" />}>
            <LooksChart looks={looks} zone={zone} />
          </Suspense>
        </div>
      )}
      <table aria-label="Looks at the last seven days" className="w-full table-fixed text-xs">
        <thead className="sticky top-0 z-[1] bg-surface">
          <tr className="border-b border-line">
            <th className="th w-[168px] py-2 pl-4">Looked at</th>
            <th className="th w-[84px] !text-right">Sessions</th>
            <th className="th w-[104px] !text-right">Largest index</th>
            <th className="th w-[72px] !text-right">Moved</th>
            <th className="th pl-4">Drifted</th>
            <th className="th w-[128px] !text-right">Calibration error</th>
            <th className="th w-[96px] pr-4 !text-right">Coverage</th>
          </tr>
        </thead>
        <tbody>
          {looks.map((look) => (
            <Row key={look.at} look={look} zone={zone} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
