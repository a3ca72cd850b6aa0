import type { FlowOverride, TelemetryState } from "../../../shared/telemetry.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, formatPlural } from "../../view/format.ts";
import type { TimeZone } from "../../view/view.ts";
import { answerWords, decisionWords, formatMs, formatShare } from "./answer-words.ts";

interface RoutesPanelProps {
  readonly routes: TelemetryState["routes"];
  readonly overrides: readonly FlowOverride[];
  readonly zone: TimeZone;
  readonly onDecide: (route: string) => void;
}

/** What each route reported, how it was answered, and whether somebody decided for it. */
export function RoutesPanel({ routes, overrides, zone, onDecide }: RoutesPanelProps) {
  const decided = new Map(overrides.filter(({ kind }) => kind === "route").map((one) => [one.subject, one]));
  return (
    <section aria-labelledby="telemetry-routes" className="card">
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="telemetry-routes" className="text-sm font-semibold">
          Routes
        </h2>
        <span className="text-xs text-ink-2">
          {formatPlural(routes.length, "route")}, those with most alarms first; counted since the engine started or
          learned anew
        </span>
      </div>
      {routes.length === 0 ? (
        <EmptyPanel title="No service has reported anything yet">
          A service sends each of its requests to <code className="font-mono text-xs">POST /analyze-flow</code> and is
          told whether it is out of the ordinary. Ids in routes become templates before anything is kept.
        </EmptyPanel>
      ) : (
        <table aria-labelledby="telemetry-routes" className="w-full table-fixed text-sm">
          <thead>
            <tr className="border-b border-line">
              <th className="th py-1.5 pl-4">Route</th>
              <th className="th w-[84px] !text-right">Samples</th>
              <th className="th w-[96px] !text-right">Median</th>
              <th className="th w-[96px] !text-right">95 %</th>
              <th className="th w-[92px] !text-right">Alarms</th>
              <th className="th w-[176px] pl-5">Last answer</th>
              <th className="th w-[104px]">Decided</th>
              <th className="th w-[92px] pr-4">
                <span className="sr-only">Decide</span>
              </th>
            </tr>
          </thead>
          <tbody className="tabular-nums">
            {routes.map((one) => {
              const override = decided.get(one.route);
              const { word, tone } = answerWords[one.last_answer];
              const alarms = one.throttled + one.frozen;
              return (
                <tr key={one.route} className="border-b border-line last:border-0">
                  <th scope="row" className="py-2 pl-4 text-left font-mono text-xs font-medium break-all">
                    <UntrustedText text={one.route} />
                  </th>
                  <td className="py-2 text-right">{formatCount(one.samples)}</td>
                  <td className="py-2 text-right">{one.latency === null ? "–" : formatMs(one.latency.median)}</td>
                  <td className="py-2 text-right">{one.latency === null ? "–" : formatMs(one.latency.p95)}</td>
                  <td
                    className={`py-2 text-right ${alarms > 0 ? "font-semibold" : "text-ink-2"}`}
                    title={`${formatCount(one.throttled)} throttled, ${formatCount(one.frozen)} frozen`}
                  >
                    {formatShare(alarms, one.samples)}
                  </td>
                  <td className="py-2 pl-5">
                    <span className="flex items-center gap-2">
                      <Badge tone={tone}>{word}</Badge>
                      <span className="text-xs text-ink-3">{formatInstant(one.last_at, zone).slice(5, 19)}</span>
                    </span>
                  </td>
                  <td className="py-2">
                    {override === undefined ? (
                      <span className="text-xs text-ink-3">by the model</span>
                    ) : (
                      <Badge tone={decisionWords[override.action].tone}>{decisionWords[override.action].word}</Badge>
                    )}
                  </td>
                  <td className="py-2 pr-4 text-right">
                    <Button size="small" aria-label={`Decide for ${one.route}`} onClick={() => onDecide(one.route)}>
                      Decide…
                    </Button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}
