import { create } from "zustand";
import type { Drift, DriftAlarm, DriftBin, DriftItem, DriftReason, DriftWindow } from "../../shared/drift.ts";
import { formatPlural, formatUnit, formatValue } from "./format.ts";

export const driftTabs = ["numbers", "labels", "looks"] as const;
export type DriftTab = (typeof driftTabs)[number];

/** Which numbers are shown: those that changed without being expected to, those that differ as is expected, or all. */
export type DriftFilter = "changed" | "expected" | "all";

/** How the drift screen is looked at. */
interface DriftView {
  readonly window: DriftWindow;
  readonly tab: DriftTab;
  /** Number that is looked at closely; null: the first. */
  readonly selected: string | null;
  readonly only: DriftFilter;
  readonly asTable: boolean;
}

export const useDriftView = create<DriftView>(() => ({
  window: "week",
  tab: "numbers",
  selected: null,
  only: "changed",
  asTable: false,
}));

export const windowLabels: Record<DriftWindow, string> = {
  day: "24 hours",
  week: "7 days",
  model: "Since the fit",
};

/** What tells a number apart: the same feature stands beside two models. */
export const keyOf = ({ subject, name }: Pick<DriftItem, "subject" | "name">): string => `${subject} ${name}`;

/** What tells a raised alarm apart from another; empty: none is raised. */
export function nameAlarm({ state, reasons }: DriftAlarm): string {
  if (state !== "raised") return "";
  return reasons.map(({ kind, name, since }) => `${kind} ${name} ${since}`).join("\n");
}

/** A share in per cent: 12 %, below one 0.4 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))}%`;
}

/** A probability of chance: 0.04, <0.0001. */
export function formatP(p: number): string {
  return p < 0.0001 ? "<0.0001" : String(Number(p.toPrecision(2)));
}

/** A stretch of values in words: "up to 3", "over 3, up to 5", "not available". */
export function nameBin({ from, from_inside, to, to_inside, is_missing }: DriftBin): string {
  if (is_missing) return "not available";
  if (from === null && to === null) return "any value";
  if (from === null) return `${to_inside ? "up to" : "below"} ${formatValue(to)}`;
  if (to === null) return from_inside ? `${formatValue(from)} and more` : `over ${formatValue(from)}`;
  if (from === to) return formatValue(from);
  return `${from_inside ? "from" : "over"} ${formatValue(from)} ${to_inside ? "up to" : "to below"} ${formatValue(to)}`;
}

/** Change of the share without a value from which that is what is said. */
const muchMissing = 0.1;

const withUnit = (words: string, unit: string) => [words, formatUnit(unit)].filter((part) => part !== "").join(" ");

/** How a number moved, in words and its unit. */
export function describeMove(item: DriftItem): string {
  const { before, after, bins, unit } = item;
  if (Math.abs(after.missing - before.missing) >= muchMissing) {
    return `not available: ${formatShare(before.missing)} → ${formatShare(after.missing)} of sessions`;
  }
  if (before.median !== after.median && before.median !== null && after.median !== null) {
    const [then, now] = [formatValue(before.median), formatValue(after.median)];
    if (then !== now) return withUnit(`median ${then} → ${now}`, unit);
  }
  const [first, ...others] = bins;
  if (first === undefined) return "";
  const most = others.reduce(
    (a, b) => (Math.abs(b.live - b.reference) > Math.abs(a.live - a.reference) ? b : a),
    first,
  );
  const stretch = most.is_missing ? nameBin(most) : withUnit(nameBin(most), unit);
  return `${stretch}: ${formatShare(most.reference)} → ${formatShare(most.live)} of sessions`;
}

/** Which way it went: up, down, or neither. */
export function directionOf({ before, after, ks, bins }: DriftItem): "up" | "down" | null {
  if (before.median !== null && after.median !== null && before.median !== after.median) {
    return after.median > before.median ? "up" : "down";
  }
  if (ks === null) return null;
  // The same median: by where the weight went.
  let [below, most] = [0, 0];
  for (const { is_missing, live, reference } of bins) {
    if (is_missing) continue;
    below += live - reference;
    if (Math.abs(below) > Math.abs(most)) most = below;
  }
  return most === 0 ? null : most < 0 ? "up" : "down";
}

/** Names of what changed, for a sentence. */
function listLabels(reasons: readonly DriftReason[], most: number): string {
  const labels = reasons.map(({ label }) => label);
  const rest = labels.length - most;
  return rest > 0 ? `${labels.slice(0, most).join(", ")} and ${rest} more` : labels.join(", ");
}

export interface DriftHeadline {
  readonly tone: "danger" | "warn" | "good" | "calm";
  readonly title: string;
  readonly words: string;
}

/** What the screen says first. */
export function headlineOf(drift: Drift): DriftHeadline {
  const { alarm, state, behaviour, sessions, needed } = drift;
  if (alarm.state === "raised") {
    return {
      tone: "danger",
      title: `Drift: ${listLabels(alarm.reasons, 3)}`,
      words: "What comes in is no longer what the models were made from.",
    };
  }
  if (alarm.state === "acknowledged") {
    return {
      tone: "warn",
      title: `Acknowledged: ${listLabels(alarm.reasons, 3)}`,
      words: "It stays quiet while nothing else drifts and none of it becomes worse by half.",
    };
  }
  if (state === "no_reference") {
    return {
      tone: "calm",
      title: "There is nothing to compare with",
      words: "The behaviour model was fitted to no sessions: it knows no more than a table of what is suspicious.",
    };
  }
  if (state === "too_few") {
    return {
      tone: "calm",
      title: `Not enough to tell: ${sessions} of ${needed} sessions`,
      words: "Counted are benign sessions, one a client, of clients of whom none was ever flagged.",
    };
  }
  if (behaviour.expected_until !== null) {
    const { sessions: known, needed: enough } = behaviour.expected_until;
    return {
      tone: "calm",
      title: "The shipped model knows other applications",
      words: `Differences are expected, and raise no alarm, until it is fitted to this machine's own sessions: ${known} of ${enough} are there.`,
    };
  }
  if (state === "drifted") {
    const drifted = drift.items.filter(({ level, is_expected }) => level === "drifted" && !is_expected).length;
    return {
      tone: "warn",
      title: `${formatPlural(drifted, "number")} drifted in this stretch of time`,
      words: "The alarm goes by the last seven days, in which it is not enough to tell, or not large.",
    };
  }
  return {
    tone: "good",
    title: state === "moved" ? "No drift; some numbers moved a little" : "No drift",
    words: "What comes in is what the models were made from, as far as that can be told.",
  };
}

/** Whether most of what drifted is what is recorded, and not how clients behave. */
export function isRecordingChange(items: readonly DriftItem[]): boolean {
  const drifted = items.filter(({ level, is_expected }) => level === "drifted" && !is_expected);
  const missing = drifted.filter(({ before, after }) => Math.abs(after.missing - before.missing) >= muchMissing);
  return drifted.length >= 3 && missing.length * 2 > drifted.length;
}
