import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleMinus, CircleX, type LucideIcon, RotateCw, TriangleAlert } from "lucide-react";
import type { ComponentHealth } from "../../../shared/health.ts";
import { useLive } from "../../live/live-state.ts";
import { healthQuery } from "../../queries/health.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatCount, formatInstant, formatInstantsIn, humanise } from "../../view/format.ts";
import { ModelServerPanel } from "./model-server-panel.tsx";
import { ReleasesPanel } from "./releases-panel.tsx";

const looks: Record<ComponentHealth["status"], { icon: LucideIcon; tone: string; word: string }> = {
  down: { icon: CircleX, tone: "text-danger", word: "Down" },
  degraded: { icon: TriangleAlert, tone: "text-warn", word: "Degraded" },
  healthy: { icon: CircleCheck, tone: "text-good", word: "Healthy" },
  off: { icon: CircleMinus, tone: "text-ink-3", word: "Off" },
};

const order = Object.keys(looks);

const liveWords = {
  connecting: "connecting",
  live: "live stream",
  polling: "polling, since the stream does not get through",
  offline: "no connection",
};

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="card px-4 py-3">
      <dt className="text-xs text-ink-2">{name}</dt>
      <dd className="mt-0.5 text-lg font-semibold">{children}</dd>
    </div>
  );
}

/** Each part of the engine, the troubled ones first. */
export function HealthScreen() {
  const client = useQueryClient();
  const query = useQuery(healthQuery());
  const zone = useTimeZone();
  const mode = useLive((state) => state.mode);
  if (query.data === undefined) return <PanelStatus query={query} what="the state of the engine" />;
  const health = query.data;
  const components = Object.entries(health.components).toSorted(
    ([a, { status: x }], [b, { status: y }]) => order.indexOf(x) - order.indexOf(y) || a.localeCompare(b),
  );
  return (
    <section aria-label="State of the engine" tabIndex={0} className="h-full overflow-y-auto">
      <StaleNote query={query} what="the state" />
      <div className="mx-auto max-w-[1080px] space-y-4 p-4">
        <dl className="grid grid-cols-4 gap-3">
          <Figure name="Engine">
            <span className={health.status === "healthy" ? "text-good" : "text-warn"}>
              {health.status === "healthy" ? "Healthy" : "Degraded"}
            </span>
          </Figure>
          <Figure name="Telemetry limits">{health.detector_trained ? "Learned" : "Fixed, not learned yet"}</Figure>
          <Figure name="Telemetry history">{formatCount(health.history_size)}</Figure>
          <Figure name="Version">
            {health.version}
            {health.newer_version !== undefined && (
              <span className="ml-2 text-xs font-normal text-ink-2">{health.newer_version} is there</span>
            )}
          </Figure>
        </dl>
        <div className="card">
          <div className="flex items-center justify-between border-b border-line px-4 py-2">
            <h2 id="components" className="text-sm font-semibold">
              Components
            </h2>
            <span className="flex items-center gap-3 text-xs text-ink-3">
              As of {formatInstant(health.timestamp, zone)} · this window: {liveWords[mode]}
              <Button
                size="small"
                icon={RotateCw}
                disabled={query.isFetching}
                onClick={() => void client.invalidateQueries({ queryKey: ["health"] })}
              >
                Check now
              </Button>
            </span>
          </div>
          <table aria-labelledby="components" className="w-full">
            <thead className="sr-only">
              <tr>
                <th>Component</th>
                <th>Status</th>
                <th>Detail</th>
              </tr>
            </thead>
            <tbody>
              {components.map(([name, { status, detail }]) => {
                const { icon: Icon, tone, word } = looks[status];
                return (
                  <tr key={name} className="border-b border-line last:border-0">
                    <td className="w-[200px] py-2.5 pl-4 font-medium">{humanise(name)}</td>
                    <td className={`w-[130px] ${tone}`}>
                      <span className="flex items-center gap-1.5 font-medium">
                        <Icon size={15} aria-hidden="true" />
                        {word}
                      </span>
                    </td>
                    <td className="py-2.5 pr-4 break-words text-ink-2">{formatInstantsIn(detail ?? "", zone)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <ReleasesPanel />
        <ModelServerPanel />
      </div>
    </section>
  );
}
