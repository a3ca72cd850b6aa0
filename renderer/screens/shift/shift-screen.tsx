import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ReadyTaskButton } from "../../agent/start-ready-task.tsx";
import { useTimeZone } from "../../queries/settings.ts";
import { shiftQuery } from "../../queries/shift.ts";
import { Button } from "../../ui/button.tsx";
import { PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { Segments } from "../../ui/segments.tsx";
import { formatInstant } from "../../view/format.ts";
import { fromField, type ShiftRange, shiftHours, spanOf, toField, useShiftRange } from "../../view/shift-range.ts";
import { HandoverNotes } from "./handover-notes.tsx";
import { ShiftImpactCard } from "./shift-impact.tsx";
import { ShiftNumbers } from "./shift-numbers.tsx";
import { ShiftQuality } from "./shift-quality.tsx";
import { ShiftSources } from "./shift-sources.tsx";
import { ShiftTimeline } from "./shift-timeline.tsx";

const choose = (range: ShiftRange) => useShiftRange.setState({ range });

/** Two moments in UTC. */
function Between({ range }: { range: ShiftRange }) {
  const span = spanOf(range, Date.now());
  const [from, setFrom] = useState(toField(span.from));
  const [to, setTo] = useState(toField(span.to));
  const [start, end] = [fromField(from), fromField(to)];
  const isReady = start !== null && end !== null && start < end;
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) choose({ kind: "between", from: start, to: end });
      }}
    >
      <input
        type="datetime-local"
        aria-label="From, UTC"
        className="input w-[184px]"
        value={from}
        onChange={(event) => setFrom(event.target.value)}
      />
      <span className="text-xs text-ink-2">to</span>
      <input
        type="datetime-local"
        aria-label="To, UTC"
        className="input w-[184px]"
        aria-invalid={!isReady}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button type="submit" disabled={!isReady}>
        Show (UTC)
      </Button>
    </form>
  );
}

/** What a shift did and what it leaves to the next. */
export function ShiftScreen() {
  const range = useShiftRange((state) => state.range);
  const zone = useTimeZone();
  const query = useQuery(shiftQuery(range));
  const shift = query.data;
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-3 border-b border-line bg-surface px-4 py-2">
        <Segments
          legend="The last"
          options={shiftHours}
          value={range.kind === "last" ? (String(range.hours) as (typeof shiftHours)[number]["value"]) : ("" as "8")}
          onChange={(hours) => choose({ kind: "last", hours: Number(hours) })}
        />
        <Between key={JSON.stringify(range)} range={range} />
        <ReadyTaskButton
          size="normal"
          subjects={shift === undefined ? [] : [{ kind: "shift", from: shift.from, to: shift.to }]}
        />
        {shift !== undefined && (
          <p role="status" className="min-w-0 flex-1 truncate text-right text-xs text-ink-2">
            {formatInstant(shift.from, zone).slice(0, 16)} to {formatInstant(shift.to, zone).slice(0, 16)}
          </p>
        )}
      </div>
      {shift === undefined ? (
        <PanelStatus query={query} what="the shift" />
      ) : (
        <section
          aria-label="The shift"
          tabIndex={0}
          className="min-h-0 flex-1 overflow-y-auto p-4 focus-visible:outline-offset-[-2px]"
        >
          <StaleNote query={query} what="the shift" />
          <ShiftNumbers shift={shift} />
          <div className="mt-3 grid grid-cols-2 items-start gap-3">
            <div className="space-y-3">
              <ShiftTimeline shift={shift} zone={zone} />
              <ShiftQuality shift={shift} />
            </div>
            <div className="space-y-3">
              <HandoverNotes />
              <ShiftImpactCard shift={shift} />
              <ShiftSources shift={shift} />
            </div>
          </div>
        </section>
      )}
    </div>
  );
}
