import type { z } from "zod";
import type { FeatureInContext } from "../../../shared/verdict.ts";
import { isToldOnly, type VerdictDetail } from "../../queries/verdicts.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { formatUnit, formatValue } from "../../view/format.ts";
import { byUnusualness, isOutside, rangeScale } from "../../view/unusual.ts";
import { Activity } from "./activity.tsx";

type Feature = z.infer<typeof FeatureInContext>;

function Range({ feature }: { feature: Feature }) {
  const { reference, value } = feature;
  if (reference === null) return <span className="text-ink-3">no reference</span>;
  const at = rangeScale(reference, value);
  return (
    <span className="relative block h-4" aria-hidden="true">
      <span className="absolute top-[7px] h-0.5 w-full rounded bg-sunken" />
      <span
        className="absolute top-1 h-2 min-w-0.5 rounded-sm bg-bar-benign/50"
        style={{ left: `${at(reference.p05)}%`, width: `${at(reference.p95) - at(reference.p05)}%` }}
      />
      <span className="absolute top-[3px] h-2.5 w-0.5 bg-bar-benign" style={{ left: `${at(reference.p50)}%` }} />
      {value !== null && (
        <span
          className={`absolute top-[3px] size-2.5 -translate-x-1/2 rounded-full ring-2 ring-surface ${isOutside(feature) ? "bg-bar-simulate" : "bg-accent"}`}
          style={{ left: `${at(value)}%` }}
        />
      )}
    </span>
  );
}

function percentileText({ percentile }: Feature): string {
  if (percentile === null) return "–";
  const percent = percentile * 100;
  return percent > 99 && percent < 100 ? ">99%" : percent < 1 && percent > 0 ? "<1%" : `${Math.round(percent)}%`;
}

/** Each feature of the session beside the same feature of ordinary sessions, the unusual ones first. */
export function BehaviourPanel({ verdict }: { verdict: VerdictDetail }) {
  if (verdict.context.length === 0) {
    return verdict.judged_by === null ? (
      <EmptyPanel title="This verdict holds no features" />
    ) : (
      <EmptyPanel title="The behaviour model that judged this session is not here">
        Its values stand under “Why this score”.
      </EmptyPanel>
    );
  }
  const features = verdict.context.toSorted(byUnusualness);
  return (
    <section aria-label="Features in context" tabIndex={0} className="h-full overflow-y-auto p-4">
      {!isToldOnly(verdict) && <Activity verdictId={verdict.id} />}
      <p className="mb-2 text-xs text-ink-3">
        Ordinary sessions are invented ones as shipped, until this machine's own have taken their place: Health says
        which.
      </p>
      <div className="card overflow-clip">
        <table aria-label="Features in context" className="w-full text-xs">
          <thead className="sticky top-0 z-[1] bg-surface">
            <tr className="border-b border-line">
              <th className="th py-2 pl-4">Feature</th>
              <th className="th text-right">This session</th>
              <th className="th w-[24%] pl-6">
                <span className="flex items-center gap-3 font-normal">
                  <span className="font-semibold">In context</span>
                  <span className="flex items-center gap-1">
                    <span className="h-2 w-4 rounded-sm bg-bar-benign/50" aria-hidden="true" /> middle 90%
                  </span>
                  <span className="flex items-center gap-1" title="By more than a thousandth of the feature's unit">
                    <span className="size-2 rounded-full bg-bar-simulate" aria-hidden="true" /> outside
                  </span>
                </span>
              </th>
              <th className="th text-right">5%</th>
              <th className="th text-right">Median</th>
              <th className="th text-right">95%</th>
              <th className="th text-right">Highest</th>
              <th className="th pr-4 text-right" title="Share of ordinary sessions whose value is at most this one">
                Percentile
              </th>
            </tr>
          </thead>
          <tbody>
            {features.map((feature) => (
              <tr key={feature.name} className="border-b border-line last:border-0">
                <td className="py-1.5 pl-4">
                  <span className="font-medium">{feature.label}</span>
                  <span className="block max-w-[60ch] text-2xs text-ink-3">{feature.meaning}</span>
                </td>
                <td className={`text-right whitespace-nowrap ${feature.value === null ? "text-ink-3" : "font-medium"}`}>
                  {formatValue(feature.value)}{" "}
                  {feature.value !== null && <span className="font-normal text-ink-3">{formatUnit(feature.unit)}</span>}
                </td>
                <td className="pl-6">
                  <Range feature={feature} />
                </td>
                {(["p05", "p50", "p95", "max"] as const).map((quantile) => (
                  <td key={quantile} className="pl-3 text-right text-ink-2">
                    {feature.reference === null ? "–" : formatValue(feature.reference[quantile])}
                  </td>
                ))}
                <td className="pr-4 pl-3 text-right font-medium">{percentileText(feature)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
