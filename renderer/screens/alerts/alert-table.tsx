import { ArrowDown } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Alert, AlertOrder } from "../../../shared/alert.ts";
import { WhereElseDialog } from "../../pivot/where-else.tsx";
import { useTimeZone } from "../../queries/settings.ts";
import { openAlert } from "../../triage/open-alert.ts";
import { useFreshRows } from "../../triage/use-fresh-rows.ts";
import { type DrawRow, type GridColumn, RowGrid } from "../../ui/row-grid.tsx";
import type { PagedList } from "../../ui/use-paged-list.ts";
import { useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { valuesOfAlert } from "../../view/pivot.ts";
import { useQueue } from "../../view/queue.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import { AlertRow, alertColumns } from "./alert-row.tsx";
import { EmptyQueue } from "./empty-queue.tsx";

const rowHeights = { comfortable: 46, compact: 28 };

function SelectAll() {
  const isAll = useQueue((queue) => queue.selection.kind === "all");
  const toggleAll = useQueue((queue) => queue.toggleAll);
  return (
    <button
      type="button"
      aria-pressed={isAll}
      aria-label="Select all that match"
      title={withKey("Select all that match", useKeyOf("selectAll"))}
      onClick={toggleAll}
      className="alert-select-all block size-4"
    />
  );
}

/** Brings the worst to the top, or what came last. */
function SeverityHead() {
  const isWorst = useQueue((queue) => queue.order === "worst");
  const setOrder = useQueue((queue) => queue.setOrder);
  const words = isWorst ? "Worst first. Show what came last first" : "Show the worst first";
  return (
    <button
      type="button"
      title={withKey(words, useKeyOf("order"))}
      onClick={() => setOrder(isWorst ? "newest" : "worst")}
      className="flex items-center gap-1 font-semibold hover:text-ink"
    >
      Severity
      {isWorst && <ArrowDown size={12} aria-hidden="true" />}
    </button>
  );
}

function columnsIn(order: AlertOrder): readonly GridColumn[] {
  return [
    { name: "Selection", head: <SelectAll /> },
    ...alertColumns.map((column): GridColumn => {
      if (column.name !== "Severity") return column;
      return { ...column, head: <SeverityHead />, ...(order === "worst" ? { sort: "descending" } : {}) };
    }),
  ];
}

/** Selects a row, or with Shift all from the last one that was selected. */
function useSelecting(rows: readonly Alert[]): (id: string, isRange: boolean) => void {
  const listed = useRef(rows);
  listed.current = rows;
  const last = useRef<string | null>(null);
  return useCallback((id, isRange) => {
    const { toggle, selection } = useQueue.getState();
    const place = (of: string | null) => listed.current.findIndex((row) => row.id === of);
    const [to, from] = [place(id), isRange ? place(last.current) : -1];
    last.current = id;
    if (selection.kind === "all") useQueue.getState().clearSelection();
    if (to === -1) return;
    if (from === -1) toggle(listed.current.slice(to, to + 1));
    else {
      const chosen = selection.kind === "rows" ? selection.rows : new Map();
      const stretch = listed.current.slice(Math.min(from, to), Math.max(from, to) + 1);
      toggle(stretch.filter((row) => !chosen.has(row.id)));
    }
  }, []);
}

/** The alerts that match, in the queue's order. */
export function AlertTable({ list }: { list: PagedList<Alert> }) {
  const density = useView((view) => view.density);
  const zone = useTimeZone();
  const cursor = useQueue((queue) => queue.cursor);
  const selection = useQueue((queue) => queue.selection);
  const set = useQueue((queue) => queue.set);
  const order = useQueue((queue) => queue.order);
  const columns = useMemo(() => columnsIn(order), [order]);
  const select = useSelecting(list.rows);
  const onSight = useFreshRows(list.rows);
  const selectTitle = withKey("Select", useKeyOf("select"));
  const rows = useRef(list.rows);
  rows.current = list.rows;
  const [pivot, setPivot] = useState<Alert | null>(null);
  const open = useCallback((id: string) => {
    const row = rows.current.find((each) => each.id === id);
    if (row !== undefined) openAlert(row);
  }, []);
  const here = () => rows.current.find(({ id }) => id === cursor);
  useKeys(
    {
      select: () => {
        if (cursor !== null) select(cursor, false);
      },
      whereElse: () => setPivot(here() ?? null),
      selectAll: () => {
        if (list.rows.length > 0) useQueue.getState().toggleAll();
      },
    },
    (action) => {
      if (action === "selectAll") return list.rows.length > 0 ? null : "nothing matches";
      return here() === undefined ? "no alert is chosen" : null;
    },
  );
  const isSelected = useMemo(() => {
    if (selection.kind === "all") return () => true;
    return (id: string) => selection.kind === "rows" && selection.rows.has(id);
  }, [selection]);
  const drawRow = useCallback<DrawRow<Alert>>(
    (slot, row, index, isAt) => (
      <AlertRow
        key={slot}
        row={row}
        index={index}
        isAt={isAt}
        isSelected={row !== undefined && isSelected(row.id)}
        zone={zone}
        selectTitle={selectTitle}
        onOpen={open}
        onSelect={select}
      />
    ),
    [isSelected, zone, selectTitle, open, select],
  );
  const grid = (
    <RowGrid
      what="alerts"
      kind="alert"
      list={list}
      columns={columns}
      density={density}
      rowHeight={rowHeights[density]}
      drawRow={drawRow}
      empty={<EmptyQueue />}
      cursor={cursor}
      onCursor={(id) => set({ cursor: id })}
      onOpen={open}
      scrollTop={() => useQueue.getState().scrollTop}
      keepScrollTop={(scrollTop) => set({ scrollTop })}
      isMultiselectable
      onSight={onSight}
    />
  );
  return (
    <>
      {grid}
      {pivot !== null && <WhereElseDialog values={valuesOfAlert(pivot)} onClose={() => setPivot(null)} />}
    </>
  );
}
