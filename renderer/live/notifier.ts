import type { Severity } from "../../shared/alert.ts";
import { minuteOfDay, msUntilNotice, type NoticeText, noticeText, type QuietHours } from "../view/notice.ts";
import type { TimeZone } from "../view/view.ts";

export interface NoticeRules {
  /** At most one notification in this time. */
  readonly everyMs: number;
  readonly quiet: QuietHours | null;
  /** Whose clocks quiet hours are told by. */
  readonly zone: TimeZone;
}

interface NotifierPorts {
  /** In ms since 1970. */
  readonly now: () => number;
  /** Calls back after some milliseconds. */
  readonly later: (ms: number, run: () => void) => void;
  /** Whether the analyst is looking at the window: then it tells them itself. */
  readonly isAttended: () => boolean;
  /** Null: nothing is told. */
  readonly rules: () => NoticeRules | null;
  readonly show: (text: NoticeText) => void;
}

/** Longest sleep: a computer that slept, or a clock that was set, is noticed then. */
const longestMs = 60_000;

/** What is told: an alert of some severity, that requests meet a watch, or that the drift alarm was raised. */
export type News = Severity | "watched" | "drift";

const none: Readonly<Record<News, number>> = { low: 0, medium: 0, high: 0, critical: 0, watched: 0, drift: 0 };

/** Groups what comes and tells it as the rules allow: nothing is lost, but what the analyst saw meanwhile. */
export function createNotifier(ports: NotifierPorts): (arrived: readonly News[]) => void {
  let pending = { ...none };
  let lastAt: number | null = null;
  let isScheduled = false;

  const look = () => {
    const rules = ports.rules();
    if (rules === null || ports.isAttended()) pending = { ...none };
    if (rules === null || Object.values(pending).every((count) => count === 0)) return;
    const now = ports.now();
    const wait = msUntilNotice({ ...rules, now, lastAt, minuteOf: (at) => minuteOfDay(at, rules.zone) });
    if (wait === 0) {
      lastAt = now;
      ports.show(noticeText(pending));
      pending = { ...none };
    } else if (!isScheduled) {
      isScheduled = true;
      ports.later(Math.min(wait, longestMs), () => {
        isScheduled = false;
        look();
      });
    }
  };
  return (arrived) => {
    for (const news of arrived) pending[news]++;
    look();
  };
}
