import { ArrowUp } from "lucide-react";
import { memo, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { formatCount } from "../view/format.ts";
import { useKeyOf, withKey } from "../view/keys-in-force.ts";
import { heightOnPage } from "../view/row-window.ts";
import { useKeys } from "../view/use-keys.ts";
import type { Density } from "../view/view.ts";
import { PanelStatus, StaleNote } from "./panel-status.tsx";
import { takeLostFocus } from "./take-lost-focus.ts";
import { useAtTop, useAttention } from "./use-attention.ts";
import type { PagedList } from "./use-paged-list.ts";
import { useRowCursor } from "./use-row-cursor.ts";
import { useRowWindow } from "./use-row-window.ts";

const headHeight = 32;
const spareRows = 4;
/** Rows below the last one in sight that are read before they are needed. */
const readAhead = 50;

interface Row {
  readonly id: string;
}

/** Draws one row; undefined while it is on its way. Its element has the id `row-` and the row's. */
export type DrawRow<R> = (slot: number, row: R | undefined, index: number, isAt: boolean) => ReactNode;

export interface GridColumn {
  readonly name: string;
  readonly className?: string;
  /** What stands in the head instead of the name. */
  readonly head?: ReactNode;
  /** How the list is in its order; absent: by something else. */
  readonly sort?: "ascending" | "descending";
}

interface RowsProps<R> {
  readonly scroller: HTMLElement | null;
  readonly rows: readonly R[];
  readonly total: number;
  readonly height: number;
  /** Row that the keyboard is on; -1: none. */
  readonly at: number;
  readonly drawRow: DrawRow<R>;
  readonly readMore: () => void;
  readonly onSight: ((first: number, end: number) => void) | undefined;
}

/** The rows in sight: what is drawn again while the list scrolls, and nothing else is. */
const Rows = memo(function Rows<R>({ scroller, rows, total, height, at, drawRow, readMore, onSight }: RowsProps<R>) {
  const { window, shift } = useRowWindow({ scroller, count: total, rowHeight: height, spare: spareRows });
  const { first, slots } = window;
  const end = first + slots.length;
  useEffect(() => {
    if (end >= rows.length - readAhead) readMore();
  }, [end, rows.length, readMore]);
  useEffect(() => onSight?.(first, end), [first, end, onSight]);
  return (
    <div role="presentation" className="row-grid-rows" style={{ height: heightOnPage(total * height) }}>
      <div role="presentation" style={{ transform: `translateY(${first * height - shift}px)` }}>
        {slots.map((slot, i) => drawRow(slot, rows[first + i], first + i, first + i === at))}
      </div>
    </div>
  );
}) as <R>(props: RowsProps<R>) => ReactNode;

interface NewRowsProps {
  readonly fresh: number;
  readonly freshOpen: boolean;
  readonly what: string;
  readonly onShow: () => void;
}

/** Says what came since the list was read, and shows it when asked to. */
function NewRows({ fresh, freshOpen, what, onShow }: NewRowsProps) {
  const showKey = useKeyOf("showNew");
  return (
    <>
      {fresh > 0 && (
        <button
          type="button"
          title={withKey("Show what is new", showKey)}
          onClick={onShow}
          className="absolute top-10 left-1/2 z-10 flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-xs font-semibold text-accent-ink shadow-(--shadow)"
        >
          <ArrowUp size={14} aria-hidden="true" />
          {freshOpen ? "List changed: show it as it is" : `${formatCount(fresh)} new`}
        </button>
      )}
      <span role="status" className="sr-only">
        {fresh > 0 ? (freshOpen ? "The list changed" : `${fresh} new ${what}`) : ""}
      </span>
    </>
  );
}

interface RowGridProps<R extends Row> {
  /** What the rows are: "verdicts". */
  readonly what: string;
  readonly list: PagedList<R>;
  /** Also the stem of the style sheet's classes: `verdict` has `verdict-grid`, `verdict-columns` and `verdict-row`. */
  readonly kind: "verdict" | "alert" | "found";
  readonly columns: readonly GridColumn[];
  readonly density: Density;
  /** As the style sheet has it. */
  readonly rowHeight: number;
  /** Must stay the same function while the rows look the same. */
  readonly drawRow: DrawRow<R>;
  readonly empty: ReactNode;
  readonly cursor: string | null;
  readonly onCursor: (id: string) => void;
  readonly onOpen: (id: string) => void;
  /** Where the list was scrolled to when it was left. */
  readonly scrollTop: () => number;
  readonly keepScrollTop: (scrollTop: number) => void;
  readonly isMultiselectable?: boolean;
  /** Hears which rows are in sight; must stay the same function. */
  readonly onSight?: (first: number, end: number) => void;
}

/**
 * A long list as a grid: only the rows in sight exist, and pages are read as they come into sight. Keys move its cursor. What is new
 * waits behind a button, unless nobody attends to the list and it stands at its top.
 */
export function RowGrid<R extends Row>(props: RowGridProps<R>) {
  const { what, list, kind, columns, density, rowHeight, drawRow, empty, cursor, onCursor, onOpen, onSight } = props;
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { readMore, rows, fresh, freshOpen, showFresh } = list;
  const kept = useRef(props);
  kept.current = props;
  useLayoutEffect(() => {
    if (scroller === null) return;
    scroller.scrollTop = kept.current.scrollTop();
    // Back at the row that was left.
    if (kept.current.cursor !== null) takeLostFocus(scroller);
    return () => kept.current.keepScrollTop(scroller.scrollTop);
  }, [scroller]);
  const { at, moveOnPurpose } = useRowCursor({ list, cursor, onCursor, onOpen, scroller, rowHeight, headHeight });

  const attended = useAttention(frame);
  const purpose = useRef(moveOnPurpose);
  purpose.current = moveOnPurpose;
  const showNew = useCallback(() => {
    purpose.current();
    showFresh();
    scroller?.scrollTo({ top: 0 });
  }, [showFresh, scroller]);
  const atTop = useAtTop(scroller);
  useEffect(() => {
    if (fresh > 0 && (rows.length === 0 || (atTop && !attended && cursor === null))) showFresh();
  }, [fresh, rows.length, atTop, attended, cursor, showFresh]);
  useKeys({ showNew: () => (fresh > 0 ? showNew() : undefined) }, () => (fresh > 0 ? null : "nothing new came"));

  if (list.isPending || (list.error !== null && rows.length === 0))
    return <PanelStatus query={list} what={`the ${what}`} />;
  return (
    <div ref={frame} className="relative flex h-full flex-col">
      <NewRows fresh={rows.length === 0 ? 0 : fresh} freshOpen={freshOpen} what={what} onShow={showNew} />
      <div
        ref={setScroller}
        role="grid"
        aria-label={what.charAt(0).toUpperCase() + what.slice(1)}
        aria-rowcount={list.total + 1}
        aria-busy={list.isChanging}
        aria-colcount={columns.length}
        aria-multiselectable={props.isMultiselectable}
        aria-activedescendant={at === -1 ? undefined : `row-${cursor}`}
        tabIndex={0}
        data-density={density}
        className={`row-grid ${kind}-grid min-h-0 flex-1 overflow-x-hidden overflow-y-scroll focus-visible:outline-offset-[-2px] ${list.isChanging ? "opacity-60" : ""}`}
      >
        <div
          role="row"
          aria-rowindex={1}
          tabIndex={-1}
          className={`${kind}-columns sticky top-0 z-[1] h-8 border-b border-line bg-surface`}
        >
          {columns.map(({ name, className = "", head, sort }) => (
            <div key={name} role="columnheader" aria-sort={sort} tabIndex={-1} className={`th ${className}`}>
              {head ?? name}
            </div>
          ))}
        </div>
        {rows.length === 0 ? (
          <div role="row" tabIndex={-1} className="h-[calc(100%-32px)]">
            <div role="gridcell" className="h-full">
              {empty}
            </div>
          </div>
        ) : (
          <Rows
            scroller={scroller}
            rows={rows}
            total={list.total}
            height={rowHeight}
            at={at}
            drawRow={drawRow}
            readMore={readMore}
            onSight={onSight}
          />
        )}
      </div>
      {/* Below the rows: it comes and goes by itself, and none of them may move for that. */}
      {list.error !== null && <StaleNote query={list} what="the list" />}
    </div>
  );
}
