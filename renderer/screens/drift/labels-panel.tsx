import { ChartColumn, Table2 } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import type { Drift, DriftCalibration, DriftCoverage } from "../../../shared/drift.ts";
import { IconButton } from "../../ui/button.tsx";
import { LoadingPanel } from "../../ui/panel-status.tsx";
import { formatShare, useDriftView } from "../../view/drift.ts";
import { formatCount, formatPlural } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";

const ReliabilityChart = lazy(async () => ({ default: (await import("./reliability-chart.tsx")).ReliabilityChart }));
const CoverageChart = lazy(async () => ({ default: (await import("./coverage-chart.tsx")).CoverageChart }));

interface CardProps {
  readonly title: string;
  readonly words: string;
  readonly isEmpty: boolean;
  readonly chart: ReactNode;
  readonly table: ReactNode;
  readonly children: ReactNode;
}

function Card({ title, words, isEmpty, chart, table, children }: CardProps) {
  const asTable = useDriftView((view) => view.asTable);
  return (
    <section aria-label={title} className="card p-4">
      <div className="flex items-start justify-between gap-2">
        <h3 className="text-sm font-semibold">{title}</h3>
        {!isEmpty && (
          <IconButton
            icon={asTable ? ChartColumn : Table2}
            label={asTable ? `${title}: show as a chart` : `${title}: show as a table`}
            className="!size-6"
            onClick={() => useDriftView.setState({ asTable: !asTable })}
          />
        )}
      </div>
      <p className="mt-0.5 text-xs text-ink-2">{words}</p>
      {!isEmpty && (
        <div className="mt-3 min-h-[240px]">
          {asTable ? table : <Suspense fallback={<LoadingPanel what="the chart" />}>{chart}</Suspense>}
        </div>
      )}
      <div className="mt-3 space-y-1 text-xs">{children}</div>
    </section>
  );
}

