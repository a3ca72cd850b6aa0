import { useCallback, useRef, useState } from "react";
import type { FoundRequest } from "../../../shared/search.ts";
import { WhereElseDialog } from "../../pivot/where-else.tsx";
import { useTimeZone } from "../../queries/settings.ts";
import { type DrawRow, RowGrid } from "../../ui/row-grid.tsx";
import { notify } from "../../ui/toast.tsx";
import type { PagedList } from "../../ui/use-paged-list.ts";
import { valuesOfFound } from "../../view/pivot.ts";
import { goTo } from "../../view/place.ts";
import { useSearch } from "../../view/search.ts";
import { useKeys } from "../../view/use-keys.ts";
import { useView } from "../../view/view.ts";
import { FoundRow, foundColumns } from "./found-row.tsx";
import { NothingFound } from "./nothing-found.tsx";

const rowHeights = { comfortable: 38, compact: 28 };

/** All requests that match; each opens its session at that request. */
export function FoundTable({ list, q }: { list: PagedList<FoundRequest>; q: string }) {
  const density = useView((view) => view.density);
  const cursor = useSearch((search) => search.cursor);
  const set = useSearch((search) => search.set);
  const zone = useTimeZone();
  const rows = useRef(list.rows);
  rows.current = list.rows;
  const open = useCallback((id: string) => {
    const row = rows.current.find((each) => each.id === id);
    if (row === undefined) return;
    useSearch.getState().set({ cursor: id });
    if (row.verdict === null) notify("Its session is still being judged. Open it in a moment.");
    else goTo({ screen: "session", id: row.verdict.id, tab: "requests", request: row.request });
  }, []);
  const [pivot, setPivot] = useState<FoundRequest | null>(null);
  const here = () => rows.current.find(({ id }) => id === cursor);
  useKeys({ whereElse: () => setPivot(here() ?? null) }, () => (here() === undefined ? "no request is chosen" : null));
  const drawRow = useCallback<DrawRow<FoundRequest>>(
    (slot, row, index, isAt) => <FoundRow key={slot} row={row} index={index} isAt={isAt} zone={zone} onOpen={open} />,
    [zone, open],
  );
  const grid = (
    <RowGrid
      what="requests"
      kind="found"
      list={list}
      columns={foundColumns}
      density={density}
      rowHeight={rowHeights[density]}
      drawRow={drawRow}
      empty={<NothingFound q={q} isLooking={list.isFetching || list.total > 0} />}
      cursor={cursor}
      onCursor={(id) => set({ cursor: id })}
      onOpen={open}
      scrollTop={() => useSearch.getState().scrollTop}
      keepScrollTop={(scrollTop) => set({ scrollTop })}
    />
  );
  return (
    <>
      {grid}
      {pivot !== null && <WhereElseDialog values={valuesOfFound(pivot)} onClose={() => setPivot(null)} />}
    </>
  );
}
