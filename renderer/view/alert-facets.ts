import type { AlertStatus } from "../../shared/alert.ts";
import { toggleTerm } from "../../shared/alert-query-complete.ts";
import { type AlertFieldName, alertLanguage } from "../../shared/alert-query-fields.ts";
import { readQueryWords } from "../../shared/query-language.ts";

/** A query without the words that `isGone` picks; each of the others stays as typed. */
function withoutWords(q: string, isGone: (field: string, values: readonly string[]) => boolean): string {
  const kept: string[] = [];
  let from = 0;
  for (const { start, end, head, pieces } of readQueryWords(alertLanguage, q)) {
    if (
      head === null ||
      !isGone(
        head.field.name,
        pieces.map(({ text }) => text.toLowerCase()),
      )
    )
      continue;
    kept.push(q.slice(from, start));
    from = end;
  }
  return from === 0 ? q : joinStretches([...kept, q.slice(from)]);
}

function joinStretches(stretches: readonly string[]): string {
  return stretches
    .map((stretch) => stretch.trim())
    .filter((stretch) => stretch !== "")
    .join(" ");
}

/** What to count for the choices of a field: all that the rest of the query asks for. */
export function withoutField(q: string, field: AlertFieldName): string {
  return withoutWords(q, (name) => name === field);
}

function withoutOpen(q: string): string {
  return withoutWords(q, (name, values) => name === "is" && values.length === 1 && values[0] === "open");
}

/** The same for how many closed ones there are, which `is:open` hides. */
export function withoutStatus(q: string): string {
  return withoutOpen(withoutField(q, "status"));
}

/** Whether the query asks for this value of a field, perhaps among others. */
export function asksFor(q: string, field: AlertFieldName, value: string): boolean {
  return [...readQueryWords(alertLanguage, q)].some(
    ({ negated, head, pieces }) =>
      !negated &&
      head?.op === ":" &&
      head.field.name === field &&
      pieces.some(({ text }) => text.toLowerCase() === value.toLowerCase()),
  );
}

/** Adds a status or takes it away. Closed ones and `is:open` exclude each other: one makes room for the other. */
export function toggleStatus(q: string, status: AlertStatus): string {
  const next = toggleTerm(q, "status", status);
  if (status !== "closed") return next;
  if (asksFor(next, "status", "closed")) return withoutOpen(next);
  return withoutField(next, "status") === next ? joinStretches(["is:open", next]) : next;
}

/** A query without one stretch. */
export function withoutStretch(q: string, start: number, end: number): string {
  return joinStretches([q.slice(0, start), q.slice(end)]);
}
