import { memo } from "react";
import type { FoundRequest } from "../../../shared/search.ts";
import type { GridColumn } from "../../ui/row-grid.tsx";
import { visibleText } from "../../ui/untrusted-text.tsx";
import { formatFamily, formatInstant, formatScore } from "../../view/format.ts";
import { classLabels, verdictLabels } from "../../view/labels.ts";
import type { TimeZone } from "../../view/view.ts";

export const foundColumns: readonly GridColumn[] = [
  { name: "Sent" },
  { name: "Session" },
  { name: "Class" },
  { name: "Request" },
  { name: "Host" },
  { name: "Status" },
  { name: "Client" },
  { name: "Evidence" },
];

interface FoundRowProps {
  /** Undefined while it is on its way. */
  readonly row: FoundRequest | undefined;
  readonly index: number;
  readonly isAt: boolean;
  readonly zone: TimeZone;
  readonly onOpen: (id: string) => void;
}

function className({ worst }: FoundRequest): string {
  if (worst === null) return "None";
  const family = worst.family === null || worst.family === worst.class ? "" : ` · ${formatFamily(worst.family)}`;
  return classLabels[worst.class] + family;
}

/** One row. While the list scrolls it shows other requests again and again: the same few elements, no state, no icons. */
export const FoundRow = memo(function FoundRow({ row, index, isAt, zone, onOpen }: FoundRowProps) {
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 2} aria-busy="true" tabIndex={-1} className="found-row is-pending">
        {foundColumns.map(({ name }) => (
          <div key={name} role="gridcell" />
        ))}
      </div>
    );
  }
  const { verdict } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys open the row that it marks as active.
    <div
      role="row"
      id={`row-${row.id}`}
      aria-rowindex={index + 2}
      aria-selected={isAt}
      tabIndex={-1}
      onClick={() => onOpen(row.id)}
      className={`found-row is-${verdict?.verdict ?? "benign"}`}
    >
      <div role="gridcell" className={`text-xs ${row.started_at === null ? "text-ink-3" : "text-ink-2"}`}>
        {row.started_at === null ? "no clock" : formatInstant(row.started_at, zone)}
      </div>
      <div role="gridcell" className={verdict === null ? "text-xs text-ink-3" : undefined}>
        {verdict === null ? (
          "being judged"
        ) : (
          <>
            <span className="verdict-mark">{verdictLabels[verdict.verdict]}</span>{" "}
            <span className="text-xs text-ink-2">{formatScore(verdict.score)}</span>
          </>
        )}
      </div>
      <div role="gridcell" className={row.worst === null ? "text-ink-3" : undefined}>
        {className(row)}
      </div>
      <div role="gridcell" className="untrusted text-xs">
        <span className="text-ink-3">{visibleText(row.method)}</span> {visibleText(row.target)}
      </div>
      <div role="gridcell" className={`text-xs ${row.host === null ? "text-ink-3" : "untrusted text-ink-2"}`}>
        {row.host === null ? "unknown" : visibleText(row.host)}
      </div>
      <div role="gridcell" className={row.status === null ? "text-ink-3" : "text-ink-2"}>
        {row.status ?? "–"}
      </div>
      <div role="gridcell" className={`text-xs ${row.client === null ? "text-ink-3" : "untrusted text-ink-2"}`}>
        {row.client === null ? "unknown" : visibleText(row.client)}
      </div>
      <div role="gridcell" className="untrusted text-xs text-ink-2">
        {visibleText(row.file_name)}
      </div>
    </div>
  );
});
