import { create } from "zustand";
import { parseSearchQuery } from "../../shared/search-query.ts";
import { goTo, type Place } from "./place.ts";
import { type ListScreen, useView } from "./view.ts";

interface Search {
  /** The query as it is typed, right or wrong; `q` is the one that was asked last and stands in the address. */
  readonly text: string;
  readonly q: string;
  /** Request that the keyboard is on, and how far the list was scrolled: kept while a session is open. */
  readonly cursor: string | null;
  readonly scrollTop: number;
  type(text: string): void;
  /** Asks for what is typed, unless it has problems. */
  run(): void;
  /** Follows the address. */
  follow(q: string): void;
  set(change: Partial<Pick<Search, "cursor" | "scrollTop">>): void;
}

/** View state of the search; its query lives in the address, its rows in the query cache. */
export const useSearch = create<Search>((set, get) => ({
  text: "",
  q: "",
  cursor: null,
  scrollTop: 0,
  type: (text) => set({ text }),
  run: () => {
    const q = get().text.trim();
    if (q === get().q || parseSearchQuery(q, Date.now()).problems.length > 0) return;
    goTo(searchPlace(q), { replace: true });
  },
  follow: (q) => {
    if (q === get().q) return;
    set({ q, cursor: null, scrollTop: 0, ...(get().text.trim() === q ? {} : { text: q }) });
  },
  set: (change) => set(change),
}));

/** Where a query's results stand. */
export function searchPlace(q: string): Place {
  return q === "" ? { screen: "search" } : { screen: "search", q };
}

/** Where the list is that a session was opened from, as it was left. */
export function placeOfList(list: ListScreen): Place {
  return list === "search" ? searchPlace(useSearch.getState().q) : { screen: list };
}

/** The list that the open session came from. */
export function useListPlace(): Place {
  return placeOfList(useView((view) => view.list));
}
