import type { Place } from "../../../../shared/payload.ts";
import type { PayloadValue } from "../payload.ts";

/** Values of one request beyond which the rest of its body is given as one value. */
export const maxValues = 2000;
const maxNameLength = 200;

/** Collects values of one request by their offsets in its text. */
export interface ValueList {
  readonly text: string;
  readonly values: PayloadValue[];
  cut: boolean;
}

export function createValueList(text: string): ValueList {
  return { text, values: [], cut: false };
}

/**
 * The same text with memory of its own. V8 makes a slice of 13 units or more a view that keeps the whole request alive, and values
 * live on in caches.
 */
function ownCopy(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

/** Adds text[start, end) unless it is empty. @returns false when the list is full */
export function addValue(list: ValueList, place: Place, name: string, start: number, end: number): boolean {
  if (end <= start) return true;
  if (list.values.length >= maxValues) {
    list.cut = true;
    return false;
  }
  list.values.push({
    place,
    name: ownCopy(name.length > maxNameLength ? name.slice(0, maxNameLength) : name),
    text: (end - start) * 4 > list.text.length ? list.text.slice(start, end) : ownCopy(list.text.slice(start, end)),
    start,
    end,
  });
  return true;
}

/** Adds text[start, end) without the blanks around it. */
export function addTrimmed(list: ValueList, place: Place, name: string, start: number, end: number): boolean {
  let from = start;
  let to = end;
  while (from < to && isBlank(list.text.charCodeAt(from))) from++;
  while (to > from && isBlank(list.text.charCodeAt(to - 1))) to--;
  return addValue(list, place, name, from, to);
}

export function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/**
 * Offset of the first `code` in text[from, end), or `end`. Unlike `indexOf` it never reads past `end`: many short stretches without
 * a hit would each cost the whole rest of the text.
 */
export function indexWithin(text: string, code: number, from: number, end: number): number {
  for (let i = from; i < end; i++) if (text.charCodeAt(i) === code) return i;
  return end;
}
