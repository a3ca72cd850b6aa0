import { useCallback } from "react";
import type { VerdictSummary } from "../../../shared/verdict.ts";
import { useTimeZone } from "../../queries/settings.ts";
import { EmptyPanel } from "../../ui/panel-status.tsx";
import { type DrawRow, RowGrid } from "../../ui/row-grid.tsx";
import type { PagedList } from "../../ui/use-paged-list.ts";
import { goTo } from "../../view/place.ts";
import { useView } from "../../view/view.ts";
import { columns, VerdictRow } from "./verdict-row.tsx";

const rowHeights = { comfortable: 38, compact: 28 };

function openSession(id: string): void {
  useView.getState().set({ selected: id });
  goTo({ screen: "session", id, tab: "requests" });
}

/** All matching verdicts, newest first. */
export function VerdictTable({ list, emptyText }: { list: PagedList<VerdictSummary>; emptyText: string }) {
  const density = useView((view) => view.density);
  const selected = useView((view) => view.selected);
  const set = useView((view) => view.set);
  const zone = useTimeZone();
  const drawRow = useCallback<DrawRow<VerdictSummary>>(
    (slot, row, index, isAt) => (
      <VerdictRow key={slot} row={row} index={index} selected={isAt} zone={zone} onOpen={openSession} />
    ),
    [zone],
  );
  return (
    <RowGrid
      what="verdicts"
      kind="verdict"
      list={list}
      columns={columns}
      density={density}
      rowHeight={rowHeights[density]}
      drawRow={drawRow}
      empty={<EmptyPanel title="No verdict matches">{emptyText}</EmptyPanel>}
      cursor={selected}
      onCursor={(id) => set({ selected: id })}
      onOpen={openSession}
      scrollTop={() => useView.getState().scrollTop}
      keepScrollTop={(scrollTop) => set({ scrollTop })}
    />
  );
}
