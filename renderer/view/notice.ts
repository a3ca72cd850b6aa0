import { type Severity, severities } from "../../shared/alert.ts";
import { formatPlural } from "./format.ts";
import { severityLabels } from "./labels.ts";
import type { TimeZone } from "./view.ts";

/** Hours of a day without notifications, in minutes since midnight; `until` is outside. They may span midnight. */
export interface QuietHours {
  readonly from: number;
  readonly until: number;
}

/** Quiet hours of two times of day, `22:00`; null: none, also where both are the same. */
export function readQuietHours(from: string, until: string): QuietHours | null {
  const minutes = (time: string) => {
    const [hours, rest] = time.split(":").map(Number);
    return hours === undefined || rest === undefined ? null : hours * 60 + rest;
  };
  const [begin, end] = [minutes(from), minutes(until)];
  return begin === null || end === null || begin === end ? null : { from: begin, until: end };
}

/** Minutes since midnight at an instant, by the clocks of a zone. @param at ms since 1970 */
export function minuteOfDay(at: number, zone: TimeZone): number {
  const date = new Date(at);
  return zone === "utc" ? date.getUTCHours() * 60 + date.getUTCMinutes() : date.getHours() * 60 + date.getMinutes();
}

export function isQuiet(minute: number, { from, until }: QuietHours): boolean {
  return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}

const minuteMs = 60_000;

interface Moment {
  /** In ms since 1970, as `lastAt`. */
  readonly now: number;
  /** When the last notification was shown; null: none yet. */
  readonly lastAt: number | null;
  readonly everyMs: number;
  readonly quiet: QuietHours | null;
  /** Minutes since midnight by the analyst's clocks. */
  readonly minuteOf: (at: number) => number;
}

/**
 * How long a notification has to wait: for the rate limit, and for the end of quiet hours. By the clocks on the wall, so that it is right
 * also in the nights in which they change.
 * @returns ms from now; 0: now
 */
export function msUntilNotice({ now, lastAt, everyMs, quiet, minuteOf }: Moment): number {
  // Where the clock was set back, the last one lies ahead: no longer than the limit is waited even so.
  const rest = lastAt === null ? 0 : Math.max(0, Math.min(everyMs, lastAt + everyMs - now));
  let at = now + rest;
  if (quiet === null) return rest;
  while (isQuiet(minuteOf(at), quiet)) at = (Math.floor(at / minuteMs) + 1) * minuteMs;
  return at - now;
}

export interface NoticeText {
  readonly title: string;
  readonly body: string;
  /** What it speaks of, and so where a click leads. */
  readonly of: "alerts" | "drift" | "watched";
}

interface NewsCounts extends Readonly<Record<Severity, number>> {
  readonly drift?: number;
  readonly watched?: number;
}

/**
 * What a notification says of new alerts, of requests that meet a watch, and of the drift alarm.
 * SECURITY: counts and severities only. A locked screen shows it, and payloads, hosts and clients are nobody's business there.
 */
export function noticeText(counts: NewsCounts): NoticeText {
  const total = severities.reduce((sum, severity) => sum + counts[severity], 0);
  const parts = severities
    .toReversed()
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severityLabels[severity].toLowerCase()}`);
  const { drift = 0, watched = 0 } = counts;
  if (total === 0 && watched > 0) {
    const title = `Watched traffic${drift > 0 ? " and the drift alarm" : ""}`;
    return { title, body: "Requests came in that meet a watch. Click to see them.", of: "watched" };
  }
  if (total === 0) {
    const body = "What comes in is no longer what a model was made from. Click to see what changed.";
    return { title: "Drift alarm", body, of: "drift" };
  }
  const more = `${watched > 0 ? ", watched traffic" : ""}${drift > 0 ? " and the drift alarm" : ""}`;
  const title = formatPlural(total, "new alert") + more;
  return { title, body: `${parts.join(", ")}. Click to see them.`, of: "alerts" };
}
