import type { AlertRow } from "./alert-list.ts";

type Alike = Pick<AlertRow, "n" | "id" | "status" | "payload_key" | "explanation_key">;

/**
 * The alerts most like one, the likest first, then the newest; half of them closed where there are as many, since how such alerts
 * were closed is what one looks for.
 * @param rows may name an alert several times
 */
export function likestOf<A extends Alike>(to: Alike, rows: readonly A[], most: number): A[] {
  const likeness = (row: A) =>
    (row.payload_key === to.payload_key ? 1 : 0) + (row.explanation_key === to.explanation_key ? 1 : 0);
  const likest = (a: A, b: A) => likeness(b) - likeness(a) || b.n - a.n;
  const all = [...new Map(rows.map((row) => [row.id, row])).values()].sort(likest);
  const closed = new Set(all.filter(({ status }) => status === "closed").slice(0, Math.floor(most / 2)));
  const others = all.filter((row) => !closed.has(row)).slice(0, most - closed.size);
  return [...closed, ...others].sort(likest);
}
