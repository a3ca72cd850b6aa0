import { z } from "zod";
import { create } from "zustand";
import type { PayloadClass } from "../../shared/payload.ts";
import type { VerdictKind } from "../../shared/verdict.ts";
import type { LearningScreen, ResponseScreen } from "./place.ts";

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

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
export const contrasts = ["system", "normal", "high"] as const;
export type Contrast = (typeof contrasts)[number];
export const densities = ["comfortable", "compact"] as const;
export type Density = (typeof densities)[number];
const timelineForms = ["chart", "table"] as const;
export type TimeZone = "utc" | "local";

/** Lists that a session is opened from. */
export type ListScreen = "alerts" | "verdicts" | "search";

/** View state only: what is on the server lives in the query cache. */
interface View {
  readonly filter: ListFilter;
  /** Name of the evidence that the filter names, for its chip. */
  readonly evidenceName: string | null;
  /** Row that the keyboard is on, and how far the list was scrolled: kept while a session is open. */
  readonly selected: string | null;
  readonly scrollTop: number;
  /** The list that a session was opened from: where its way back leads. */
  readonly list: ListScreen;
  /** The screen of the learning loop that was open last. */
  readonly learning: LearningScreen;
  /** The screen of the response that was open last. */
  readonly response: ResponseScreen;
  /** The conversation with the agent that was open last; at first one in which nothing was asked yet. */
  readonly conversation: string;
  readonly timelineAs: (typeof timelineForms)[number];
  readonly theme: Theme;
  readonly contrast: Contrast;
  readonly density: Density;
  /** Null until the analyst chooses here: then the setting rules. */
  readonly timeZone: TimeZone | null;
  /** The last entry of the log about a lost decision that the analyst has put away. */
  readonly lostSeen: number;
  readonly helpOpen: boolean;
  readonly paletteOpen: boolean;
  setFilter(change: ListFilter): void;
  showEvidence(id: string, name: string): void;
  clearFilter(): void;
  set(
    change: Partial<
      Pick<
        View,
        | "selected"
        | "scrollTop"
        | "list"
        | "learning"
        | "response"
        | "conversation"
        | "timelineAs"
        | "theme"
        | "contrast"
        | "density"
        | "timeZone"
        | "lostSeen"
        | "helpOpen"
        | "paletteOpen"
      >
    >,
  ): void;
}

/** What is kept across restarts; what cannot be understood is as at first. */
const Kept = z.object({
  theme: z.enum(themes).catch("system"),
  contrast: z.enum(contrasts).catch("system"),
  density: z.enum(densities).catch("comfortable"),
  timelineAs: z.enum(timelineForms).catch("chart"),
  lostSeen: z.number().catch(0),
});

const storageKey = "sentinel.view";

function readKept(): z.infer<typeof Kept> {
  if (typeof localStorage === "undefined") return Kept.parse({});
  try {
    return Kept.parse(JSON.parse(localStorage.getItem(storageKey) ?? "{}"));
  } catch {
    return Kept.parse({});
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
  learning: "labelling",
  response: "simulations",
  conversation: crypto.randomUUID(),
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

function nextOf<V>(values: readonly V[], value: V): V {
  return values[(values.indexOf(value) + 1) % values.length] ?? value;
}

export function nextTheme(theme: Theme): Theme {
  return nextOf(themes, theme);
}

export function cycleTheme(): void {
  useView.setState(({ theme }) => ({ theme: nextTheme(theme) }));
}

export function cycleContrast(): void {
  useView.setState(({ contrast }) => ({ contrast: nextOf(contrasts, contrast) }));
}

export function toggleDensity(): void {
  useView.setState(({ density }) => ({ density: density === "compact" ? "comfortable" : "compact" }));
}

/** The contrast to show: what was chosen here, else what the system asks for. */
export function contrastInForce(chosen: Contrast, systemWantsMore: boolean): "normal" | "high" {
  if (chosen !== "system") return chosen;
  return systemWantsMore ? "high" : "normal";
}

/** Keeps the looks across restarts, and puts them on the page. @returns the function that stops it */
export function persistView(): () => void {
  const wantsMore = window.matchMedia("(prefers-contrast: more)");
  const apply = () => {
    const { theme, contrast, density, timelineAs, lostSeen } = useView.getState();
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.contrast = contrastInForce(contrast, wantsMore.matches);
    const kept: z.infer<typeof Kept> = { theme, contrast, density, timelineAs, lostSeen };
    localStorage.setItem(storageKey, JSON.stringify(kept));
  };
  apply();
  wantsMore.addEventListener("change", apply);
  const stop = useView.subscribe(apply);
  return () => {
    wantsMore.removeEventListener("change", apply);
    stop();
  };
}
