import { useId, useRef, useState } from "react";
import { useTimeZone } from "../queries/settings.ts";
import { isSnoozed } from "../view/alert-change.ts";
import { formatInstant, fromLocalInput } from "../view/format.ts";
import { type Snooze, snoozeEnd, snoozes } from "../view/snooze.ts";
import { ActionDialog, Options } from "./action-dialog.tsx";
import { type Target, targetRows } from "./target.ts";

const labels: Record<Snooze, string> = {
  hour: "1 hour",
  hours: "4 hours",
  tomorrow: "Until tomorrow, 09:00 here",
  week: "1 week",
  custom: "Until …",
  back: "Back into the queue now",
};

interface SnoozeDialogProps {
  readonly target: Target;
  readonly onClose: () => void;
  /** Null: back into the queue. */
  readonly onConfirm: (until: string | null) => void;
}

/** For how long alerts stay out of the queue. */
export function SnoozeDialog({ target, onClose, onConfirm }: SnoozeDialogProps) {
  const zone = useTimeZone();
  const [now] = useState(Date.now);
  const [chosen, setChosen] = useState<Snooze | null>(null);
  const [typed, setTyped] = useState("");
  const first = useRef<HTMLInputElement>(null);
  const typedId = useId();
  const canGoBack = target.kind === "all" || targetRows(target).some((row) => isSnoozed(row, now));
  const shown = snoozes.filter((snooze) => snooze !== "back" || canGoBack);
  const until = (snooze: Snooze): string | null | undefined => {
    if (snooze === "back") return null;
    if (snooze === "custom") return fromLocalInput(typed, zone);
    return new Date(snoozeEnd(snooze, now)).toISOString();
  };
  const end = chosen === null ? undefined : until(chosen);
  const isPast = typeof end === "string" && Date.parse(end) <= now;
  return (
    <ActionDialog
      verb="Snooze"
      target={target}
      confirm={chosen === "back" ? "Put back" : "Snooze"}
      isReady={end !== undefined && !isPast}
      focus={first}
      onClose={onClose}
      onDigit={(digit) => setChosen(shown[digit - 1] ?? chosen)}
      onConfirm={() => {
        if (end !== undefined) onConfirm(end);
      }}
    >
      <Options
        legend="How long"
        options={shown.map((snooze) => {
          const at = until(snooze);
          const isSpan = snooze !== "custom" && typeof at === "string";
          return {
            value: snooze,
            label: labels[snooze],
            ...(isSpan ? { detail: `${formatInstant(at, zone).slice(0, 16)}${zone === "utc" ? " UTC" : ""}` } : {}),
          };
        })}
        value={chosen}
        onChange={setChosen}
        first={first}
      />
      <div className="mt-1 pl-8">
        <label htmlFor={typedId} className="sr-only">
          Snoozed until ({zone === "utc" ? "UTC" : "local time"})
        </label>
        <input
          id={typedId}
          type="datetime-local"
          className="input"
          aria-invalid={isPast}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen("custom");
          }}
        />{" "}
        <span className="text-xs text-ink-3">{zone === "utc" ? "UTC" : "local time"}</span>
        {isPast && (
          <p role="alert" className="mt-1 text-xs text-danger">
            That is over already.
          </p>
        )}
      </div>
    </ActionDialog>
  );
}
