import { useEffect, useRef } from "react";
import { createKeyReader, type KeyAction } from "./keymap.ts";

export type KeyHandlers = Partial<Record<KeyAction, () => void>>;

type HandlerStack = { readonly current: KeyHandlers }[];
const mounted: HandlerStack = [];
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

function listen(): () => void {
  const read = createKeyReader();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || belongsToElement(event)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const action = read(event, event.timeStamp);
    if (action === null) return;
    for (let i = mounted.length - 1; i >= 0; i--) {
      const handler = mounted[i]?.current[action];
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
