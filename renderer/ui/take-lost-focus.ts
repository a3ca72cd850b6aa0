/** Gives the focus to an element where what had it is gone; who works with it elsewhere keeps it. */
export function takeLostFocus(element: HTMLElement | null): void {
  if (document.activeElement === document.body) element?.focus({ preventScroll: true });
}
