import type { ModelFigures } from "../../../shared/model-figures.ts";
import { payloadClasses } from "../../../shared/payload.ts";
import { ChartCard, NumberTable } from "../../learn/chart-card.tsx";
import { formatEstimate, formatShare } from "../../learn/estimate.ts";
import { NumberChart } from "../../learn/line-chart.tsx";
import { formatCount } from "../../view/format.ts";
import { classLabels } from "../../view/labels.ts";

/** A model's figures with the name that they stand under. */
export interface Shown {
  readonly name: string;
  readonly figures: ModelFigures;
}

const looks = ["first", "second"] as const;

/** How often each is right at how sure it is; on the diagonal a model is as sure as it may be. */
export function ReliabilityChart({ shown }: { shown: readonly Shown[] }) {
  const rows = shown
    .flatMap(({ figures }, i) =>
      figures.reliability.map(({ confidence, right }) => ({ confidence, [`right${i}`]: right.value })),
    )
    .sort((a, b) => a.confidence - b.confidence);
  return (
    <ChartCard
      title="Reliability"
      note="how often it is right at how sure it is"
      chart={
        <NumberChart
          label="Share of right answers by confidence. The table has the same numbers."
          rows={rows}
          x={{ key: "confidence", name: "Confidence", isNumber: true }}
          lines={shown.map(({ name }, i) => ({ key: `right${i}`, name, look: looks[i]! }))}
          diagonal
        />
      }
      table={
        <NumberTable
          label="Reliability"
          head={["Model", "Confidence", "Right (95 %)", "Rows"]}
          rows={shown.flatMap(({ name, figures }) =>
            figures.reliability.map(({ confidence, right, rows: count }) => ({
              key: `${name} ${confidence}`,
              cells: [name, formatShare(confidence), formatEstimate(right), formatCount(count)],
            })),
          )}
        />
      }
    />
  );
}

/** What recall costs in precision. */
export function PrecisionRecallChart({ shown }: { shown: readonly Shown[] }) {
  const rows = shown
    .flatMap(({ figures }, i) =>
      figures.curve.map(({ recall, precision }) => ({ recall, [`precision${i}`]: precision })),
    )
    .sort((a, b) => a.recall - b.recall);
  return (
    <ChartCard
      title="Precision and recall"
      note="at every threshold"
      chart={
        <NumberChart
          label="Precision by recall. The table has the same numbers."
          rows={rows}
          x={{ key: "recall", name: "Recall", isNumber: true }}
          lines={shown.map(({ name }, i) => ({ key: `precision${i}`, name, look: looks[i]! }))}
        />
      }
      table={
        <NumberTable
          label="Precision and recall"
          head={["Model", "Threshold", "Precision", "Recall"]}
          rows={shown.flatMap(({ name, figures }) =>
            figures.curve.map(({ threshold, precision, recall }) => ({
              key: `${name} ${threshold}`,
              cells: [name, threshold.toPrecision(3), formatShare(precision), formatShare(recall)],
            })),
          )}
        />
      }
    />
  );
}

/** Short names for the heads of columns. */
const shortNames: Record<(typeof payloadClasses)[number], string> = {
  sql_injection: "SQL",
  xss: "XSS",
  command_injection: "Cmd",
  path_traversal: "Path",
  xxe: "XXE",
  csrf: "CSRF",
  benign: "Benign",
};

/** What it said of what was true: a table by nature, shaded by share of the row. */
export function ConfusionTable({ shown: { name, figures } }: { shown: Shown }) {
  const present = payloadClasses.flatMap((label, c) =>
    figures.confusion[c]?.some((n) => n > 0) || figures.confusion.some((row) => (row[c] ?? 0) > 0)
      ? [{ label, c }]
      : [],
  );
  return (
    <section aria-label={`Confusion matrix, ${name}`} className="card min-w-0 overflow-x-auto p-4">
      <h3 className="mb-2 text-sm font-semibold">
        Confusion matrix <span className="font-normal text-ink-3">{name}</span>
      </h3>
      <table className="w-full text-xs">
        <caption className="sr-only">Rows: what is true. Columns: what the model says.</caption>
        <thead>
          <tr>
            <th className="th py-1">Is, said</th>
            {present.map(({ label }) => (
              <th key={label} className="th !text-right" title={classLabels[label]}>
                {shortNames[label]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {present.map(({ label, c }) => {
            const row = figures.confusion[c] ?? [];
            const total = row.reduce((sum, n) => sum + n, 0);
            return (
              <tr key={label} className="border-t border-line">
                <th scope="row" className="py-1 text-left font-normal">
                  {classLabels[label]}
                </th>
                {present.map(({ label: said, c: at }) => {
                  const n = row[at] ?? 0;
                  const tone =
                    n === 0
                      ? "text-ink-3"
                      : at === c
                        ? "bg-good-soft font-semibold text-good"
                        : "bg-danger-soft font-semibold text-danger";
                  return (
                    <td
                      key={said}
                      title={total === 0 ? undefined : formatShare(n / total)}
                      className={`px-2 text-right tabular-nums ${tone}`}
                    >
                      {formatCount(n)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
