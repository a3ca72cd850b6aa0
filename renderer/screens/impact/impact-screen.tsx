import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { lazy } from "react";
import type { ImpactReport } from "../../../shared/impact.ts";
import { ChartCard, NumberTable } from "../../learn/chart-card.tsx";
import { impactQuery } from "../../queries/impact.ts";
import { deedLabels } from "../../respond/deeds.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount } from "../../view/format.ts";
import { formatMicros, impactDays, impactGroups, rowsOf, useImpactView } from "../../view/impact.ts";
import { placeHash } from "../../view/place.ts";
import { ImpactTable } from "./impact-table.tsx";
import { ImpactTiles } from "./impact-tiles.tsx";

const ImpactChart = lazy(async () => ({ default: (await import("./impact-chart.tsx")).ImpactChart }));

/** Gatekeepers whose requests are in no figure here. */
function NotMeasured({ report }: { report: ImpactReport }) {
  const silent = report.gatekeepers.filter(({ measures }) => !measures);
  if (silent.length === 0) return null;
  return (
    <p role="status" className="card px-4 py-3 text-sm">
      <strong className="font-semibold text-warn">Not measured:</strong>{" "}
      <span className="[&_.untrusted]:font-sans">
        <UntrustedText text={silent.map(({ name }) => name).join(", ")} />
      </span>
      . It has not told yet what its rules cost, or its version does not measure it. Its requests are in no figure here.
    </p>
  );
}

function Group({ report }: { report: ImpactReport }) {
  const group = useImpactView((view) => view.group);
  const hidden = report.pairs_in_all - report.pairs.length;
  return (
    <section aria-labelledby="impact-by" className="card">
      <div className="flex items-center gap-3 px-4 py-2.5">
        <h2 id="impact-by" className="sr-only">
          What it cost, and where
        </h2>
        <Segments
          legend="Rows of the table"
          options={impactGroups}
          value={group}
          onChange={(to) => useImpactView.setState({ group: to })}
        />
        <p className="min-w-0 flex-1 truncate text-right text-xs text-ink-3">
          {group === "routes"
            ? "Times are those of the whole look, which all rules take together"
            : "Times are those of the rule alone, for a sample of its requests"}
          {group === "pairs" && hidden > 0 && `; ${formatCount(hidden)} more that did less are left out`}
        </p>
      </div>
      <ImpactTable key={group} rows={rowsOf(report, group)} price={report.price} />
    </section>
  );
}

function Days({ report }: { report: ImpactReport }) {
  return (
    <ChartCard
      title="Day by day"
      note="what was done with requests, UTC"
      chart={<ImpactChart report={report} />}
      table={
        <NumberTable
          label="Day by day"
          head={[
            "Day",
            "Requests",
            ...(["tagged", "challenged", "blocked"] as const).map((deed) => deedLabels[deed]),
            "Mean time",
          ]}
          rows={report.days.map(({ day, requests, deeds, times }) => ({
            key: day,
            cells: [
              day.slice(0, 10),
              ...[requests, deeds.tagged, deeds.challenged, deeds.blocked].map(formatCount),
              times === null ? "not timed" : formatMicros(times.mean_us),
            ],
          }))}
        />
      }
    />
  );
}

/** What rules cost at the gatekeepers: time added, requests blocked, and false ones among them. */
export function ImpactScreen() {
  const days = useImpactView((view) => view.days);
  const query = useQuery(impactQuery(Number(days)));
  const report = query.data;
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 py-2">
        <Segments
          legend="Days"
          options={impactDays}
          value={days}
          onChange={(to) => useImpactView.setState({ days: to })}
        />
        {report !== undefined && (
          <p role="status" className="min-w-0 flex-1 truncate text-right text-xs text-ink-2">
            Whole days, UTC: {report.from.slice(0, 10)} to{" "}
            {new Date(Date.parse(report.to) - 1).toISOString().slice(0, 10)}
          </p>
        )}
      </div>
      <div className="min-h-0 flex-1">
        {report === undefined ? (
          <PanelStatus query={query} what="the impact" />
        ) : report.gatekeepers.length === 0 && report.total.requests === 0 ? (
          <EmptyPanel icon={ShieldCheck} title="There is no gatekeeper yet">
            Gatekeepers measure what rules do to requests, and what that costs.{" "}
            <a className="text-accent underline" href={placeHash({ screen: "gatekeepers" })}>
              Add one
            </a>
          </EmptyPanel>
        ) : (
          <section
            aria-label="Impact"
            tabIndex={0}
            className="h-full overflow-y-auto focus-visible:outline-offset-[-2px]"
          >
            <StaleNote query={query} what="the impact" />
            <div className="mx-auto max-w-[1480px] space-y-3 p-4">
              <NotMeasured report={report} />
              {report.total.requests === 0 ? (
                <EmptyPanel title="Nothing was measured in this time">
                  Figures come a quarter of a minute after the requests.
                </EmptyPanel>
              ) : (
                <>
                  <ImpactTiles report={report} />
                  <Group report={report} />
                  <Days report={report} />
                </>
              )}
            </div>
          </section>
        )}
      </div>
    </div>
  );
}
