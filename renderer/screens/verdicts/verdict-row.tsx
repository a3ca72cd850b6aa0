import { memo } from "react";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import { outcomeTones } from "../../ui/outcome-tones.ts";
import { clientCell, payloadCell, requestCell } from "../../ui/row-cells.tsx";
import type { GridColumn } from "../../ui/row-grid.tsx";
import { formatCount, formatFamily, formatInstant, formatScore } from "../../view/format.ts";
import { classLabels, outcomeLabels, verdictLabels } from "../../view/labels.ts";
import type { TimeZone } from "../../view/view.ts";

export const columns: readonly GridColumn[] = [
  { name: "Verdict" },
  { name: "Score" },
  { name: "Class" },
  { name: "Worst payload" },
  { name: "Request" },
  { name: "Client" },
  { name: "Reqs", className: "text-right" },
  { name: "Attack outcome" },
  { name: "Started" },
];

/** Width of the bar of a score of 1; the style sheet draws its track. */
const barPx = 44;

interface VerdictRowProps {
  /** Undefined while it is on its way. */
  readonly row: VerdictSummary | undefined;
  readonly index: number;
  readonly selected: boolean;
  readonly zone: TimeZone;
  readonly onOpen: (id: string) => void;
}

/**
 * One row. While the list scrolls it shows other verdicts again and again, so it is the same few elements for all of them and has
 * no state, hook or icon of its own; what can be drawn by the style sheet is (`.verdict-row`).
 */
export const VerdictRow = memo(function VerdictRow({ row, index, selected, zone, onOpen }: VerdictRowProps) {
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 2} aria-busy="true" tabIndex={-1} className="verdict-row is-pending">
        {columns.map(({ name }) => (
          <div key={name} role="gridcell" />
        ))}
      </div>
    );
  }
  const family = row.family === null || row.family === row.class ? null : formatFamily(row.family);
  const className = row.class === "benign" ? "None" : classLabels[row.class];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys open the row that it marks as active.
    <div
      role="row"
      id={`row-${row.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={-1}
      onClick={() => onOpen(row.id)}
      className={`verdict-row is-${row.verdict}`}
    >
      <div role="gridcell">
        <span className="verdict-mark">{verdictLabels[row.verdict]}</span>
      </div>
      <div
        role="gridcell"
        className="score-cell"
        style={{ backgroundSize: `${barPx * row.score}px 6px, ${barPx}px 6px` }}
      >
        {formatScore(row.score)}
      </div>
      <div role="gridcell" className={row.class === "benign" ? "text-ink-3" : undefined}>
        {family === null ? (
          className
        ) : (
          <>
            {className}
            <span className="text-ink-3"> · {family}</span>
          </>
        )}
      </div>
      {payloadCell(row)}
      {requestCell(row)}
      {clientCell(row)}
      <div role="gridcell" className="text-right text-ink-2">
        {formatCount(row.requests)}
      </div>
      <div role="gridcell" className={`text-xs ${row.verdict === "benign" ? "text-ink-3" : outcomeTones[row.outcome]}`}>
        {row.verdict === "benign" ? "–" : outcomeLabels[row.outcome]}
      </div>
      <div role="gridcell" className={`text-xs ${row.started_at === null ? "text-ink-3" : "text-ink-2"}`}>
        {row.started_at === null ? "no clock" : formatInstant(row.started_at, zone)}
      </div>
    </div>
  );
});
