import { memo } from "react";
import type { AttackOutcome, VerdictSummary } from "../../../shared/verdict.ts";
import { VerdictBadge } from "../../ui/badge.tsx";
import { ScoreBar } from "../../ui/score-bar.tsx";
import { UntrustedText } from "../../ui/untrusted-text.tsx";
import { formatCount, formatInstant, humanise } from "../../view/format.ts";
import { classLabels, outcomeLabels } from "../../view/labels.ts";
import type { TimeZone } from "../../view/view.ts";

/** Widths of the columns; header and rows share them. */
export const rowGrid =
  "grid grid-cols-[92px_90px_152px_minmax(0,1.5fr)_minmax(0,1fr)_104px_40px_108px_126px] gap-x-3 px-4 items-center 2xl:grid-cols-[92px_110px_176px_minmax(0,1.7fr)_minmax(0,1fr)_132px_52px_122px_132px]";

export const columns = [
  "Verdict",
  "Score",
  "Class",
  "Worst payload",
  "Request",
  "Client",
  "Reqs",
  "Attack outcome",
  "Started",
] as const;

const outcomeTones: Record<AttackOutcome, string> = {
  succeeded: "text-danger font-semibold",
  likely_succeeded: "text-danger",
  unclear: "text-warn",
  likely_failed: "text-ink-2",
  not_available: "text-ink-3",
};

interface VerdictRowProps {
  readonly row: VerdictSummary;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly selected: boolean;
  readonly zone: TimeZone;
  readonly onOpen: (id: string) => void;
}

export const VerdictRow = memo(function VerdictRow({
  row,
  index,
  top,
  height,
  selected,
  zone,
  onOpen,
}: VerdictRowProps) {
  const attack = row.class !== "benign" || row.verdict !== "benign";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys open the row that it marks as active.
    <div
      role="row"
      id={`row-${row.id}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={-1}
      onClick={() => onOpen(row.id)}
      style={{ transform: `translateY(${top}px)`, height }}
      className={`absolute top-0 left-0 w-full border-b border-line ${rowGrid} ${selected ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover"}`}
    >
      <div role="gridcell">
        <VerdictBadge verdict={row.verdict} />
      </div>
      <div role="gridcell">
        <ScoreBar score={row.score} verdict={row.verdict} />
      </div>
      <div role="gridcell" className="truncate">
        {row.class === "benign" ? <span className="text-ink-3">None</span> : classLabels[row.class]}
        {row.family !== null && row.family !== row.class && (
          <span className="text-ink-3"> · {humanise(row.family).toLowerCase()}</span>
        )}
      </div>
      <div role="gridcell" className="truncate">
        {row.payload === null ? (
          <span className="text-ink-3">No payload</span>
        ) : (
          <>
            {row.payload_place !== null && (
              <span className="mr-1.5 text-xs text-ink-3">
                <UntrustedText text={row.payload_place} />
              </span>
            )}
            <span className={`text-xs ${attack ? "text-ink" : "text-ink-2"}`}>
              <UntrustedText text={row.payload} />
            </span>
          </>
        )}
      </div>
      <div role="gridcell" className="truncate text-xs text-ink-2">
        <UntrustedText text={row.request_line} />
      </div>
      <div role="gridcell" className="truncate text-xs text-ink-2">
        {row.client === null ? <span className="text-ink-3">unknown</span> : <UntrustedText text={row.client} />}
      </div>
      <div role="gridcell" className="text-right text-ink-2">
        {formatCount(row.requests)}
      </div>
      <div role="gridcell" className={`truncate text-xs ${outcomeTones[row.outcome]}`}>
        {row.verdict === "benign" ? <span className="text-ink-3">–</span> : outcomeLabels[row.outcome]}
      </div>
      <div role="gridcell" className="truncate text-xs text-ink-2">
        {row.started_at === null ? <span className="text-ink-3">no clock</span> : formatInstant(row.started_at, zone)}
      </div>
    </div>
  );
});

/** A row that is on its way. */
export function PendingRow({ index, top, height }: { index: number; top: number; height: number }) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy="true"
      tabIndex={-1}
      style={{ transform: `translateY(${top}px)`, height }}
      className={`absolute top-0 left-0 w-full border-b border-line ${rowGrid}`}
    >
      {columns.map((column, i) => (
        <div key={column} role="gridcell">
          {(i < 5 || i === 8) && <div className="skeleton h-3" style={{ width: i === 3 || i === 4 ? "70%" : "80%" }} />}
        </div>
      ))}
    </div>
  );
}
