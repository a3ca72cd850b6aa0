import { useEffect, useRef } from "react";
import type { KeyAction } from "../../shared/keymap.ts";
import { createKeyReader, toKeyPress } from "./key-reader.ts";
import { useKeysInForce } from "./keys-in-force.ts";

export type KeyHandlers = Partial<Record<KeyAction, () => void>>;

const mounted: { readonly current: KeyHandlers }[] = [];
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
function findHandler(action: KeyAction): (() => void) | undefined {
  return mounted.findLast(({ current }) => current[action] !== undefined)?.current[action];
}

function listen(): () => void {
  const read = createKeyReader(() => useKeysInForce.getState().bindings);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || belongsToElement(event)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    for (const action of read(toKeyPress(event), event.timeStamp)) {
      const handler = findHandler(action);
      if (handler === undefined) continue;
      event.preventDefault();
      handler();
      return;
    }
  };
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}

/** Binds shortcuts while the component is mounted; the one mounted last is asked first. */
export function useKeys(handlers: KeyHandlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
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
