import { type DeedCounts, type GateMeasure, otherRoutes, otherRules, timeSteps } from "../../shared/gate-measure.ts";
import type { GateDeed } from "../../shared/gatekeeper-protocol.ts";
import { toInstant } from "../engine/base/clock.ts";
import { createEntryLog } from "./entry-log.ts";

const hourMs = 3_600_000;
/**
 * Routes, and pairs of route and rule, that are told apart within an hour. What comes after them is counted too: a route under
 * `otherRoutes`, a pair under `otherRoutes` and its rule, and from so many rules there on under `otherRules`.
 * SECURITY: routes are what visitors ask for: without a bound anybody could fill memory and disk with names.
 */
const mostRoutes = 200;
const mostPairs = 2_000;
const mostOtherRules = 200;
/** Requests of an hour in which rules are timed one by one, and how many of those that follow. */
const timedFirst = 100;
const timedShare = 1 / 64;

/** What is known of one request once it is decided. */
export interface Measured {
  readonly route: string;
  /** What was done with it; null: nothing. */
  readonly deed: GateDeed | null;
  /** Time that the look took, milliseconds; null: no rule is in force, and none was taken. */
  readonly lookMs: number | null;
  /** Rules that looked at it; what each did, and its time in milliseconds where it was timed. */
  readonly rules: ReadonlyMap<string, { deed: GateDeed | null; ms: number | null }>;
}

/** What rules cost, by hour, route and rule, until the engine comes for it. */
export interface MeasureLog {
  /** Whether the next request's rules are timed one by one. */
  times(now: number): boolean;
  note(measured: Measured, now: number): void;
  /** Forgets those up to `after` and gives the next ones. */
  take(after: number, limit: number): { measures: GateMeasure[]; more: boolean; dropped: number };
  kept(): { next: number; measures: GateMeasure[] };
}

interface Open extends Omit<GateMeasure, "hour" | "requests"> {
  readonly hour: number;
  requests: number;
}

/**
 * @param most entries that are kept; the oldest go first
 * @param random in [0, 1)
 */
export function createMeasureLog(
  from: { readonly next: number; readonly measures: readonly GateMeasure[] },
  random: () => number,
  most = 10_000,
): MeasureLog {
  let dropped = 0;
  const entries = from.measures.map((one): Open => ({ ...structuredClone(one), hour: Date.parse(one.hour) }));
  const log = createEntryLog({ next: from.next, entries }, most, () => {
    dropped++;
  });
  const seen = { hour: 0, requests: 0, routes: new Set<string>(), pairs: new Set<string>(), rules: new Set<string>() };

  /** Whether a name is told apart: it is already, or there is room. */
  const isTold = (told: Set<string>, name: string, room: number) =>
    told.has(name) || (told.size < room && told.add(name) !== undefined);

  function beginHour(now: number): number {
    const hour = now - (now % hourMs);
    if (seen.hour !== hour) {
      Object.assign(seen, { hour, requests: 0 });
      for (const told of [seen.routes, seen.pairs, seen.rules]) told.clear();
    }
    return hour;
  }

  function add(
    hour: number,
    { route, rule }: { route: string; rule: string | null },
    deed: GateDeed | null,
    ms: number | null,
  ): void {
    const entry = log.running(
      `${rule ?? ""} ${route}`,
      (running) => running.hour === hour,
      (seq) => ({ seq, hour, route, rule, requests: 0, deeds: noDeeds(), times: noTimes() }),
    );
    entry.requests++;
    if (deed !== null) entry.deeds[deed]++;
    if (ms === null) return;
    const { times } = entry;
    const us = ms * 1000;
    times.timed++;
    times.sum_us += us;
    times.max_us = Math.max(times.max_us, us);
    const step = timeSteps.findIndex((end) => us <= end);
    times.steps[step < 0 ? timeSteps.length : step]!++;
  }

  function placeOf(route: string, rule: string): { route: string; rule: string } {
    if (route !== otherRoutes && isTold(seen.pairs, `${rule} ${route}`, mostPairs)) return { route, rule };
    return { route: otherRoutes, rule: isTold(seen.rules, rule, mostOtherRules) ? rule : otherRules };
  }

  const toMeasure = ({ hour, ...entry }: Open): GateMeasure => ({ ...entry, hour: toInstant(hour) });

  return {
    times(now) {
      beginHour(now);
      return seen.requests < timedFirst || random() < timedShare;
    },
    note(measured, now) {
      const hour = beginHour(now);
      seen.requests++;
      const route = isTold(seen.routes, measured.route, mostRoutes) ? measured.route : otherRoutes;
      add(hour, { route, rule: null }, measured.deed, measured.lookMs);
      const others = { looked: false, deed: null as GateDeed | null, ms: null as number | null };
      for (const [rule, { deed, ms }] of measured.rules) {
        const place = placeOf(route, rule);
        if (place.rule !== otherRules) {
          add(hour, place, deed, ms);
          continue;
        }
        // A request counts once, whatever many rules did.
        others.looked = true;
        others.deed = deed === null ? others.deed : (others.deed ?? deed);
        if (ms !== null) others.ms = (others.ms ?? 0) + ms;
      }
      if (others.looked) add(hour, { route: otherRoutes, rule: otherRules }, others.deed, others.ms);
    },
    take(after, limit) {
      const { entries, more } = log.take(after, limit);
      return { measures: entries.map(toMeasure), more, dropped };
    },
    kept() {
      const { next, entries } = log.kept();
      return { next, measures: entries.map(toMeasure) };
    },
  };
}

const noDeeds = (): DeedCounts => ({ logged: 0, tagged: 0, challenged: 0, blocked: 0 });
const noTimes = () => ({ timed: 0, sum_us: 0, max_us: 0, steps: new Array<number>(timeSteps.length + 1).fill(0) });