function ReliabilityTable({ bins, drawn }: Pick<DriftCalibration, "bins" | "drawn">) {
  const rows = [
    ...drawn.bins.map((bin) => ({ ...bin, of: "Drawn at random" })),
    ...bins.map((bin) => ({ ...bin, of: "Flagged" })),
  ];
  return (
    <table aria-label="Calibration on labelled traffic" className="w-full text-xs">
      <thead>
        <tr>
          <th className="th py-1">Values</th>
          <th className="th !text-right">Said to be an attack</th>
          <th className="th !text-right">Found</th>
          <th className="th !text-right">95% interval</th>
          <th className="th !text-right">Labels</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ of, said, found, low, high, count }) => (
          <tr key={`${of} ${said}`} className="border-t border-line">
            <td className="py-1">{of}</td>
            <td className="text-right">{formatShare(said)}</td>
            <td className="text-right">{formatShare(found)}</td>
            <td className="text-right text-ink-2">
              {formatShare(low)} to {formatShare(high)}
            </td>
            <td className="text-right">{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function calibrationWords({ labelled, needed, error, by_chance, excess, is_off }: DriftCalibration): string {
  if (error === null) {
    return `Not enough to tell: ${labelled} of ${formatPlural(needed, "label")}.`;
  }
  const sure = (excess ?? 0) > 0 ? "too sure of attacks" : "not sure enough of attacks";
  const interval = `${formatShare(error.low)} to ${formatShare(error.high)}`;
  const figure = `Expected calibration error ${formatShare(error.value)} (95% interval ${interval}; chance alone gives up to ${formatShare(by_chance ?? 0)}).`;
  return is_off ? `${figure} The model is ${sure}: by ${formatShare(Math.abs(excess ?? 0))} on average.` : figure;
}

function CalibrationCard({ calibration }: { calibration: DriftCalibration }) {
  return (
    <Card
      title="Calibration on labelled traffic"
      words="What the payload model said of values that were flagged, beside what closing their alerts found; and of values drawn at random where nothing was flagged (Audit under Labelling), beside their labels. Labels of what the queue chose do not count: it chooses where the model errs."
      isEmpty={calibration.bins.length + calibration.drawn.bins.length === 0}
      chart={<ReliabilityChart bins={calibration.bins} drawn={calibration.drawn.bins} />}
      table={<ReliabilityTable {...calibration} />}
    >
      <p className={calibration.is_off ? "font-medium text-danger" : "text-ink"}>{calibrationWords(calibration)}</p>
      <p>
        {calibration.drawn.labelled === 0
          ? "Of values that were not flagged nothing is known yet: twenty draws have to be labelled, or all there are."
          : `Labelled of what was drawn at random where nothing was flagged: ${formatPlural(calibration.drawn.labelled, "value")}.`}
      </p>
    </Card>
  );
}

function CoverageTable({ coverage }: { coverage: DriftCoverage }) {
  return (
    <table aria-label="Coverage of the conformal sets" className="w-full text-xs">
      <thead>
        <tr>
          <th className="th py-1">After labels</th>
          <th className="th !text-right">Held</th>
          <th className="th !text-right">Confidence sequence</th>
        </tr>
      </thead>
      <tbody>
        {coverage.followed.toReversed().map(({ count, mean, low, high }) => (
          <tr key={count} className="border-t border-line">
            <td className="py-1">{formatCount(count)}</td>
            <td className="text-right">{formatShare(mean)}</td>
            <td className="text-right text-ink-2">
              {formatShare(low)} to {formatShare(high)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ClassTable({ coverage }: { coverage: DriftCoverage }) {
  return (
    <table aria-label="Coverage by class" className="w-full text-xs">
      <thead>
        <tr>
          <th className="th py-1">Class</th>
          <th className="th !text-right">Labels</th>
          <th className="th !text-right">Held</th>
          <th className="th !text-right">On its test data</th>
        </tr>
      </thead>
      <tbody>
        {coverage.by_class.map(({ class: name, labelled, held, reference }) => (
          <tr key={name} className="border-t border-line">
            <td className="py-1">{classLabels[name]}</td>
            <td className="text-right">{formatCount(labelled)}</td>
            <td className="text-right">{formatShare(held / labelled)}</td>
            <td className="text-right text-ink-2">{reference === null ? "–" : formatShare(reference)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function coverageWords({ is_broken, held, labelled, promised }: DriftCoverage): string {
  if (is_broken) return "That is certainly less than was promised.";
  if (held / labelled >= promised) return "The promise is kept.";
  return "That is less than was promised, but may still be chance.";
}

function CoverageCard({ coverage }: { coverage: DriftCoverage | null }) {
  const title = "Coverage of the conformal sets";
  if (coverage === null) {
    return (
      <Card title={title} words="What the sets of this payload model promise is not known." isEmpty chart table>
        <p className="text-ink-3">Not available.</p>
      </Card>
    );
  }
  const { promised, labelled, held, is_broken } = coverage;
  return (
    <Card
      title={title}
      words={`Of confirmed attacks, how many had their class in the set that the model gave. At least ${formatShare(promised)} are promised. False alarms are left out: they were flagged because their set looked otherwise.`}
      isEmpty={labelled === 0}
      chart={<CoverageChart coverage={coverage} />}
      table={<CoverageTable coverage={coverage} />}
    >
      <p className={is_broken ? "font-medium text-danger" : "text-ink"}>
        {labelled === 0
          ? "Not available: no attack that this model flagged has been confirmed yet."
          : `${formatCount(held)} of ${formatCount(labelled)} held, ${formatShare(held / labelled)}. ${coverageWords(coverage)}`}
      </p>
      {labelled > 0 && <ClassTable coverage={coverage} />}
    </Card>
  );
}

/** What labels say of the payload model. */
export function LabelsPanel({ drift }: { drift: Drift }) {
  return (
    <section
      aria-label="Probabilities and sets"
      tabIndex={0}
      className="h-full overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
    >
      <div className="grid grid-cols-2 items-start gap-3">
        <CalibrationCard calibration={drift.calibration} />
        <CoverageCard coverage={drift.coverage} />
      </div>
    </section>
  );
}
