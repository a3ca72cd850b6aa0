import { CalendarClock } from "lucide-react";
import { useId } from "react";
import { useTimeZone } from "../queries/settings.ts";
import { formatInstant, fromLocalInput, toLocalInput } from "../view/format.ts";
import type { TimeZone } from "../view/view.ts";
import { Button } from "./button.tsx";
import { Popover } from "./popover.tsx";

/** From one moment on, before another; undefined: open at that end. */
export interface Range {
  readonly after: string | undefined;
  readonly before: string | undefined;
}

const presets = [
  { label: "Last hour", ms: 3_600_000 },
  { label: "Last 24 hours", ms: 86_400_000 },
  { label: "Last 7 days", ms: 7 * 86_400_000 },
  { label: "Last 30 days", ms: 30 * 86_400_000 },
];

function rangeLabel({ after, before }: Range, zone: TimeZone): string {
  if (after === undefined && before === undefined) return "Any time";
  const short = (instant: string) => formatInstant(instant, zone).slice(5, 16);
  if (after === undefined) return `until ${short(before ?? "")}`;
  return before === undefined ? `from ${short(after)}` : `${short(after)} – ${short(before)}`;
}

/** A stretch of time: a preset, or two moments in the zone of the screens. @param what what lies in it: "Started" */
export function TimeRange({ what, range, onChange }: { what: string; range: Range; onChange: (range: Range) => void }) {
  const zone = useTimeZone();
  const from = useId();
  const until = useId();
  return (
    <Popover
      icon={CalendarClock}
      label={rangeLabel(range, zone)}
      active={range.after !== undefined || range.before !== undefined}
    >
      {(close) => (
        <div className="w-[250px] space-y-3">
          <div className="grid grid-cols-2 gap-1.5">
            {presets.map(({ label, ms }) => (
              <Button
                key={label}
                size="small"
                onClick={() => {
                  onChange({ after: new Date(Date.now() - ms).toISOString(), before: undefined });
                  close();
                }}
              >
                {label}
              </Button>
            ))}
          </div>
          <div>
            <label htmlFor={from} className="mb-1 block text-xs text-ink-2">
              {what} at or after ({zone === "utc" ? "UTC" : "local time"})
            </label>
            <input
              id={from}
              type="datetime-local"
              step={1}
              className="input w-full"
              value={toLocalInput(range.after, zone)}
              onChange={(event) => onChange({ ...range, after: fromLocalInput(event.target.value, zone) })}
            />
          </div>
          <div>
            <label htmlFor={until} className="mb-1 block text-xs text-ink-2">
              {what} before
            </label>
            <input
              id={until}
              type="datetime-local"
              step={1}
              className="input w-full"
              value={toLocalInput(range.before, zone)}
              onChange={(event) => onChange({ ...range, before: fromLocalInput(event.target.value, zone) })}
            />
          </div>
          <div className="flex justify-between">
            <Button size="small" tone="ghost" onClick={() => onChange({ after: undefined, before: undefined })}>
              Any time
            </Button>
            <Button size="small" onClick={close}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Popover>
  );
}
