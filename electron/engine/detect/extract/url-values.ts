import type { Place } from "../../../../shared/payload.ts";
import { addValue, indexWithin, type ValueList } from "./value-list.ts";

/** Names that programs give their parameters; all others are looked at as values. `$` is odd: MongoDB's operators begin with it. */
const plainName = /^(?:[\w.[\]:\-~]|%5[bd])*$/i;
/** Segments that cannot carry anything: no metacharacter, no escape, no leading dot, too short for an encoding of worth. */
const plainSegment = /^[A-Za-z0-9_-][A-Za-z0-9._~-]{0,47}$/;
/** Signs that a path climbs, or hides separators: it means something only as a whole. */
const climbs = /\.\.|\/\/|\\|%(?:2e|2f|5c|25|c0|c1|e0|u|00)/i;

/** Adds the name–value pairs of text[start, end), as queries and forms write them (WHATWG URL section 5.1). */
export function addPairs(list: ValueList, place: "query" | "form", start: number, end: number): void {
  const { text } = list;
  for (let from = start; from <= end; ) {
    const to = indexWithin(text, 38, from, end);
    const equals = indexWithin(text, 61, from, to);
    // Without "=" the whole pair is what the program reads: "?<script>", "?-d+option".
    const hasValue = equals < to;
    const name = hasValue ? text.slice(from, equals) : "";
    if (hasValue && !plainName.test(name)) addValue(list, "query_name", name, from, equals);
    const valueStart = hasValue ? equals + 1 : from;
    if (!addValue(list, place, name, valueStart, to)) {
      addRest(list, place, valueStart, end);
      return;
    }
    from = to + 1;
  }
}

/** What no longer fits: one value, so that nothing goes unseen. */
function addRest(list: ValueList, place: Place, start: number, end: number): void {
  list.values.push({ place, name: "", text: list.text.slice(start, end), start, end });
}

/**
 * Adds path segments and query values of the request target text[start, end) (RFC 9112 section 3.2, origin or absolute form).
 * Plain segments are route names, not values; those that begin with a dot have their slash. A path that climbs is one value from its
 * first slash on.
 */
export function addTarget(list: ValueList, start: number, end: number): void {
  const { text } = list;
  const question = indexWithin(text, 63, start, end);
  const pathStart = originFormStart(text, start, question);
  if (climbs.test(text.slice(pathStart, question))) {
    addValue(list, "path_segment", "", pathStart, question);
  } else {
    for (let from = pathStart; from < question; ) {
      const to = indexWithin(text, 47, from, question);
      // A name that is hidden by its dot is a file's, and not a shell's word, by the slash before it.
      const begin = text.charCodeAt(from) === 46 && from > pathStart ? from - 1 : from;
      if (to > from && !plainSegment.test(text.slice(from, to))) addValue(list, "path_segment", "", begin, to);
      from = to + 1;
    }
  }
  if (question < end) addPairs(list, "query", question + 1, end);
}

/** Start of the path in `http://host/path`; `start` itself for `/path`. */
function originFormStart(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) === 47) return start;
  const head = text.slice(start, Math.min(end, start + 8)).toLowerCase();
  const scheme = head.startsWith("http://") ? 7 : head.startsWith("https://") ? 8 : 0;
  if (scheme === 0) return start;
  return indexWithin(text, 47, start + scheme, end);
}
