import { isKeyAction, type KeyAction, keyActions, keyOf } from "./keymap.ts";

/**
 * Keys as an analyst chose them, by action; an empty text: no key. What is absent has its usual key.
 * A key is written as `key-reader.ts` of the renderer names it: `x`, `X`, `Ctrl+k`, `Alt+n`, `F8`, `g q`.
 */
export type KeyChoices = Readonly<Record<string, string>>;

/** The keys of each action: the one that can be changed first, where there is one. */
export type KeyBindings = Readonly<Record<KeyAction, readonly string[]>>;

/** What moves the focus, works controls and leaves dialogs. */
const shared = new Set(
  "Tab Escape Enter Space ArrowUp ArrowDown ArrowLeft ArrowRight Home End PageUp PageDown".split(" "),
);
/** Named keys that neither the system nor a browser nor a screen reader uses. */
const freeNamed = new Set(["F2", "F4", "F8", "F9"]);
const freeWithControl = new Set("b e i k m . , ; / ' [ ]".split(" "));
/** The others open menus, or the address bar. */
const freeWithAlt = new Set("a c g i j k l m n o p q r u x y z".split(" "));

/** Whether a key is written without Ctrl and Alt, so that speech input or a slip types it (WCAG 2.2, 2.1.4). */
export function isSingleKey(key: string): boolean {
  return key.split(" ").every((part) => [...part].length === 1);
}

/** Why nothing may have this key, in words; null where it may be chosen. */
export function refuseKey(key: string): string | null {
  const parts = key.split(" ");
  if (parts.length > 2 || key === "") return "That is not one key, or two one after the other.";
  if (parts.length === 2) return isSingleKey(key) ? null : "Two keys one after the other are characters both.";
  const bare = key.replace(/^(?:Ctrl\+|Alt\+|Shift\+)+(?=.)/, "");
  const withControl = key.startsWith("Ctrl+") && bare !== key;
  const withAlt = /^(?:Ctrl\+)?Alt\+/.test(key);
  if (shared.has(bare)) {
    return "This key moves the focus, works the control that has it, or leaves it: lists, dialogs and screen readers need it.";
  }
  if (withControl && withAlt) return "Ctrl and Alt together write characters on some keyboards.";
  if (withControl && !freeWithControl.has(bare))
    return "The browser or the system has this key, or texts are edited with it.";
  if (withAlt && !freeWithAlt.has(bare))
    return "The browser or the system has this key: it opens menus or changes tabs.";
  if ([...bare].length > 1 && !freeNamed.has(bare)) return "The browser, the system or a screen reader has this key.";
  return null;
}

function meet(a: KeyAction, b: KeyAction): boolean {
  return keyOf(a).where.some((place) => keyOf(b).where.includes(place));
}

/** The same key, or one that begins the other. */
function clash(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b} `) || b.startsWith(`${a} `);
}

/** The other action that is alive where this one is and has the key, or one that begins with it. */
export function findConflict(action: KeyAction, key: string, bindings: KeyBindings): KeyAction | null {
  return (
    keyActions.find(
      (other) => other !== action && meet(action, other) && bindings[other].some((taken) => clash(key, taken)),
    ) ?? null
  );
}

function fixedKeys(): Record<KeyAction, readonly string[]> {
  return Object.fromEntries(keyActions.map((action) => [action, keyOf(action).fixed ?? []])) as Record<
    KeyAction,
    readonly string[]
  >;
}

/**
 * The keys in force. What was chosen goes first: where a later version gives the key to something else, that is left without one.
 * @param withSingle false: what is written without Ctrl and Alt does nothing, except keys that are not characters
 */
export function bindKeys(choices: KeyChoices, withSingle = true): KeyBindings {
  const bindings = fixedKeys();
  const give = (action: KeyAction, key: string | null | undefined) => {
    if (key == null || key === "" || refuseKey(key) !== null || findConflict(action, key, bindings) !== null) return;
    if (withSingle || !isSingleKey(key)) bindings[action] = [key, ...bindings[action]];
  };
  for (const action of keyActions) give(action, choices[action]);
  for (const action of keyActions) if (choices[action] === undefined) give(action, keyOf(action).key);
  return bindings;
}

/** What is wrong with choices, in words; null where nothing is. Stricter than `bindKeys`: nothing gives way. */
export function checkKeys(choices: KeyChoices): string | null {
  const bindings = fixedKeys();
  for (const action of keyActions) {
    const key = choices[action] ?? keyOf(action).key ?? "";
    if (key !== "") bindings[action] = [key, ...bindings[action]];
  }
  for (const [action, key] of Object.entries(choices)) {
    if (!isKeyAction(action)) return `there is no action "${action}"`;
    if (key === "") continue;
    const refused = refuseKey(key);
    if (refused !== null) return `${key} for "${keyOf(action).label}": ${refused}`;
    const other = findConflict(action, key, bindings);
    if (other !== null) return `${key} for "${keyOf(action).label}": "${keyOf(other).label}" has it already`;
  }
  return null;
}
