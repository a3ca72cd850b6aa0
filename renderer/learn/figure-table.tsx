import type { ModelFigures } from "../../shared/model-figures.ts";
import { formatCount } from "../view/format.ts";
import { classLabels } from "../view/labels.ts";
import { formatEstimate } from "./estimate.ts";

const rows = [
  { key: "precision", name: "Precision" },
  { key: "recall", name: "Recall" },
  { key: "fpr", name: "False positives" },
  { key: "f1", name: "F1" },
  { key: "calibration_error", name: "Calibration error" },
] as const;

/** Figures with their intervals, one model a column, the classes below. */
export function FigureTable({
  label,
  columns,
}: {
  label: string;
  columns: readonly { readonly name: string; readonly figures: ModelFigures }[];
}) {
  const classes = columns[0]?.figures.classes ?? [];
  return (
    <table aria-label={label} className="w-full text-sm">
      <thead>
        <tr className="border-b border-line">
          <th className="th py-1.5">Figure (95 %)</th>
          {columns.map(({ name, figures }) => (
            <th key={name} className="th">
              {name} <span className="font-normal">({formatCount(figures.rows)} rows)</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, name }) => (
          <tr key={key} className="border-b border-line">
            <th scope="row" className="py-1 text-left font-medium">
              {name}
            </th>
            {columns.map((column) => (
              <td key={column.name} className="py-1 tabular-nums">
                {formatEstimate(column.figures[key])}
              </td>
            ))}
          </tr>
        ))}
        {classes.map((one) => (
          <tr key={one.class} className="border-b border-line last:border-0">
            <th scope="row" className="py-1 text-left font-normal text-ink-2">
              {classLabels[one.class]}, recognised <span className="text-ink-3">({formatCount(one.rows)})</span>
            </th>
            {columns.map(({ name, figures }) => {
              const found = figures.classes.find((other) => other.class === one.class);
              return (
                <td key={name} className="py-1 tabular-nums">
                  {found === undefined ? "–" : formatEstimate(found.recall)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
