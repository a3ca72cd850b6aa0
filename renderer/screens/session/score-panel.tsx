import { calibrationStep, calibrationWords, splitCalibration } from "../../../shared/contribution.ts";
import { isToldOnly, type VerdictDetail } from "../../queries/verdicts.ts";
import { formatContribution, formatScore, formatUnit, formatValue, humanise } from "../../view/format.ts";
import { layWaterfall, type WaterfallBar } from "../../view/waterfall.ts";
import { WhatIfPanel } from "./what-if-panel.tsx";

/** Bars that the waterfall shows; the table has every feature. */
const mostBars = 14;

type Labels = ReadonlyMap<string, { label: string; unit: string }>;

function featureLabels(verdict: VerdictDetail): Labels {
  const labels = new Map(verdict.context.map(({ name, label, unit }) => [name, { label, unit }]));
  return labels.set(calibrationStep, { label: calibrationWords, unit: "" });
}

const labelOf = (labels: Labels, name: string) => labels.get(name)?.label ?? humanise(name);

function barText(bar: WaterfallBar, labels: Labels): string {
  return bar.item === null ? `${bar.count} other features` : labelOf(labels, bar.item.feature);
}

/** From what an ordinary session scores, feature by feature, to the score of this one. */
function Waterfall({ verdict, labels }: { verdict: VerdictDetail; labels: Labels }) {
  const { base_value: base, values, calibration } = verdict.explanation.shap_summary;
  const { bars, final, min, max } = layWaterfall(base, splitCalibration(values, calibration), mostBars);
  const { tag, simulate } = verdict.provenance.thresholds;
  const at = (score: number) => `${((score - min) / (max - min)) * 100}%`;
  const line = "grid grid-cols-[210px_minmax(0,1fr)_62px] items-center gap-3";
  const marks = [
    { name: "tag", score: tag },
    { name: "simulate", score: simulate },
  ];
  return (
    <div
      role="img"
      aria-label={`Waterfall from the base value ${formatScore(base)} to the score ${formatScore(final)}. The table beside it has the same numbers.`}
      className="text-xs"
    >
      <div className={`${line} h-6`}>
        <span />
        <span className="relative h-full">
          {marks.map(({ name, score }) => (
            <span
              key={name}
              className="absolute bottom-0.5 -translate-x-1/2 text-2xs whitespace-nowrap text-ink-3"
              style={{ left: at(score) }}
            >
              {name} {formatScore(score)}
            </span>
          ))}
        </span>
        <span />
      </div>
      <div className="relative">
        <div className={`${line} pointer-events-none absolute inset-0`}>
          <span />
          <span className="relative h-full border-x border-line">
            {marks.map(({ name, score }) => (
              <span
                key={name}
                className="absolute inset-y-0 border-l border-dashed border-field"
                style={{ left: at(score) }}
              />
            ))}
          </span>
          <span />
        </div>
        <div className={`${line} h-[26px]`}>
          <span className="text-ink-2">Ordinary sessions (base value)</span>
          <span className="relative h-full">
            <span className="absolute inset-y-1 w-0.5 -translate-x-px rounded bg-ink-2" style={{ left: at(base) }} />
          </span>
          <span className="text-right">{base.toFixed(3)}</span>
        </div>
        {bars.map((bar) => {
          const up = bar.to >= bar.from;
          return (
            <div key={bar.key} className={`${line} h-[26px]`}>
              <span className="truncate" title={barText(bar, labels)}>
                {barText(bar, labels)}
                {bar.item !== null && bar.key !== calibrationStep && (
                  <span className="text-ink-3"> = {formatValue(bar.item.value)}</span>
                )}
              </span>
              <span className="relative h-full">
                <span
                  className={`absolute inset-y-[5px] min-w-0.5 rounded-[3px] ${up ? "bg-bar-up" : "bg-bar-down"}`}
                  style={{
                    left: at(Math.min(bar.from, bar.to)),
                    width: `calc(${at(Math.max(bar.from, bar.to))} - ${at(Math.min(bar.from, bar.to))})`,
                  }}
                />
                <span className="absolute top-[21px] h-[10px] w-px bg-line-strong" style={{ left: at(bar.to) }} />
              </span>
              <span className={`text-right font-medium ${up ? "text-danger" : "text-accent"}`}>
                {formatContribution(bar.to - bar.from)}
              </span>
            </div>
          );
        })}
        <div className={`${line} h-[26px] font-semibold`}>
          <span>Score of this session</span>
          <span className="relative h-full">
            <span className="absolute inset-y-[3px] w-1 -translate-x-1/2 rounded bg-ink" style={{ left: at(final) }} />
          </span>
          <span className="text-right">{final.toFixed(3)}</span>
        </div>
      </div>
    </div>
  );
}

function ContributionTable({ verdict, labels }: { verdict: VerdictDetail; labels: Labels }) {
  const { base_value: base, values, calibration } = verdict.explanation.shap_summary;
  const sorted = splitCalibration(values, calibration).toSorted(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution),
  );
  return (
    <table aria-label="Contributions" className="w-full text-xs">
      <thead className="sticky top-0 bg-surface">
        <tr className="border-b border-line">
          <th className="th py-1.5 pl-3">Feature</th>
          <th className="th text-right">Value</th>
          <th className="th pr-3 pl-3 text-right">Share of the score</th>
        </tr>
      </thead>
      <tbody>
        <tr className="border-b border-line">
          <td className="py-1 pl-3 text-ink-2">
            Base value: mean over ordinary sessions, invented ones until this machine's own replace them
          </td>
          <td />
          <td className="pr-3 text-right">{base.toFixed(3)}</td>
        </tr>
        {sorted.map(({ feature, value, contribution }) => (
          <tr key={feature} className="border-b border-line">
            <td className="py-1 pl-3">{labelOf(labels, feature)}</td>
            <td className={`text-right whitespace-nowrap ${value === null ? "text-ink-3" : ""}`}>
              {feature !== calibrationStep && formatValue(value)}{" "}
              {value !== null && <span className="text-ink-3">{formatUnit(labels.get(feature)?.unit)}</span>}
            </td>
            <td className="pr-3 text-right font-medium">{formatContribution(contribution)}</td>
          </tr>
        ))}
        <tr className="font-semibold">
          <td className="py-1.5 pl-3">Score</td>
          <td />
          <td className="pr-3 text-right">{verdict.score.toFixed(3)}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** Why the score is what it is; for benign sessions, what kept it down. */
export function ScorePanel({ verdict }: { verdict: VerdictDetail }) {
  const labels = featureLabels(verdict);
  return (
    <div className="grid h-full grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)] gap-3 p-4">
      <section aria-label="Waterfall of contributions" tabIndex={0} className="card overflow-y-auto p-4">
        <h2 className="text-sm font-semibold">What moved the score</h2>
        <p className="mb-2 text-xs text-ink-2">Shapley values in score points: red raises the score, blue lowers it.</p>
        <Waterfall verdict={verdict} labels={labels} />
      </section>
      <div className="flex min-h-0 flex-col gap-3">
        {!isToldOnly(verdict) && <WhatIfPanel verdict={verdict} />}
        <section aria-label="Contributions as a table" tabIndex={0} className="card min-h-40 flex-1 overflow-y-auto">
          <ContributionTable verdict={verdict} labels={labels} />
        </section>
      </div>
    </div>
  );
}
