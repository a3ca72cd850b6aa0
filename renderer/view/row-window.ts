/**
 * The rows of a long list that exist as elements: `slots[i]` is the element that shows row `first + i`. Elements stay in the
 * order of their rows, for those who hear the list read out.
 */
export interface RowWindow {
  readonly first: number;
  readonly slots: readonly number[];
}

/** First row and number of rows that a view of the list needs. Rows have one height, so that nothing is ever measured. */
export function rowsInSight(view: {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
  /** Rows above and below the view that are there already when they come into sight. */
  readonly spare: number;
}): { first: number; size: number } {
  const { scrollTop, height, rowHeight, count, spare } = view;
  const fits = Math.ceil(height / rowHeight) + 1 + 2 * spare;
  const size = Math.min(count, fits);
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - spare;
  return { first: Math.max(0, Math.min(count - size, first)), size };
}

/**
 * Moves the window. A short way, the elements that left on one side come in on the other and the rest stay untouched; a long way,
 * every element stays where it is and shows another row. Neither makes or removes an element.
 */
export function moveWindow(window: RowWindow, first: number, size: number): RowWindow {
  const { slots } = window;
  if (size !== slots.length) return { first, slots: Array.from({ length: size }, (_, i) => i) };
  const by = first - window.first;
  if (by === 0) return window;
  if (Math.abs(by) > size / 2) return { first, slots };
  const cut = (by + size) % size;
  return { first, slots: [...slots.slice(cut), ...slots.slice(0, cut)] };
}

/** Where a list must be scrolled to so that a row is wholly in sight; unchanged when it is already. */
export function scrollTopFor(row: number, view: { scrollTop: number; height: number; rowHeight: number }): number {
  const top = row * view.rowHeight;
  if (top < view.scrollTop) return top;
  return Math.max(view.scrollTop, top + view.rowHeight - view.height);
}
