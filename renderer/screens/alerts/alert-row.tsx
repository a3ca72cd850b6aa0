import { memo } from "react";
import type { Alert } from "../../../shared/alert.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { outcomeTones } from "../../ui/outcome-tones.ts";
import { clientCell, payloadCell, requestCell } from "../../ui/row-cells.tsx";
import type { GridColumn } from "../../ui/row-grid.tsx";
import { isSnoozed } from "../../view/alert-change.ts";
import { formatCount, formatFamily, formatInstant, formatPlural } from "../../view/format.ts";
import { classLabels, outcomeLabels, reasonLabels, severityLabels, statusLabels } from "../../view/labels.ts";
import { nameAssignee } from "../../view/own-name.ts";
import type { TimeZone } from "../../view/view.ts";

/** Behind the one of the selection. */
export const alertColumns: readonly GridColumn[] = [
  { name: "Severity" },
  { name: "Status" },
  { name: "Class" },
  { name: "Worst payload" },
  { name: "Request" },
  { name: "Client" },
  { name: "Sess.", className: "text-right" },
  { name: "Outcome" },
  { name: "Assignee, tags" },
  { name: "Last seen" },
];

interface AlertRowProps {
  /** Undefined while it is on its way. */
  readonly row: Alert | undefined;
  readonly index: number;
  readonly isAt: boolean;
  readonly isSelected: boolean;
  readonly zone: TimeZone;
  /** What is told of the box to tick. */
  readonly selectTitle: string;
  readonly onOpen: (id: string) => void;
  readonly onSelect: (id: string, isRange: boolean) => void;
}

/** What stands under or behind the status. */
function statusNote(row: Alert): string | null {
  if (row.status === "closed") return row.reason === null ? null : reasonLabels[row.reason];
  if (isSnoozed(row, Date.now())) return "snoozed";
  return row.reopened ? "reopened" : null;
}

/**
 * One row. While the list scrolls it shows other alerts again and again, so it is the same few elements for all of them and has no
 * state, hook or icon of its own; what can be drawn by the style sheet is (`.alert-row`), also what stands over what.
 */
export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { row, index, isAt, isSelected, zone, selectTitle, onOpen, onSelect } = props;
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 2} aria-busy="true" tabIndex={-1} className="alert-row is-pending">
        <div role="gridcell" />
        {alertColumns.map(({ name }) => (
          <div key={name} role="gridcell" />
        ))}
      </div>
    );
  }
  const family = row.family === null || row.family === row.class ? null : formatFamily(row.family);
  const note = statusNote(row);
  const marks = [
    ...(row.case_id === null ? [] : ["\u25a3 case"]),
    ...row.watched.map((name) => `\u25c9 ${visibleWords(name)}`),
    ...row.tags.map((tag) => `#${tag}`),
  ].join(" ");
  const seen = row.last_seen === null ? null : formatInstant(row.last_seen, zone);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys open the row that it marks as active.
    <div
      role="row"
      id={`row-${row.id}`}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-current={isAt}
      tabIndex={-1}
      onClick={() => onOpen(row.id)}
      className={`alert-row is-${row.severity} is-${row.status} ${isAt ? "is-at" : ""}`}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key of the list selects the row that it marks as active. */}
      <div
        role="gridcell"
        title={selectTitle}
        className="alert-select"
        onClick={(event) => {
          event.stopPropagation();
          onSelect(row.id, event.shiftKey);
        }}
      />
      <div role="gridcell">
        <span className="severity-mark" title={row.severity_set ? "Set by an analyst" : undefined}>
          {severityLabels[row.severity]}
        </span>
      </div>
      <div role="gridcell" className="alert-status">
        <span>{statusLabels[row.status]}</span>
        {note !== null && <span className={row.reopened ? "sub text-warn" : "sub"}>{note}</span>}
      </div>
      <div role="gridcell" className={row.class === "benign" ? "text-ink-3" : undefined}>
        <span>{row.class === "benign" ? "Behaviour only" : classLabels[row.class]}</span>
        {family !== null && <span className="sub">{family}</span>}
      </div>
      {payloadCell(row)}
      {requestCell(row)}
      {clientCell(row)}
      <div role="gridcell" className="text-right text-ink-2">
        {formatCount(row.sessions)}
      </div>
      <div role="gridcell" className={`text-xs ${outcomeTones[row.outcome]}`}>
        {outcomeLabels[row.outcome]}
      </div>
      <div role="gridcell" className={row.assignee === null ? "text-ink-3" : undefined}>
        <span>{nameAssignee(row.assignee)}</span>
        {row.notes > 0 && (
          <span className="alert-notes" title={formatPlural(row.notes, "note")}>
            {formatCount(row.notes)}
          </span>
        )}
        {marks !== "" && <span className="sub">{marks}</span>}
      </div>
      <div role="gridcell" className={`text-xs ${seen === null ? "text-ink-3" : "text-ink-2"}`}>
        {seen === null ? (
          "no clock"
        ) : (
          <>
            <span>{seen.slice(0, 10)}</span>
            <span className="sub">{seen.slice(11)}</span>
          </>
        )}
      </div>
    </div>
  );
});
