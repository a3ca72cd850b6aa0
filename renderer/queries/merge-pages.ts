import type { Page } from "./paged-rows.ts";

interface Row {
  readonly id: string;
}

/** How the newest rows relate to the list as it stands. */
export type Newer<R> =
  /** Rows to put in front; none when the list is up to date. */
  | { readonly kind: "rows"; readonly rows: readonly R[] }
  /** The list cannot be continued: more is new than was looked at, or rows were taken away, came back or moved. */
  | { readonly kind: "changed"; readonly atLeast: number };

/**
 * Compares the newest rows with the list, both in the list's order.
 * @param listed the list's first rows, at least as many as `head` has where the list is that long
 */
export function findNewer<R extends Row>(listed: readonly R[], head: Pick<Page<R>, "items" | "next">): Newer<R> {
  const first = listed[0];
  if (first === undefined) return { kind: "rows", rows: head.items };
  const at = head.items.findIndex((row) => row.id === first.id);
  if (at === -1) return { kind: "changed", atLeast: head.items.length };
  const same = head.items.slice(at).every((row, i) => listed[i]?.id === row.id);
  const endsTogether = head.next !== null || listed.length === head.items.length - at;
  return same && endsTogether ? { kind: "rows", rows: head.items.slice(0, at) } : { kind: "changed", atLeast: at };
}

/** Puts rows in front of the pages; one that stood further back moves. @param askedAt when they were asked for */
export function mergeInFront<R extends Row>(rows: readonly R[], askedAt: number, pages: readonly Page<R>[]): Page<R>[] {
  const ids = new Set(rows.map(({ id }) => id));
  const rest = pages.map((page) =>
    page.items.some(({ id }) => ids.has(id)) ? { ...page, items: page.items.filter(({ id }) => !ids.has(id)) } : page,
  );
  return [{ items: [...rows], next: null, askedAt }, ...rest];
}

/** Pages and their rows as one list. */
export interface Flattened<R> {
  readonly pages: readonly Page<R>[];
  readonly rows: readonly R[];
}

/** Pages as one list. Where they go on from `before`, only the rows of the further ones are looked at. */
export function flattenPages<R>(before: Flattened<R>, pages: readonly Page<R>[]): Flattened<R> {
  if (pages === before.pages) return before;
  const known = before.pages.every((page, i) => page === pages[i]) ? before : { pages: [], rows: [] };
  return { pages, rows: known.rows.concat(...pages.slice(known.pages.length).map(({ items }) => items)) };
}
