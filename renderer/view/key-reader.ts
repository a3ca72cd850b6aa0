import type { KeyBindings } from "../../shared/key-bindings.ts";
import { type KeyAction, keyActions } from "../../shared/keymap.ts";

/** What of a keyboard event matters here. */
export interface KeyPress {
  readonly key: string;
  /** The key's place on the keyboard. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** Whether AltGr is held, which some systems report as Ctrl and Alt. */
  readonly isAltGraph: boolean;
  readonly isCapsLock: boolean;
}

/** Of a keyboard event what matters here. */
export function toKeyPress(event: KeyboardEvent): KeyPress {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  const isAltGraph = event.getModifierState("AltGraph");
  const isCapsLock = event.getModifierState("CapsLock");
  return { key, code, ctrlKey, metaKey, altKey, shiftKey, isAltGraph, isCapsLock };
}

/** Keys that only change others, or are a part of a character. */
const silent = new Set("Control Shift Alt AltGraph Meta CapsLock Fn Dead Process Compose Unidentified".split(" "));

/**
 * A key as bindings write it: `x`, `X` (with Shift, whatever Caps Lock says), `Ctrl+k`, `Alt+n`, `Shift+F8`. The Command key counts as Ctrl.
 * @returns null for a key that means nothing alone
 */
export function nameKey(press: KeyPress): string | null {
  const { key, code, shiftKey, isAltGraph } = press;
  if (silent.has(key)) return null;
  const control = !isAltGraph && (press.ctrlKey || press.metaKey);
  const alt = !isAltGraph && press.altKey;
  let name = key === " " ? "Space" : key;
  // Where the layout writes no Latin letters, and where Alt writes signs, the key's place tells which letter is meant.
  const isForeign = [...key].length === 1 && !/^[ -~]$/.test(key);
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  const isPlace = place !== undefined && (isForeign || alt);
  if (isPlace) name = place;
  // On-screen keyboards and speech input send a capital without Shift: it counts as it is.
  if (/^[a-z]$/i.test(name) && (isPlace || press.isCapsLock)) name = shiftKey ? name.toUpperCase() : name.toLowerCase();
  const shift = shiftKey && [...name].length > 1;
  return `${control ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${shift ? "Shift+" : ""}${name}`;
}

/** Remembers the first key of a two-key shortcut ("g v") for this long. */
const chordMs = 1200;

/**
 * Turns key presses into actions.
 * @param bindings gives the keys in force
 * @returns a function of (press, now in ms) that gives the actions that have the key, of which one is alive at a time
 */
export function createKeyReader(bindings: () => KeyBindings): (press: KeyPress, now: number) => readonly KeyAction[] {
  let lead: { key: string; at: number } | null = null;
  return (press, now) => {
    const name = nameKey(press);
    if (name === null) return [];
    const keys = bindings();
    const chord = lead !== null && now - lead.at <= chordMs ? `${lead.key} ${name}` : null;
    lead = null;
    const chorded = chord === null ? [] : keyActions.filter((action) => keys[action].includes(chord));
    if (chorded.length > 0) return chorded;
    if (keyActions.some((action) => keys[action].some((key) => key.startsWith(`${name} `)))) {
      lead = { key: name, at: now };
    }
    return keyActions.filter((action) => keys[action].includes(name));
  };
}
