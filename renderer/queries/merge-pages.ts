import type { VerdictSummary } from "../../shared/verdict.ts";
import type { VerdictPage } from "./verdicts.ts";

/** How the newest rows relate to the list as it stands. */
export type Newer =
  /** Rows to put in front; none when the list is up to date. */
  | { readonly kind: "rows"; readonly rows: readonly VerdictSummary[] }
  /** The list cannot be continued: more is new than was looked at, or rows were taken away or came back. */
  | { readonly kind: "changed"; readonly atLeast: number };

/**
 * Compares the newest rows with the list, both newest first.
 * @param listed the list's first rows, at least as many as `head` has where the list is that long
 */
export function findNewer(listed: readonly VerdictSummary[], head: VerdictPage): Newer {
  const first = listed[0];
  if (first === undefined) return { kind: "rows", rows: head.items };
  const at = head.items.findIndex((row) => row.id === first.id);
  if (at === -1) return { kind: "changed", atLeast: head.items.length };
  const same = head.items.slice(at).every((row, i) => listed[i]?.id === row.id);
  const endsTogether = head.next !== null || listed.length === head.items.length - at;
  return same && endsTogether ? { kind: "rows", rows: head.items.slice(0, at) } : { kind: "changed", atLeast: at };
}
