import type { FlagState } from "../../shared/feature-flags.ts";

type Way = NonNullable<FlagState["ways"]>["with"];

export const totalOf = (way: Way): number => Object.values(way).reduce((sum, count) => sum + count, 0);

/** Verdicts that flag a session, and the policy that lets a rule in by itself. */
const countedNames: ReadonlySet<string> = new Set(["simulate", "tag", "apply"]);

/** Share of a way that was flagged, or let in; null: nothing went that way. */
export function flaggedShare(way: Way): number | null {
  const total = totalOf(way);
  if (total === 0) return null;
  const flagged = Object.entries(way).reduce((sum, [name, count]) => sum + (countedNames.has(name) ? count : 0), 0);
  return flagged / total;
}

/** How the shares of both ways differ, in percentage points: "+2.5 points"; null: one of them is empty. */
export function differenceOf({ with: on, without }: NonNullable<FlagState["ways"]>): string | null {
  const [a, b] = [flaggedShare(on), flaggedShare(without)];
  if (a === null || b === null) return null;
  const points = (a - b) * 100;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} points`;
}
