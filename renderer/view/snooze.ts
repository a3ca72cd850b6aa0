const hour = 3_600_000;

/** How long an alert may stay out of the queue. */
export const snoozes = ["hour", "hours", "tomorrow", "week", "back", "custom"] as const;
export type Snooze = (typeof snoozes)[number];

/** When it comes back, in ms since 1970; tomorrow's is nine in the morning where the analyst sits. */
export function snoozeEnd(snooze: Exclude<Snooze, "custom" | "back">, now: number): number {
  switch (snooze) {
    case "hour":
      return now + hour;
    case "hours":
      return now + 4 * hour;
    case "week":
      return now + 7 * 24 * hour;
    case "tomorrow": {
      const at = new Date(now);
      return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, 9).getTime();
    }
  }
}
