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

/**
 * Highest that a list is on the page, CSS px. Chromium lays out no more than 2^25 physical ones, which are a fourth as many CSS
 * px on a dense screen at 200 %.
 */
const mostHeight = 8_000_000;
/** Of a list that is higher, so much at either end scrolls as any list does; what lies between is gone through faster, in px. */
const plainHeight = 2_000_000;

/** The height that a list has on the page. @param height of all its rows, px */
export function heightOnPage(height: number): number {
  return Math.min(height, mostHeight);
}

const stretchOf = (height: number) => (height - 2 * plainHeight) / (mostHeight - 2 * plainHeight);

/** How far down its rows a list is that is scrolled to `scrollTop`, px. @param height of all its rows */
export function positionAt(scrollTop: number, height: number): number {
  if (height <= mostHeight || scrollTop <= plainHeight) return scrollTop;
  if (scrollTop >= mostHeight - plainHeight) return scrollTop + height - mostHeight;
  return plainHeight + (scrollTop - plainHeight) * stretchOf(height);
}

/** The inverse of `positionAt`. */
export function scrollTopAt(position: number, height: number): number {
  if (height <= mostHeight || position <= plainHeight) return position;
  if (position >= height - plainHeight) return position - height + mostHeight;
  return plainHeight + (position - plainHeight) / stretchOf(height);
}
