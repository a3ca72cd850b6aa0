import { datasetChanges } from "../../../shared/dataset.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import type { VersionRow } from "./version-file.ts";

type Change = (typeof datasetChanges)[number];

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

/** What one version has that another has not. A row that was relabelled and moved counts as both. @param shown rows of each change */
export function diffVersions(from: readonly VersionRow[], to: readonly VersionRow[], shown: number): VersionDiff {
  const counts = { added: 0, removed: 0, relabelled: 0, moved: 0 };
  const byClass = new Map<PayloadClass, { from: number; to: number }>();
  const rows: ChangedRow[] = [];
  const before = new Map(from.map((row) => [row.id, row]));
  const note = (change: Change, id: string, old: VersionRow | null, now: VersionRow | null) => {
    if (++counts[change] > shown) return;
    const side = (row: VersionRow | null) => (row === null ? null : { label: row.label, split: row.split });
    rows.push({ change, id, from: side(old), to: side(now) });
  };
  const count = (label: PayloadClass, side: "from" | "to") => {
    const counted = byClass.get(label) ?? { from: 0, to: 0 };
    counted[side]++;
    byClass.set(label, counted);
  };
  for (const row of from) count(row.label, "from");
  for (const row of to) {
    count(row.label, "to");
    const old = before.get(row.id);
    before.delete(row.id);
    if (old === undefined) note("added", row.id, null, row);
    else {
      if (old.label !== row.label) note("relabelled", row.id, old, row);
      if (old.split !== row.split) note("moved", row.id, old, row);
    }
  }
  for (const row of before.values()) note("removed", row.id, row, null);
  const order = (change: Change) => datasetChanges.indexOf(change);
  return { counts, byClass, rows: rows.sort((a, b) => order(a.change) - order(b.change)) };
}
