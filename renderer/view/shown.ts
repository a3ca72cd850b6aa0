/** Rows of a long list that are drawn at first, and with each further click. */
export const shownAtOnce = 50;

/**
 * What is drawn of a long list: its beginning, and the row that is looked at wherever it stands.
 * @param index position of that row; -1: there is none
 */
export function shownOf<T>(items: readonly T[], count: number, index: number): readonly T[] {
  return items.length <= count ? items : items.filter((_, i) => i < count || i === index);
}
