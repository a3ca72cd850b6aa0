import { ChartBar, Table2 } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Drift, DriftItem } from "../../../shared/drift.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { IconButton } from "../../ui/button.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { LoadingPanel } from "../../ui/panel-status.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatShare, nameBin, useDriftView } from "../../view/drift.ts";
import { formatCount, formatInstant, formatUnit, formatValue } from "../../view/format.ts";
import { placeHash } from "../../view/place.ts";

const BinsChart = lazy(async () => ({ default: (await import("./bins-chart.tsx")).BinsChart }));

function BinsTable({ item }: { item: DriftItem }) {
  return (
    <table aria-label={`${item.label}: shares of sessions`} className="w-full text-xs">
      <thead>
        <tr>
          <th className="th py-1">{formatUnit(item.unit) === "" ? "Value" : item.unit}</th>
          <th className="th !text-right">Reference</th>
          <th className="th !text-right">Now</th>
        </tr>
      </thead>
      <tbody>
        {item.bins
          .filter(({ reference, live }) => reference + live > 0)
          .map((bin) => (
            <tr key={nameBin(bin)} className="border-t border-line">
              <td className="py-1">{nameBin(bin)}</td>
              <td className="text-right">{formatShare(bin.reference)}</td>
              <td className="text-right">{formatShare(bin.live)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Examples({ item }: { item: DriftItem }) {
  const zone = useTimeZone();
  if (item.examples.length === 0) return null;
  return (
    <>
      <h4 className="th mt-4">Sessions where its share grew most</h4>
      <ul className="mt-1">
        {item.examples.map(({ verdict_id, client, host, request_line, decided_at }) => (
          <li key={verdict_id} className="border-t border-line first:border-0">
            <a
              href={placeHash({ screen: "session", id: verdict_id, tab: "behaviour" })}
              className="block rounded px-1 py-1.5 text-xs hover:bg-hover"
            >
              <span className="block truncate text-accent">
                <UntrustedText text={request_line} />
              </span>
              <span className="flex justify-between gap-2 text-2xs text-ink-3">
                <span className="min-w-0 truncate">
                  <UntrustedText
                    text={[client ?? "unknown client", host].filter((part) => part !== null).join(" at ")}
                  />
                </span>
                <span className="shrink-0">{formatInstant(decided_at, zone).slice(0, 16)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function referenceWords({ subject }: DriftItem, { behaviour, payload }: Drift): string {
  if (subject === "payload_score") {
    const { sessions, source } = payload.reference ?? { sessions: 0, source: "" };
    return `${formatCount(sessions)} sessions that the payload model judged when it was made. ${source}.`;
  }
  if (subject === "behaviour_score") return "Sessions that the behaviour model keeps of those that it was fitted to";
  return behaviour.fitted_at === null
    ? `${formatCount(behaviour.sessions)} invented sessions, as shipped`
    : `${formatCount(behaviour.sessions)} sessions of this machine`;
}

/** One number: how it is spread, then and now. */
export function NumberDetail({ item, drift }: { item: DriftItem; drift: Drift }) {
  const asTable = useDriftView((view) => view.asTable);
  const value = (x: number | null) => [formatValue(x), x === null ? "" : formatUnit(item.unit)].join(" ").trim();
  return (
    <aside
      aria-label={item.label}
      tabIndex={0}
      className="w-[400px] shrink-0 overflow-y-auto border-l border-line bg-surface p-4 focus-visible:outline-offset-[-2px] 2xl:w-[520px]"
    >
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h3 className="text-sm font-semibold">{item.label}</h3>
          <p className="mt-0.5 text-xs text-ink-2">{item.meaning}.</p>
        </div>
        <IconButton
          icon={asTable ? ChartBar : Table2}
          label={asTable ? "Show as a chart" : "Show as a table"}
          className="!size-6"
          onClick={() => useDriftView.setState({ asTable: !asTable })}
        />
      </div>
      <div className="mt-3">
        {asTable ? (
          <BinsTable item={item} />
        ) : (
          <Suspense fallback={<LoadingPanel what="the chart" />}>
            <BinsChart item={item} />
          </Suspense>
        )}
      </div>
      <div className="mt-4">
        <Facts>
          <Fact name="Median then">{value(item.before.median)}</Fact>
          <Fact name="Median now">{value(item.after.median)}</Fact>
          <Fact name="Not available then">{formatShare(item.before.missing)}</Fact>
          <Fact name="Not available now">{formatShare(item.after.missing)}</Fact>
          <Fact name="Sessions now">{formatCount(item.sessions)}</Fact>
          <Fact name="Reference">
            <span className="break-normal">{referenceWords(item, drift)}</span>
          </Fact>
        </Facts>
      </div>
      <Examples item={item} />
    </aside>
  );
}
