import { useLayoutEffect, useMemo, useRef } from "react";
import { positionAt, scrollTopAt, scrollTopFor } from "../view/row-window.ts";
import { type KeyHandlers, useKeys } from "../view/use-keys.ts";
import type { PagedList } from "./use-paged-list.ts";

interface CursorOptions<R> {
  readonly list: PagedList<R>;
  /** Id of the row that the keyboard is on. */
  readonly cursor: string | null;
  readonly onCursor: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly scroller: HTMLElement | null;
  readonly rowHeight: number;
  readonly headHeight: number;
}

/**
 * Moves the cursor of a list by keys; from nowhere it starts at the first row in sight.
 * @returns the cursor's row, -1 where there is none, and what has to be called before rows move on purpose
 */
export function useRowCursor<R extends { readonly id: string }>(options: CursorOptions<R>) {
  const { list, cursor, onCursor, onOpen, scroller, rowHeight, headHeight } = options;
  const { rows } = list;
  const at = useMemo(() => (cursor === null ? -1 : rows.findIndex((row) => row.id === cursor)), [rows, cursor]);
  /** Height of the view less the head, which covers its top. */
  const seen = () => Math.max(rowHeight, (scroller?.clientHeight ?? 0) - headHeight);
  const all = list.total * rowHeight;
  const position = () => positionAt(scroller?.scrollTop ?? 0, all);
  const show = (row: number) => {
    if (scroller === null) return;
    const from = position();
    const to = scrollTopFor(row, { scrollTop: from, height: seen(), rowHeight });
    // Rounded away from where it was: in a long list a pixel of the page is several of the rows.
    if (to !== from) scroller.scrollTop = (to > from ? Math.ceil : Math.floor)(scrollTopAt(to, all));
    // Whatever had the focus, Enter now means this row.
    scroller.focus({ preventScroll: true });
  };
  const select = (to: number) => {
    const row = Math.max(0, Math.min(rows.length - 1, to));
    const id = rows[row]?.id;
    if (id === undefined || list.isChanging) return;
    onCursor(id);
    show(row);
  };
  const move = (by: number) => select(at === -1 ? Math.ceil(position() / rowHeight) : at + by);
  const pageRows = () => Math.max(1, Math.floor(seen() / rowHeight) - 1);
  const keys: KeyHandlers = {
    next: () => move(1),
    previous: () => move(-1),
    pageDown: () => move(pageRows()),
    pageUp: () => move(-pageRows()),
    first: () => select(0),
    last: () => {
      select(rows.length - 1);
      show(list.total - 1);
    },
    open: () => {
      if (cursor !== null && at !== -1) onOpen(cursor);
    },
  };
  useKeys(keys, (action) => {
    if (rows.length === 0) return "the list is empty";
    return action === "open" && at === -1 ? "no row is chosen" : null;
  });

  // Rows that come or go above the cursor leave it where it is on the screen.
  const before = useRef({ rows, at });
  const isMeant = useRef(false);
  useLayoutEffect(() => {
    const { rows: rowsBefore, at: atBefore } = before.current;
    before.current = { rows, at };
    if (rowsBefore === rows || atBefore === -1 || at === -1 || scroller === null) return;
    const moved = (at - atBefore) * rowHeight;
    if (!isMeant.current && moved !== 0)
      scroller.scrollTop = scrollTopAt(positionAt(scroller.scrollTop, all) + moved, all);
    isMeant.current = false;
  }, [rows, at, scroller, rowHeight, all]);
  const moveOnPurpose = () => {
    isMeant.current = true;
  };
  return { at, moveOnPurpose };
}
