import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { formatCount } from "../../view/format.ts";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import type { VerdictList } from "./use-verdict-list.ts";
import { columns, PendingRow, rowGrid, VerdictRow } from "./verdict-row.tsx";

const rowHeights = { comfortable: 38, compact: 28 };

function openSession(id: string): void {
  useView.getState().set({ selected: id });
  goTo({ screen: "session", id, tab: "requests" });
}

/** Whether the pointer or the focus is in an element: then nothing in it may move by itself. */
function useAttention(element: React.RefObject<HTMLElement | null>): boolean {
  const [attended, setAttended] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const on = () => setAttended(true);
    const off = () => setAttended(target.matches(":hover") || target.contains(document.activeElement));
    target.addEventListener("pointerenter", on);
    target.addEventListener("focusin", on);
    target.addEventListener("pointerleave", off);
    target.addEventListener("focusout", off);
    return () => {
      target.removeEventListener("pointerenter", on);
      target.removeEventListener("focusin", on);
      target.removeEventListener("pointerleave", off);
      target.removeEventListener("focusout", off);
    };
  }, [element]);
  return attended;
}

/** Moves the selection by rows; from nowhere it starts at the first row in sight. */
function useSelection(
  list: VerdictList,
  firstInSight: () => number,
  pageRows: () => number,
  show: (row: number) => void,
) {
  const selected = useView((view) => view.selected);
  const at = useMemo(
    () => (selected === null ? -1 : list.rows.findIndex((row) => row.id === selected)),
    [list.rows, selected],
  );
  const select = (to: number) => {
    const row = Math.max(0, Math.min(list.rows.length - 1, to));
    const id = list.rows[row]?.id;
    if (id === undefined || list.isChanging) return;
    useView.getState().set({ selected: id });
    show(row);
  };
  const move = (by: number) => select(at === -1 ? firstInSight() : at + by);
  useKeys({
    next: () => move(1),
    previous: () => move(-1),
    pageDown: () => move(pageRows()),
    pageUp: () => move(-pageRows()),
    first: () => select(0),
    last: () => {
      select(list.rows.length - 1);
      show(list.total - 1);
    },
    open: () => {
      if (selected !== null && at !== -1) openSession(selected);
    },
  });
  return selected;
}

/** All matching verdicts, newest first; only the rows in sight exist, and pages are read as they come into sight. */
export function VerdictTable({ list, emptyText }: { list: VerdictList; emptyText: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const density = useView((view) => view.density);
  const zone = useTimeZone();
  const height = rowHeights[density];
  const virtual = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 10,
    initialOffset: useView.getState().scrollTop,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new row height makes every measure stale.
  useLayoutEffect(() => virtual.measure(), [height]);
  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;

  const { readMore, rows } = list;
  useEffect(() => {
    if (lastInSight >= rows.length - 50) readMore();
  }, [lastInSight, rows.length, readMore]);

  useEffect(() => {
    const element = scroller.current;
    return () => useView.getState().set({ scrollTop: element?.scrollTop ?? 0 });
  }, []);

  const selected = useSelection(
    list,
    () => Math.ceil((scroller.current?.scrollTop ?? 0) / height),
    () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? height) / height) - 1),
    (row) => {
      virtual.scrollToIndex(row, { align: "auto" });
      // Whatever had the focus, Enter now means this row.
      scroller.current?.focus({ preventScroll: true });
    },
  );

  const attended = useAttention(frame);
  const { fresh, freshOpen, showFresh } = list;
  const showNew = useCallback(() => {
    showFresh();
    virtual.scrollToOffset(0);
  }, [showFresh, virtual]);
  const atTop = (virtual.scrollOffset ?? 0) < 1;
  useEffect(() => {
    if (fresh > 0 && (rows.length === 0 || (atTop && !attended && selected === null))) showFresh();
  }, [fresh, rows.length, atTop, attended, selected, showFresh]);
  useKeys({ showNew: () => (fresh > 0 ? showNew() : undefined) });

  if (list.isPending || (list.error !== null && rows.length === 0))
    return <PanelStatus query={list} what="the verdicts" />;
  return (
    <div ref={frame} className="relative flex h-full flex-col">
      {list.error !== null && <StaleNote query={list} what="the list" />}
      {fresh > 0 && rows.length > 0 && (
        <button
          type="button"
          onClick={showNew}
          className="absolute top-10 left-1/2 z-10 flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-xs font-semibold text-accent-ink shadow-(--shadow)"
        >
          <ArrowUp size={14} aria-hidden="true" />
          {freshOpen ? "List changed: show the newest" : `${formatCount(fresh)} new`}
        </button>
      )}
      <span role="status" className="sr-only">
        {fresh > 0 ? (freshOpen ? "The list changed" : `${fresh} new verdicts`) : ""}
      </span>
      <div
        ref={scroller}
        role="grid"
        aria-label="Verdicts"
        aria-rowcount={list.total + 1}
        aria-busy={list.isChanging}
        aria-colcount={columns.length}
        aria-activedescendant={
          selected !== null && rows.some((row) => row.id === selected) ? `row-${selected}` : undefined
        }
        tabIndex={0}
        className={`min-h-0 flex-1 overflow-x-hidden overflow-y-scroll focus-visible:outline-offset-[-2px] ${list.isChanging ? "opacity-60" : ""}`}
      >
        <div
          role="row"
          aria-rowindex={1}
          tabIndex={-1}
          className={`sticky top-0 z-[1] h-8 border-b border-line bg-surface ${rowGrid}`}
        >
          {columns.map((column) => (
            <div
              key={column}
              role="columnheader"
              tabIndex={-1}
              className={`th ${column === "Reqs" ? "text-right" : ""}`}
            >
              {column}
            </div>
          ))}
        </div>
        {rows.length === 0 ? (
          <div role="row" tabIndex={-1} className="h-[calc(100%-32px)]">
            <div role="gridcell" className="h-full">
              <EmptyPanel title="No verdict matches">{emptyText}</EmptyPanel>
            </div>
          </div>
        ) : (
          <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              return row === undefined ? (
                <PendingRow key={item.index} index={item.index} top={item.start} height={height} />
              ) : (
                <VerdictRow
                  key={row.id}
                  row={row}
                  index={item.index}
                  top={item.start}
                  height={height}
                  selected={row.id === selected}
                  zone={zone}
                  onOpen={openSession}
                />
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}
