import { useId } from "react";

const dayMs = 86_400_000;

/** What somebody entered: `day` is empty while a part of it is missing. */
export interface EnteredEnd {
  readonly isEndless: boolean;
  readonly day: string;
}

export const enteredEnd = (expiresAt: string | null): EnteredEnd => ({
  isEndless: expiresAt === null,
  day: expiresAt?.slice(0, 10) ?? "",
});

/** First day in UTC on which a rule may end. */
export const firstEnd = (now: number): string => new Date(now + dayMs).toISOString().slice(0, 10);

/**
 * The end that somebody chose: at the beginning of a day in UTC, null for never; undefined where what is entered is no day, or none that is ahead.
 *
 * @param former the end as it is: a day that is left alone is no other end, whatever its time of day
 * @param first day that may be chosen
 */
export function chosenEnd(
  { isEndless, day }: EnteredEnd,
  former: string | null,
  first: string,
): string | null | undefined {
  if (isEndless) return null;
  if (former !== null && day === former.slice(0, 10)) return former;
  return day.length === first.length && day >= first ? `${day}T00:00:00.000Z` : undefined;
}

interface EndFieldProps {
  readonly entered: EnteredEnd;
  readonly onChange: (entered: EnteredEnd) => void;
  readonly first: string;
  /** Why it is not taken, in words; null: it is. */
  readonly problem: string | null;
}

/** The day on which a rule ends, or none. */
export function EndField({ entered: { isEndless, day }, onChange, first, problem }: EndFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-2">
        Ends on
      </label>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <input
          id={id}
          type="date"
          className="input"
          required
          disabled={isEndless}
          min={first}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : `${id}-problem`}
          value={isEndless ? "" : day}
          onChange={(event) => onChange({ isEndless, day: event.target.value })}
        />
        <label className="flex items-center gap-2 text-xs">
          <input
            type="checkbox"
            checked={isEndless}
            onChange={(event) => onChange({ day, isEndless: event.target.checked })}
          />
          No end
        </label>
      </div>
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-2 text-xs text-danger">
          {problem}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a day that is none, or is past. */
export const noEnd = (first: string): string => `Choose a day from ${first} on, or no end.`;
