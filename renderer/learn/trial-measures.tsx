import type { Canary, CanaryMeasure } from "../../shared/canary.ts";
import { Badge } from "../ui/badge.tsx";
import { formatPlural } from "../view/format.ts";

const names: Readonly<Record<string, { label: string; meaning: string }>> = {
  errors: { label: "Errors", meaning: "values that it could not judge" },
  latency: { label: "Latency", meaning: "its share of the time that both took: 50 % is as fast, 67 % twice as slow" },
  disagreement: { label: "Disagreement", meaning: "requests that one of the two flags and the other does not" },
  drift: { label: "Drift", meaning: "difference of a request's worst score" },
};

const looks = {
  passed: { tone: "good", label: "Below the limit" },
  failed: { tone: "danger", label: "Above the limit" },
  open: { tone: "calm", label: "Not known yet" },
} as const;

const percentOf = (share: number) => `${(100 * share).toFixed(1)} %`;

/** An interval beside its limit; the numbers stand in the row. */
function Bar({ lower, upper, mean, limit }: CanaryMeasure) {
  // Twice the limit is where it ends: what lies beyond is surely too much.
  const end = Math.min(1, 2 * limit);
  const at = (share: number) => `${Math.min(100, (100 * share) / end)}%`;
  return (
    <div aria-hidden="true" className="relative h-4 rounded bg-sunken">
      <div
        className="absolute top-1 h-2 rounded bg-accent opacity-40"
        style={{ left: at(lower), right: `calc(100% - ${at(upper)})` }}
      />
      {mean !== null && <div className="absolute top-0.5 h-3 w-0.5 bg-accent" style={{ left: at(mean) }} />}
      <div className="absolute top-0 h-4 w-0.5 bg-danger" style={{ left: at(limit) }} />
    </div>
  );
}

/** How a challenger fares, measure by measure, with bounds that may be looked at as often as one likes. */
export function TrialMeasures({ sessions, measures }: Pick<Canary, "sessions" | "measures">) {
  return (
    <section aria-labelledby="trial-measures" className="card @container p-4">
      <h2 id="trial-measures" className="text-sm font-semibold">
        Beside the model that decides, over {formatPlural(sessions, "session")} of this step
      </h2>
      <p className="mb-2 text-xs text-ink-2">
        Means over sessions with bounds that hold at every moment at once: looking often does no harm. It may step on
        once every bound lies below its limit, and is taken out once one lies above.
      </p>
      <table aria-labelledby="trial-measures" className="w-full table-fixed text-xs">
        <thead>
          <tr>
            <th className="th py-1">Measure</th>
            <th className="th w-[80px] !text-right">Mean</th>
            <th className="th w-[140px] !text-right">Between</th>
            <th className="th w-[80px] !text-right">Limit</th>
            <th className="th hidden w-[240px] pl-4 @4xl:table-cell">Interval and limit</th>
            <th className="th w-[140px] pl-4 @4xl:pl-0">So far</th>
          </tr>
        </thead>
        <tbody>
          {measures.map((measure) => {
            const { label, meaning } = names[measure.measure] ?? { label: measure.measure, meaning: "" };
            const { tone, label: verdict } = looks[measure.verdict];
            return (
              <tr key={measure.measure} className="h-11 border-t border-line">
                <td className="pr-2">
                  <span className="block font-medium">{label}</span>
                  <span className="block truncate text-ink-2" title={meaning}>
                    {meaning}
                  </span>
                </td>
                <td className="text-right tabular-nums">
                  {measure.mean === null ? <span className="text-ink-3">none</span> : percentOf(measure.mean)}
                </td>
                <td className="text-right tabular-nums">
                  {percentOf(measure.lower)} – {percentOf(measure.upper)}
                </td>
                <td className="text-right tabular-nums">{percentOf(measure.limit)}</td>
                <td className="hidden pl-4 @4xl:table-cell">
                  <Bar {...measure} />
                </td>
                <td className="pl-4 @4xl:pl-2">
                  <Badge tone={tone}>{verdict}</Badge>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
