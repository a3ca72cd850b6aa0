import type { Alert, AlertChange } from "../../shared/alert.ts";
import { isChangedBy, nameAlerts } from "../view/alert-change.ts";
import { formatCount, formatPlural } from "../view/format.ts";

/** What an action works on: rows as they are seen, or whatever matches a query, read or not. */
export type Target =
  | { readonly kind: "rows"; readonly rows: readonly Alert[] }
  /** `total` null: not counted yet. */
  | { readonly kind: "all"; readonly q: string; readonly total: number | null };

/** The rows that an action names; none where it names a query. */
export function targetRows(target: Target): readonly Alert[] {
  return target.kind === "rows" ? target.rows : [];
}

export function nameTarget(target: Target): string {
  if (target.kind === "rows") return nameAlerts(target.rows);
  if (target.total === null) return "all alerts that match";
  return target.total === 1 ? "the one alert that matches" : `all ${formatCount(target.total)} alerts that match`;
}

/** What a note is about that is written on a target, for its draft. */
export function draftAbout(deed: "note" | "close", target: Target): string {
  return `${deed} ${target.kind === "rows" ? target.rows.map(({ id }) => id).join() : `all ${target.q}`}`;
}

/** The rows that a change would leave different; who wants all of them changed wants these. */
export function rowsChangedBy(rows: readonly Alert[], change: AlertChange): readonly Alert[] {
  return rows.filter((row) => isChangedBy(row, change));
}

/** A tag that rows have. */
interface TagThere {
  readonly tag: string;
  readonly isOnAll: boolean;
  /** How many have it, where that has to be said. */
  readonly words: string;
}

/** Tags of the rows, the most common first. */
export function tagsOf(rows: readonly Alert[]): TagThere[] {
  const counts = new Map<string, number>();
  for (const tag of rows.flatMap((row) => row.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([tag, count]) => {
      const isOnAll = count === rows.length;
      return {
        tag,
        isOnAll,
        words: rows.length === 1 ? "" : isOnAll ? "on all" : `on ${formatPlural(count, "alert")}`,
      };
    });
}
