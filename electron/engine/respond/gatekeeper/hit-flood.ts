import type { HitMinute } from "./hit-table.ts";

const minuteMs = 60_000;
/** Minutes that are looked at, and compared with a day. */
const lookMinutes = 5;
const dayMinutes = 1440;
/** Fewest hits that are a flood, and how many times the usual. */
const fewest = 100;
const times = 10;

export interface Flood {
  readonly rule: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Hits of the last five minutes. */
  readonly lastMinutes: number;
  /** Hits of five minutes on average over the day before them. */
  readonly usual: number;
}

/**
 * Rules that suddenly match far more than they used to. A flood may be an attack, or a rule that stops everybody: only a person can
 * tell, so that it is told and changes no rule. SECURITY: else whoever sends enough attacks would disarm the rule that stops them.
 *
 * @param minutes hits since a day before `now`
 */
export function findFloods(minutes: readonly HitMinute[], now: number): Flood[] {
  const from = now - (now % minuteMs) - (lookMinutes - 1) * minuteMs;
  const sums = new Map<string, { recent: number; before: number }>();
  for (const { rule, minute, count } of minutes) {
    if (minute < from - dayMinutes * minuteMs || minute > now) continue;
    const sum = sums.get(rule) ?? { recent: 0, before: 0 };
    if (minute >= from) sum.recent += count;
    else sum.before += count;
    sums.set(rule, sum);
  }
  return [...sums].flatMap(([rule, { recent, before }]) => {
    const usual = (before / dayMinutes) * lookMinutes;
    return recent >= fewest && recent >= times * usual ? [{ rule, since: from, lastMinutes: recent, usual }] : [];
  });
}
