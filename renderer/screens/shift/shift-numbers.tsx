import type { ReactNode } from "react";
import { closeReasons, severities } from "../../../shared/alert.ts";
import type { Shift } from "../../../shared/shift.ts";
import { visibleWords } from "../../../shared/visible-text.ts";
import { formatCount, formatDuration } from "../../view/format.ts";
import { reasonLabels, severityLabels } from "../../view/labels.ts";

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly children: ReactNode;
}

function Tile({ name, value, children }: TileProps) {
  return (
    <section aria-label={name} className="card p-4">
      <h2 className="th">{name}</h2>
      <p className="mt-1 text-2xl font-semibold tabular-nums">{value}</p>
      <ul className="mt-1.5 space-y-0.5 text-xs text-ink-2">{children}</ul>
    </section>
  );
}

function Line({ label, count }: { label: string; count: string }) {
  return (
    <li className="flex justify-between gap-3">
      <span className="min-w-0 truncate">{label}</span>
      <span className="tabular-nums">{count}</span>
    </li>
  );
}

const duration = (ms: number | null) => (ms === null ? "none" : formatDuration(ms));

/** The shift in a few numbers. */
export function ShiftNumbers({ shift }: { shift: Shift }) {
  const { came_in: cameIn, closed, left, reopened } = shift;
  return (
    <div className="grid grid-cols-4 gap-3">
      <Tile name="Alerts that came in" value={formatCount(cameIn.alerts)}>
        {severities.toReversed().map((severity) => (
          <Line key={severity} label={severityLabels[severity]} count={formatCount(cameIn.by_severity[severity])} />
        ))}
      </Tile>
      <Tile name="Closed" value={formatCount(closed.alerts)}>
        {closeReasons.map((reason) => (
          <Line key={reason} label={reasonLabels[reason]} count={formatCount(closed.by_reason[reason])} />
        ))}
        {reopened > 0 && <Line label="Opened again" count={formatCount(reopened)} />}
      </Tile>
      <Tile name="Mean time to triage" value={duration(closed.triage_mean_ms)}>
        <Line label="Median" count={duration(closed.triage_median_ms)} />
        {closed.by_actor.slice(0, 3).map(({ name, alerts }) => (
          <Line key={name} label={visibleWords(name)} count={`${formatCount(alerts)} closed`} />
        ))}
      </Tile>
      <Tile name="Left to the next shift, now" value={formatCount(left.open)}>
        {severities.toReversed().map((severity) => (
          <Line key={severity} label={severityLabels[severity]} count={formatCount(left.by_severity[severity])} />
        ))}
        <Line label="Nobody works on" count={formatCount(left.unassigned)} />
        <Line label="Open cases" count={formatCount(left.open_cases)} />
      </Tile>
    </div>
  );
}
