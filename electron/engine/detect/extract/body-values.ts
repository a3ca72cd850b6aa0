import { addJson } from "./json-values.ts";
import { addMultipart, boundaryOf } from "./multipart-values.ts";
import { addPairs } from "./url-values.ts";
import { addTrimmed, addValue, indexWithin, isBlank, type ValueList } from "./value-list.ts";
import { addXml } from "./xml-values.ts";

/** Shortest stretch of printable characters that is taken out of binary content: shorter ones occur by chance. */
const shortestPrintableRun = 16;

/** Whether the beginning of a body is binary: control characters other than white space, or bytes that are no UTF-8. */
function isBinary(text: string, start: number, end: number): boolean {
  const to = Math.min(end, start + 1024);
  let odd = 0;
  for (let i = start; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || (code >= 127 && code < 160) || code === 0xfffd) odd++;
  }
  return odd * 20 > to - start;
}

/** Adds the readable stretches of binary content, where code hidden in an image or message stands. */
function addPrintableRuns(
  list: ValueList,
  place: "body" | "multipart",
  name: string,
  start: number,
  end: number,
): void {
  let from = start;
  for (let i = start; i <= end; i++) {
    const code = i < end ? list.text.charCodeAt(i) : 0;
    if (code >= 32 && code < 127) continue;
    if (i - from >= shortestPrintableRun && !addValue(list, place, name, from, i)) return;
    from = i + 1;
  }
}

/** Adds the values of iCalendar and vCard content lines, `NAME;parameters:value`; RFC 5545 and 6350, section 3.1. A folded line is two. */
function addContentLines(list: ValueList, start: number, end: number): void {
  for (let from = start; from < end; ) {
    const to = indexWithin(list.text, 10, from, end);
    const isContinued = isBlank(list.text.charCodeAt(from));
    const colon = isContinued ? from - 1 : indexWithin(list.text, 58, from, to);
    const name = isContinued ? "" : list.text.slice(from, Math.min(colon, indexWithin(list.text, 59, from, to)));
    if (colon < to && !addTrimmed(list, "body", name, colon + 1, to)) return;
    // A line that is no property is still something that was sent.
    if (colon >= to && !addTrimmed(list, "body", "", from, to)) return;
    from = to + 1;
  }
}

/** Looks like `name=`, as forms begin. */
const formStart = /^[\w.[\]%+\-:$]{1,100}=/;
const xmlStart = /^<(?:\?xml\b|!DOCTYPE\b|!ENTITY\b|[\w-]+:Envelope\b)/i;
const cardStart = /^BEGIN:V(?:CARD|CALENDAR)\b/i;
const multipartStart = /^--([^\r\n]{1,200})\r?\ncontent-/i;

/**
 * Adds the values of a body text[start, end). What the body looks like counts for more than what its content type says: servers
 * sniff too, and attackers lie. What is neither JSON, XML, multipart nor a form is one value.
 */
export function addBody(list: ValueList, contentType: string, start: number, end: number, truncated: boolean): void {
  const { text } = list;
  let from = start;
  if (text.charCodeAt(from) === 0xfeff) from++;
  while (from < end && isBlank(text.charCodeAt(from))) from++;
  if (from >= end) return;
  const type = contentType.toLowerCase();
  const first = text.charCodeAt(from);
  const head = text.slice(from, from + 300);

  if (first === 45) {
    const boundary = boundaryOf(contentType) ?? multipartStart.exec(head)?.[1] ?? null;
    if (boundary !== null && addMultipart(list, from, end, boundary, addContent)) return;
  }
  if ((first === 123 || first === 91 || first === 34) && addJson(list, from, end, truncated)) return;
  if (first === 60 && (xmlStart.test(head) || type.includes("xml"))) {
    addXml(list, from, end);
    return;
  }
  const saysForm = type.includes("x-www-form-urlencoded");
  if (
    saysForm ||
    (!type.includes("html") && !type.includes("xml") && first !== 60 && formStart.test(head) && !/\s/.test(head))
  ) {
    addPairs(list, "form", from, end);
    return;
  }
  if (cardStart.test(head)) addContentLines(list, from, end);
  else if (isBinary(text, from, end)) addPrintableRuns(list, "body", "", from, end);
  else addValue(list, "body", "", from, end);

  function addContent(name: string, partType: string, contentStart: number, contentEnd: number): void {
    if (isBinary(text, contentStart, contentEnd)) {
      addPrintableRuns(list, "multipart", name, contentStart, contentEnd);
      return;
    }
    const partHead = text.slice(contentStart, contentStart + 300);
    if (partType.includes("json") && addJson(list, contentStart, contentEnd, truncated)) return;
    if (xmlStart.test(partHead) && !partType.includes("html")) addXml(list, contentStart, contentEnd);
    else addValue(list, "multipart", name, contentStart, contentEnd);
  }
}
