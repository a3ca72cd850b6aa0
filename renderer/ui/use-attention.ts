import { useEffect, useState } from "react";

/** Whether the pointer or the focus is in an element: then nothing in it may move by itself. */
export function useAttention(element: React.RefObject<HTMLElement | null>): boolean {
  const [attended, setAttended] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const on = () => setAttended(true);
    const off = () => setAttended(target.matches(":hover") || target.contains(document.activeElement));
    target.addEventListener("pointerenter", on);
    target.addEventListener("focusin", on);
    target.addEventListener("pointerleave", off);
    target.addEventListener("focusout", off);
    return () => {
      target.removeEventListener("pointerenter", on);
      target.removeEventListener("focusin", on);
      target.removeEventListener("pointerleave", off);
      target.removeEventListener("focusout", off);
    };
  }, [element]);
  return attended;
}

/** Whether a list stands at its top; only a change draws anything again. */
export function useAtTop(scroller: HTMLElement | null): boolean {
  const [atTop, setAtTop] = useState(true);
  useEffect(() => {
    if (scroller === null) return;
    const look = () => setAtTop(scroller.scrollTop < 1);
    look();
    scroller.addEventListener("scroll", look, { passive: true });
    return () => scroller.removeEventListener("scroll", look);
  }, [scroller]);
  return atTop;
}
