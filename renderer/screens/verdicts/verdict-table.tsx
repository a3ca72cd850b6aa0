import { ArrowUp } from "lucide-react";
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel, PanelStatus, StaleNote } from "../../ui/panel-status.tsx";
import { useRowWindow } from "../../ui/use-row-window.ts";
import { formatCount } from "../../view/format.ts";
import { goTo } from "../../view/place.ts";
import { scrollTopFor } from "../../view/row-window.ts";
import { useKeys } from "../../view/use-keys.ts";
import { type TimeZone, useView } from "../../view/view.ts";
import type { VerdictList } from "./use-verdict-list.ts";
import { columns, VerdictRow } from "./verdict-row.tsx";

const rowHeights = { comfortable: 38, compact: 28 };
const headHeight = 32;
const spareRows = 4;
/** Rows below the last one in sight that are read before they are needed. */
const readAhead = 50;

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
  return { selected, at };
}

/** Whether the list stands at its top; only a change draws anything again. */
function useAtTop(scroller: HTMLElement | null): boolean {
  const [atTop, setAtTop] = useState(true);
  useEffect(() => {
    if (scroller === null) return;
    const look = () => setAtTop(scroller.scrollTop < 1);
    look();
    scroller.addEventListener("scroll", look, { passive: true });
    return () => scroller.removeEventListener("scroll", look);
  }, [scroller]);
  return atTop;
}

interface RowsProps {
  readonly scroller: HTMLElement | null;
  readonly rows: readonly VerdictSummary[];
  readonly total: number;
  readonly height: number;
  /** Row that the keyboard is on; -1: none. */
  readonly at: number;
  readonly zone: TimeZone;
  readonly readMore: () => void;
}

/** The rows in sight: what is drawn again while the list scrolls, and nothing else is. */
const Rows = memo(function Rows({ scroller, rows, total, height, at, zone, readMore }: RowsProps) {
  const { first, slots } = useRowWindow({ scroller, count: total, rowHeight: height, spare: spareRows });
  const last = first + slots.length;
  useEffect(() => {
    if (last >= rows.length - readAhead) readMore();
  }, [last, rows.length, readMore]);
  return (
    <div role="presentation" className="verdict-rows" style={{ height: total * height }}>
      <div role="presentation" style={{ transform: `translateY(${first * height}px)` }}>
        {slots.map((slot, i) => (
          <VerdictRow
            key={slot}
            row={rows[first + i]}
            index={first + i}
            selected={first + i === at}
            zone={zone}
            onOpen={openSession}
          />
        ))}
      </div>
    </div>
  );
});

/** All matching verdicts, newest first; only the rows in sight exist, and pages are read as they come into sight. */
export function VerdictTable({ list, emptyText }: { list: VerdictList; emptyText: string }) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const density = useView((view) => view.density);
  const zone = useTimeZone();
  const height = rowHeights[density];
  const { readMore, rows } = list;
  useLayoutEffect(() => {
    if (scroller === null) return;
    scroller.scrollTop = useView.getState().scrollTop;
    return () => useView.getState().set({ scrollTop: scroller.scrollTop });
  }, [scroller]);
  /** Height of the view less the head, which covers its top. */
  const seen = () => Math.max(height, (scroller?.clientHeight ?? 0) - headHeight);

  const { selected, at } = useSelection(
    list,
    () => Math.ceil((scroller?.scrollTop ?? 0) / height),
    () => Math.max(1, Math.floor(seen() / height) - 1),
    (row) => {
      if (scroller === null) return;
      scroller.scrollTop = scrollTopFor(row, { scrollTop: scroller.scrollTop, height: seen(), rowHeight: height });
      // Whatever had the focus, Enter now means this row.
      scroller.focus({ preventScroll: true });
    },
  );

  const attended = useAttention(frame);
  const { fresh, freshOpen, showFresh } = list;
  const showNew = useCallback(() => {
    showFresh();
    scroller?.scrollTo({ top: 0 });
  }, [showFresh, scroller]);
  const atTop = useAtTop(scroller);
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
        ref={setScroller}
        role="grid"
        aria-label="Verdicts"
        aria-rowcount={list.total + 1}
        aria-busy={list.isChanging}
        aria-colcount={columns.length}
        aria-activedescendant={at === -1 ? undefined : `row-${selected}`}
        tabIndex={0}
        data-density={density}
        className={`verdict-grid min-h-0 flex-1 overflow-x-hidden overflow-y-scroll focus-visible:outline-offset-[-2px] ${list.isChanging ? "opacity-60" : ""}`}
      >
        <div
          role="row"
          aria-rowindex={1}
          tabIndex={-1}
          className="verdict-columns sticky top-0 z-[1] h-8 border-b border-line bg-surface"
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
          <Rows
            scroller={scroller}
            rows={rows}
            total={list.total}
            height={height}
            at={at}
            zone={zone}
            readMore={readMore}
          />
        )}
      </div>
    </div>
  );
}
