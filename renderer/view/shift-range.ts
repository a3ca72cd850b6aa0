import { create } from "zustand";

/** The time that a shift is looked at over: the last hours, or between two moments (ISO 8601, UTC). */
export type ShiftRange =
  | { readonly kind: "last"; readonly hours: number }
  | { readonly kind: "between"; readonly from: string; readonly to: string };

/** Stretches that are offered. */
export const shiftHours = [
  { value: "8", label: "8 h" },
  { value: "12", label: "12 h" },
  { value: "24", label: "1 day" },
  { value: "168", label: "7 days" },
] as const;

const hourMs = 3_600_000;

/** @param now ms since 1970 */
export function spanOf(range: ShiftRange, now: number): { from: string; to: string } {
  if (range.kind === "between") return { from: range.from, to: range.to };
  return { from: new Date(now - range.hours * hourMs).toISOString(), to: new Date(now).toISOString() };
}

/** A moment as a field for dates and times writes it, UTC, to the minute. */
export const toField = (instant: string): string => instant.slice(0, 16);

/** What such a field says; null: it is not filled in. */
export function fromField(text: string): string | null {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) ? Date.parse(`${text}:00.000Z`) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Which shift the window looks at. */
export const useShiftRange = create<{
  readonly range: ShiftRange;
  readonly asTable: boolean;
  readonly qualityAsTable: boolean;
}>(() => ({
  range: { kind: "last", hours: 8 },
  asTable: false,
  qualityAsTable: true,
}));
