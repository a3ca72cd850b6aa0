import { create } from "zustand";
import { bindKeys, type KeyBindings } from "../../shared/key-bindings.ts";
import type { KeyAction } from "../../shared/keymap.ts";

/** The keys that act in this window: the usual ones until the settings are read. */
export const useKeysInForce = create<{ readonly bindings: KeyBindings }>(() => ({ bindings: bindKeys({}) }));

/** The key to name beside an action; undefined: it has none. */
export function useKeyOf(action: KeyAction): string | undefined {
  return useKeysInForce(({ bindings }) => bindings[action][0]);
}

const isMac = typeof navigator !== "undefined" && /^Mac/.test(navigator.platform);

const named: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Escape: "Esc",
  PageDown: "PgDn",
  PageUp: "PgUp",
  Enter: "↵",
};

/** A key as it is printed on a keyboard: `Ctrl K`, `Esc`. */
export function printKey(key: string): string {
  const bare = key.replace(/^(?:Ctrl\+|Alt\+|Shift\+)+(?=.)/, "");
  const modifiers = key.slice(0, key.length - bare.length);
  if (modifiers === "") return named[bare] ?? bare;
  const shift = /^[A-Z]$/.test(bare) ? "Shift " : "";
  const held = modifiers.replaceAll("+", " ").replace("Ctrl", isMac ? "⌘" : "Ctrl");
  return `${held}${shift}${named[bare] ?? bare.toUpperCase()}`;
}

const spoken: Readonly<Record<string, string>> = {
  ArrowDown: "Down arrow",
  ArrowUp: "Up arrow",
  PageDown: "Page down",
  PageUp: "Page up",
  Escape: "Escape",
  Enter: "Enter",
};

function sayKey(key: string): string {
  if (/^[A-Z]$/.test(key)) return `Shift ${key}`;
  return /^[a-z]$/.test(key) ? key.toUpperCase() : (spoken[key] ?? printKey(key));
}

/** A key in words, for tooltips and messages: `Shift X`, `G, then Q`. */
export function wordKey(key: string): string {
  return key.split(" ").map(sayKey).join(", then ");
}

/** What an element does, and its key behind it: "Clear the selection (Esc)". */
export function withKey(words: string, key: string | undefined): string {
  return key === undefined ? words : `${words} (${wordKey(key)})`;
}

/** A key as `aria-keyshortcuts` has it (WAI-ARIA 1.2); undefined where it cannot say it: two keys one after the other. */
export function ariaKey(key: string | undefined): string | undefined {
  if (key === undefined || key.includes(" ")) return undefined;
  const bare = key.replace(/^(?:Ctrl\+|Alt\+|Shift\+)+(?=.)/, "");
  const held = key.slice(0, key.length - bare.length).replace("Ctrl+", isMac ? "Meta+" : "Control+");
  return /^[A-Z]$/.test(bare) ? `${held}Shift+${bare}` : `${held}${bare}`;
}
