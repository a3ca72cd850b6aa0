/** Marks what `scrollWithin` scrolls. */
export const scrollBox = { "data-scroll-box": "" };

/**
 * Brings an element into sight within its conversation. `scrollIntoView` would move what lies around it, too: the whole window.
 * @param to whose edges then meet
 */
export function scrollWithin(element: Element | null, to: "start" | "end"): void {
  const box = element?.closest("[data-scroll-box]");
  if (element === null || box == null) return;
  const [inner, outer] = [element.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += to === "start" ? inner.top - outer.top - 12 : inner.bottom - outer.bottom;
}
