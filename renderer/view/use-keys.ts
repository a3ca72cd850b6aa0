import { useEffect, useRef } from "react";
import { isSingleKey } from "../../shared/key-bindings.ts";
import { type KeyAction, keyActions } from "../../shared/keymap.ts";
import { createKeyReader, nameKey, toKeyPress } from "./key-reader.ts";
import { useKeysInForce } from "./keys-in-force.ts";

export type KeyHandlers = Partial<Record<KeyAction, () => void>>;

interface Binder {
  readonly handlers: KeyHandlers;
  /** Why one of them can do nothing now; null where it can. */
  readonly why: (action: KeyAction) => string | null;
}

const mounted: { readonly current: Binder }[] = [];
let stop: (() => void) | null = null;

/** Fields take their own keys; Escape leaves them. A button or link takes Enter. */
function belongsToElement(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  if (target instanceof HTMLInputElement && target.type !== "checkbox") return true;
  if (event.key === "Enter") return target.closest("button, a, summary, [role=tab], [role=button]") !== null;
  return target.getAttribute("role") === "tab" && (event.key === "Home" || event.key === "End");
}

/** Who does it now: the one mounted last is asked first. */
function findBinder(action: KeyAction): Binder | undefined {
  return mounted.findLast(({ current }) => current.handlers[action] !== undefined)?.current;
}

/** Does what a key would do here, if anything. */
export function runAction(action: KeyAction): void {
  findBinder(action)?.handlers[action]?.();
}

/** What can be done here, and for each why it cannot be done now, or null. */
export function listAlive(): ReadonlyMap<KeyAction, string | null> {
  const alive = keyActions.flatMap((action) => {
    const binder = findBinder(action);
    return binder === undefined ? [] : [[action, binder.why(action)] as const];
  });
  return new Map(alive);
}

/** Alive also where text is written, as long as their key writes none. */
const inFields: ReadonlySet<KeyAction> = new Set(["palette"]);

function listen(): () => void {
  const read = createKeyReader(() => useKeysInForce.getState().bindings);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
    const press = toKeyPress(event);
    const isInField = belongsToElement(event);
    if (isInField && isSingleKey(nameKey(press) ?? "")) return;
    for (const action of read(press, event.timeStamp)) {
      if ((isInField && !inFields.has(action)) || findBinder(action) === undefined) continue;
      event.preventDefault();
      runAction(action);
      return;
    }
  };
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}

const always = () => null;

/**
 * Binds shortcuts while the component is mounted; the one mounted last is asked first.
 * @param why says why one of them can do nothing now, where that is so
 */
export function useKeys(handlers: KeyHandlers, why: (action: KeyAction) => string | null = always): void {
  const latest = useRef<Binder>({ handlers, why });
  latest.current = { handlers, why };
  useEffect(() => {
    mounted.push(latest);
    stop ??= listen();
    return () => {
      mounted.splice(mounted.indexOf(latest), 1);
      if (mounted.length > 0) return;
      stop?.();
      stop = null;
    };
  }, []);
}
