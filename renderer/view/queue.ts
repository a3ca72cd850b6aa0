import { create } from "zustand";
import type { Alert, AlertOrder } from "../../shared/alert.ts";
import { parseAlertQuery } from "../../shared/alert-query.ts";

/** What the queue shows until somebody asks for something else. */
export const defaultQuery = "is:open";

/** What an action works on, before the row under the cursor. */
export type Selection =
  | { readonly kind: "none" }
  /** By id, as they stood when they were chosen. */
  | { readonly kind: "rows"; readonly rows: ReadonlyMap<string, Alert> }
  /** Whatever matches the query, read or not. */
  | { readonly kind: "all" };

const nothing: Selection = { kind: "none" };

interface Queue {
  /** The query as it is typed, right or wrong; `q` is the last one that was right. */
  readonly text: string;
  readonly q: string;
  readonly order: AlertOrder;
  /** Alert that the keyboard is on, and how far the list was scrolled: kept while an alert is open. */
  readonly cursor: string | null;
  readonly scrollTop: number;
  readonly selection: Selection;
  type(text: string): void;
  /** Runs what is typed, unless it has problems. */
  run(): void;
  /** Asks for something at once. */
  ask(text: string): void;
  setOrder(order: AlertOrder): void;
  toggle(rows: readonly Alert[]): void;
  toggleAll(): void;
  clearSelection(): void;
  set(change: Partial<Pick<Queue, "cursor" | "scrollTop">>): void;
}

/** The queue from its top, with nothing chosen. */
const fromTop = { cursor: null, scrollTop: 0, selection: nothing };

/** View state of the alert queue; the rows live in the query cache. */
export const useQueue = create<Queue>((set, get) => ({
  text: defaultQuery,
  q: defaultQuery,
  order: "newest",
  ...fromTop,
  type: (text) => set({ text }),
  run: () => {
    const q = get().text.trim();
    if (q === get().q || parseAlertQuery(q, Date.now()).problems.length > 0) return;
    set({ q, ...fromTop });
  },
  ask: (text) => {
    get().type(text);
    get().run();
  },
  setOrder: (order) => set({ order, ...fromTop }),
  toggle: (rows) => {
    const { selection } = get();
    const chosen = new Map(selection.kind === "rows" ? selection.rows : []);
    const isAllChosen = rows.every(({ id }) => chosen.has(id));
    for (const row of rows) {
      if (isAllChosen) chosen.delete(row.id);
      else chosen.set(row.id, row);
    }
    set({ selection: chosen.size === 0 ? nothing : { kind: "rows", rows: chosen } });
  },
  toggleAll: () => set(({ selection }) => ({ selection: selection.kind === "all" ? nothing : { kind: "all" } })),
  clearSelection: () => set({ selection: nothing }),
  set: (change) => set(change),
}));
