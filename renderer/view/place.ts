import { useSyncExternalStore } from "react";

export const screens = [
  "assistant",
  "outgoing",
  "alerts",
  "cases",
  "shift",
  "verdicts",
  "search",
  "decoder",
  "memory",
  "labelling",
  "datasets",
  "import",
  "evidence",
  "canary",
  "replay",
  "training",
  "models",
  "federation",
  "drift",
  "simulations",
  "rules",
  "approvals",
  "gatekeepers",
  "impact",
  "sandboxes",
  "trust",
  "telemetry",
  "audit",
  "health",
  "settings",
] as const;
export type Screen = (typeof screens)[number];

/** Screens that stand behind one entry of the rail, in the order of the work: what is said of payloads, what is made of it, how it does. */
export const learningScreens = [
  "labelling",
  "datasets",
  "training",
  "models",
  "federation",
  "canary",
  "drift",
  "replay",
] as const satisfies readonly Screen[];
export type LearningScreen = (typeof learningScreens)[number];

export function isLearning(screen: string): screen is LearningScreen {
  return learningScreens.some((one) => one === screen);
}

/** Screens of the response, behind one entry of the rail. */
export const responseScreens = [
  "simulations",
  "rules",
  "approvals",
  "gatekeepers",
  "impact",
  "sandboxes",
  "trust",
  "telemetry",
] as const satisfies readonly Screen[];
export type ResponseScreen = (typeof responseScreens)[number];

export function isResponse(screen: string): screen is ResponseScreen {
  return responseScreens.some((one) => one === screen);
}

/** Screens of the agent, behind one entry of the rail. */
export const agentScreens = ["assistant", "outgoing"] as const satisfies readonly Screen[];
export type AgentScreen = (typeof agentScreens)[number];

export function isAgent(screen: string): screen is AgentScreen {
  return agentScreens.some((one) => one === screen);
}

export const sessionTabs = ["requests", "score", "behaviour", "provenance", "alert"] as const;
export type SessionTab = (typeof sessionTabs)[number];

/** Where the analyst is. It lives in the URL fragment, so that back, forward and reload work. */
export type Place =
  | { readonly screen: Exclude<Screen, "search">; readonly item?: string }
  | { readonly screen: "search"; readonly q?: string }
  | { readonly screen: "session"; readonly id: string; readonly tab: SessionTab; readonly request?: number };

const itemId = /^[0-9a-zA-Z_-]{1,80}$/;

/** Reads a fragment: `#/alerts`, `#/verdicts`, `#/evidence/ID`, `#/session/ID/requests/17`, `#/search/QUERY`. Anything else is the verdict list. */
export function parsePlace(hash: string): Place {
  const [name = "", item, third, fourth] = hash.replace(/^#\/?/, "").split("/");
  if (name === "session" && item !== undefined && itemId.test(item)) {
    const tab = sessionTabs.find((t) => t === third) ?? "requests";
    if (fourth !== undefined && /^\d{1,9}$/.test(fourth))
      return { screen: "session", id: item, tab, request: Number(fourth) };
    return { screen: "session", id: item, tab };
  }
  const screen = screens.find((s) => s === name) ?? "verdicts";
  if (screen === "search") {
    const q = readText(item ?? "");
    return q === "" ? { screen } : { screen, q };
  }
  return item !== undefined && itemId.test(item) ? { screen, item } : { screen };
}

/** The fragment where it names no screen, and the verdict list stands in for it; else null. */
export function strayAddress(hash: string): string | null {
  const name = /^#\/([^/]+)/.exec(hash)?.[1];
  if (name === undefined || screens.some((screen) => screen === name)) return null;
  return parsePlace(hash).screen === "session" ? null : hash;
}

/** A text of the fragment; empty where it is none. */
function readText(written: string): string {
  try {
    return decodeURIComponent(written).slice(0, 2000);
  } catch {
    return "";
  }
}

export function placeHash(place: Place): string {
  if (place.screen === "search") return place.q === undefined ? "#/search" : `#/search/${encodeURIComponent(place.q)}`;
  if (place.screen !== "session")
    return place.item === undefined ? `#/${place.screen}` : `#/${place.screen}/${place.item}`;
  const request = place.request === undefined ? "" : `/${place.request}`;
  return `#/session/${place.id}/${place.tab}${request}`;
}

/** Goes somewhere; `replace` leaves no entry to go back to (moving within one screen). */
export function goTo(place: Place, { replace = false } = {}): void {
  const hash = placeHash(place);
  if (hash === window.location.hash) return;
  if (!replace) {
    window.location.hash = hash;
    return;
  }
  window.history.replaceState(null, "", hash);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

let cached: { hash: string; place: Place } = { hash: "\0", place: { screen: "verdicts" } };

function currentPlace(): Place {
  const { hash } = window.location;
  if (cached.hash !== hash) cached = { hash, place: parsePlace(hash) };
  return cached.place;
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

export function useStrayAddress(): string | null {
  return useSyncExternalStore(onHashChange, () => strayAddress(window.location.hash));
}

export function usePlace(): Place {
  return useSyncExternalStore(onHashChange, currentPlace);
}
