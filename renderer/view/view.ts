import { create } from "zustand";
import type { PayloadClass } from "../../shared/payload.ts";
import type { VerdictKind } from "../../shared/verdict.ts";

/** Filters of the verdict list as the analyst set them; undefined: any. */
export interface ListFilter {
  readonly verdict?: VerdictKind | undefined;
  readonly class?: PayloadClass | undefined;
  readonly evidence_id?: string | undefined;
  readonly min_score?: number | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly text?: string | undefined;
}

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";
export type TimeZone = "utc" | "local";

/** View state only: what is on the server lives in the query cache. */
interface View {
  readonly filter: ListFilter;
  /** Name of the evidence that the filter names, for its chip. */
  readonly evidenceName: string | null;
  /** Row that the keyboard is on, and how far the list was scrolled: kept while a session is open. */
  readonly selected: string | null;
  readonly scrollTop: number;
  /** The list that a session was opened from: where its way back leads. */
  readonly list: "alerts" | "verdicts";
  readonly timelineAs: "chart" | "table";
  readonly theme: Theme;
  readonly density: Density;
  /** Null until the analyst chooses here: then the setting rules. */
  readonly timeZone: TimeZone | null;
  readonly helpOpen: boolean;
  readonly paletteOpen: boolean;
  setFilter(change: ListFilter): void;
  showEvidence(id: string, name: string): void;
  clearFilter(): void;
  set(
    change: Partial<
      Pick<
        View,
        "selected" | "scrollTop" | "list" | "timelineAs" | "theme" | "density" | "timeZone" | "helpOpen" | "paletteOpen"
      >
    >,
  ): void;
}

interface Kept {
  readonly theme?: Theme;
  readonly density?: Density;
  readonly timelineAs?: "chart" | "table";
}

const storageKey = "sentinel.view";

function readKept(): Kept {
  if (typeof localStorage === "undefined") return {};
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    const { theme, density, timelineAs } = kept as Record<string, unknown>;
    return {
      ...(theme === "light" || theme === "dark" || theme === "system" ? { theme } : {}),
      ...(density === "compact" || density === "comfortable" ? { density } : {}),
      ...(timelineAs === "chart" || timelineAs === "table" ? { timelineAs } : {}),
    };
  } catch {
    return {};
  }
}

/** The same filter without what is not set, so that equal filters have equal cache keys. */
export function trimFilter(filter: ListFilter): ListFilter {
  const text = filter.text?.trim();
  return {
    ...(filter.verdict === undefined ? {} : { verdict: filter.verdict }),
    ...(filter.class === undefined ? {} : { class: filter.class }),
    ...(filter.evidence_id === undefined ? {} : { evidence_id: filter.evidence_id }),
    ...(filter.min_score === undefined || filter.min_score === 0 ? {} : { min_score: filter.min_score }),
    ...(filter.after === undefined ? {} : { after: filter.after }),
    ...(filter.before === undefined ? {} : { before: filter.before }),
    ...(text === undefined || text === "" ? {} : { text }),
  };
}

export function isFiltered(filter: ListFilter): boolean {
  return Object.keys(trimFilter(filter)).length > 0;
}

export const useView = create<View>((set) => ({
  filter: {},
  evidenceName: null,
  selected: null,
  scrollTop: 0,
  list: "verdicts",
  timelineAs: "chart",
  theme: "system",
  density: "comfortable",
  timeZone: null,
  helpOpen: false,
  paletteOpen: false,
  ...readKept(),
  setFilter: (change) =>
    set((view) => ({ filter: trimFilter({ ...view.filter, ...change }), selected: null, scrollTop: 0 })),
  showEvidence: (id, name) => set({ filter: { evidence_id: id }, evidenceName: name, selected: null, scrollTop: 0 }),
  clearFilter: () => set({ filter: {}, evidenceName: null, selected: null, scrollTop: 0 }),
  set: (change) => set(change),
}));

export function toggleDensity(): void {
  useView.setState(({ density }) => ({ density: density === "compact" ? "comfortable" : "compact" }));
}

/** Keeps the looks across restarts, and puts the theme on the page. @returns the function that stops it */
export function persistView(): () => void {
  const apply = ({ theme, density, timelineAs }: View) => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(storageKey, JSON.stringify({ theme, density, timelineAs } satisfies Kept));
  };
  apply(useView.getState());
  return useView.subscribe(apply);
}
