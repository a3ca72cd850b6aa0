import { addValue, isBlank, type ValueList } from "./value-list.ts";

const plainKey = /^[\w .:/@\-[\]]*$/;
/**
 * Keys that change what a query means where an application hands its JSON on to MongoDB or CouchDB. `"password": {"$ne": null}` has
 * no string to judge.
 */
const operatorKey =
  /^\$(?:eq|ne|gte?|lte?|n?in|regex|options|where|exists|n?or|and|not|expr|function|elemMatch|all|mod|type|size|text|search)$/;
/** Components of a path that are spelled out; deeper ones count from the innermost. */
const pathDepth = 12;

/** The open objects and arrays: two plain lists, since a hostile body may open a million of them. */
interface Levels {
  /** Key of the member being read, in an object. */
  readonly keys: string[];
  /** Index of the element being read, in an array; -1 in an object. */
  readonly indexes: number[];
}

function spellPath({ keys, indexes }: Levels): string {
  const first = Math.max(0, keys.length - pathDepth);
  let path = first > 0 ? "…" : "";
  for (let i = first; i < keys.length; i++) {
    const index = indexes[i]!;
    path += index >= 0 ? `[${index}]` : path === "" ? keys[i]! : `.${keys[i]!}`;
  }
  return path;
}

/** Offset behind the closing quote of the string that opens at `start`, or -1. */
function stringEnd(text: string, start: number, end: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && quote < end) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** Offset behind the number or word at `start`; `start` when there is none. */
function scalarEnd(text: string, start: number, end: number): number {
  let i = start;
  while (i < end) {
    const code = text.charCodeAt(i);
    const lower = code | 32;
    const figure = code >= 48 && code <= 57;
    if (!figure && !(lower >= 97 && lower <= 122) && code !== 43 && code !== 45 && code !== 46) break;
    i++;
  }
  const scalar = text.slice(start, Math.min(i, start + 64));
  return scalar === "true" || scalar === "false" || scalar === "null" || /^-?\d[\d.eE+-]*$/.test(scalar) ? i : start;
}

/**
 * Adds the strings of JSON text[start, end), and the keys that are none a program would choose; an operator of a query language
 * with what it is applied to. Other numbers, booleans and null cannot carry anything. Several values in a row (JSON Lines) are read; nesting has no limit, since no recursion is used. A string's
 * text is what stands between its quotes, still escaped, so that offsets hold.
 *
 * @param truncated the text is known to be only a beginning: what was read up to its end counts
 * @returns whether it was JSON; if not, nothing was added
 */
export function addJson(list: ValueList, start: number, end: number, truncated: boolean): boolean {
  const { text, values } = list;
  const before = values.length;
  const levels: Levels = { keys: [], indexes: [] };
  const { keys, indexes } = levels;
  let i = start;
  const give = (): boolean => {
    values.length = before;
    list.cut = false;
    return false;
  };
  const wasCut = list.cut;
  let expectValue = true;
  while (true) {
    i = skipBlanks(text, i, end);
    if (i >= end) break;
    const code = text.charCodeAt(i);
    const top = keys.length - 1;
    if (expectValue) {
      if (code === 123 || code === 91) {
        keys.push("");
        indexes.push(code === 91 ? 0 : -1);
        i = skipBlanks(text, i + 1, end);
        const closer = code === 123 ? 125 : 93;
        if (text.charCodeAt(i) === closer && i < end) expectValue = false;
        else if (code === 123) {
          const next = readKey(i);
          if (next < 0) break;
          i = next;
        }
        continue;
      }
      if (code === 34) {
        const next = stringEnd(text, i, end);
        if (next < 0) {
          if (!truncated) return give();
          addValue(list, "json", spellPath(levels), i + 1, end);
          i = end;
          break;
        }
        if (!addValue(list, "json", spellPath(levels), i + 1, next - 1)) {
          values.push({ place: "body", name: "", text: text.slice(i, end), start: i, end });
          return true;
        }
        i = next;
      } else {
        const next = scalarEnd(text, i, end);
        if (next === i) return truncated ? true : give();
        i = next;
      }
      expectValue = false;
      continue;
    }
    if (top < 0) {
      // Another value behind a whole one: JSON Lines.
      if (code !== 123 && code !== 91 && code !== 34) return give();
      expectValue = true;
      continue;
    }
    if (code === (indexes[top]! >= 0 ? 93 : 125)) {
      keys.pop();
      indexes.pop();
      i++;
      continue;
    }
    if (code !== 44) return give();
    if (indexes[top]! >= 0) {
      indexes[top]!++;
      i++;
    } else {
      const next = readKey(skipBlanks(text, i + 1, end));
      if (next < 0) break;
      i = next;
    }
    expectValue = true;
  }
  if (i < end || keys.length > 0 || expectValue) {
    if (!truncated) return give();
  }
  list.cut ||= wasCut;
  return true;

  /** Reads `"key" :` at `from` into the innermost level. @returns offset of the value, or -1 */
  function readKey(from: number): number {
    if (text.charCodeAt(from) !== 34) return -1;
    const behind = stringEnd(text, from, end);
    if (behind < 0) return -1;
    const key = text.slice(from + 1, Math.min(behind - 1, from + 201));
    keys[keys.length - 1] = key;
    const colon = skipBlanks(text, behind, end);
    const isKey = text.charCodeAt(colon) === 58 && colon < end;
    if (isKey && operatorKey.test(key)) addOperator(from, colon + 1);
    else if (!plainKey.test(key)) addValue(list, "json", spellPath(levels), from + 1, behind - 1);
    return isKey ? colon + 1 : -1;
  }

  /** Adds `{"$operator": operand}`, of the operand only the beginning where it is an object or array: its strings follow. */
  function addOperator(key: number, behindColon: number): void {
    let from = key;
    while (from > start && isBlank(text.charCodeAt(from - 1))) from--;
    const opens = from > start && text.charCodeAt(from - 1) === 123;
    const operand = skipBlanks(text, behindColon, end);
    const code = text.charCodeAt(operand);
    let to: number;
    if (code === 34) to = stringEnd(text, operand, end);
    else to = code === 123 || code === 91 ? operand + 1 : scalarEnd(text, operand, end);
    if (to < 0 || to > end) to = end;
    const closer = skipBlanks(text, to, end);
    if (opens && closer < end && text.charCodeAt(closer) === 125) to = closer + 1;
    addValue(list, "json", spellPath(levels), opens ? from - 1 : key, to);
  }
}
