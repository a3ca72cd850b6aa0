import { datasetChanges } from "../../../shared/dataset.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { VersionRow } from "./version-file.ts";

type Change = (typeof datasetChanges)[number];
type DiffRow = Pick<VersionRow, "id" | "label" | "split">;

export interface ChangedRow {
  readonly change: Change;
  readonly id: string;
  readonly from: Pick<VersionRow, "label" | "split"> | null;
  readonly to: Pick<VersionRow, "label" | "split"> | null;
}

export interface VersionDiff {
  readonly counts: Readonly<Record<Change, number>>;
  readonly byClass: ReadonlyMap<PayloadClass, { readonly from: number; readonly to: number }>;
  /** Some of each kind of change. */
  readonly rows: readonly ChangedRow[];
}

/**
 * What one version has that another has not. A row that was relabelled and moved counts as both.
 * @param from rows in the order of their ids, as is `to`; neither is ever held whole
 * @param shown rows of each change
 */
export async function diffVersions(
  from: AsyncIterable<readonly DiffRow[]>,
  to: AsyncIterable<readonly DiffRow[]>,
  shown: number,
): Promise<VersionDiff> {
  const counts = { added: 0, removed: 0, relabelled: 0, moved: 0 };
  const byClass = new Map<PayloadClass, { from: number; to: number }>();
  const rows: ChangedRow[] = [];
  const note = (change: Change, id: string, old: DiffRow | null, now: DiffRow | null) => {
    if (++counts[change] > shown) return;
    const side = (row: DiffRow | null) => (row === null ? null : { label: row.label, split: row.split });
    rows.push({ change, id, from: side(old), to: side(now) });
  };
  const count = (row: DiffRow | null, side: "from" | "to") => {
    if (row === null) return;
    const counted = byClass.get(row.label) ?? { from: 0, to: 0 };
    counted[side]++;
    byClass.set(row.label, counted);
  };
  const [before, after] = [openRows(from), openRows(to)];
  let [old, now] = [await before(), await after()];
  while (old !== null || now !== null) {
    const isGone = now === null || (old !== null && old.id < now.id);
    const isNew = old === null || (now !== null && now.id < old.id);
    if (isGone) note("removed", old!.id, old, null);
    else if (isNew) note("added", now!.id, null, now);
    else {
      if (old!.label !== now!.label) note("relabelled", now!.id, old, now);
      if (old!.split !== now!.split) note("moved", now!.id, old, now);
    }
    if (!isNew) {
      count(old, "from");
      old = await before();
    }
    if (!isGone) {
      count(now, "to");
      now = await after();
    }
  }
  const order = (change: Change) => datasetChanges.indexOf(change);
  return { counts, byClass, rows: rows.sort((a, b) => order(a.change) - order(b.change)) };
}

/** The next row, one at a time; null: there are no more. */
function openRows(pages: AsyncIterable<readonly DiffRow[]>): () => Promise<DiffRow | null> | DiffRow | null {
  const iterator = pages[Symbol.asyncIterator]();
  let page: readonly DiffRow[] = [];
  let at = 0;
  const turn = async (): Promise<DiffRow | null> => {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return null;
      page = next.value;
      at = 0;
      if (page.length > 0) return page[at++]!;
    }
  };
  return () => (at < page.length ? page[at++]! : turn());
}
