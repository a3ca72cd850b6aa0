import { addTrimmed, addValue, indexWithin, isBlank, type ValueList } from "./value-list.ts";

/** Offset behind the document type declaration that opens at `start`: quotes and the bracketed subset are skipped. */
function doctypeEnd(text: string, start: number, end: number): number {
  let depth = 0;
  let quote = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 34 || code === 39) quote = code;
    else if (code === 91) depth++;
    else if (code === 93) depth--;
    else if (code === 62 && depth <= 0) return i + 1;
  }
  return end;
}

/** Offset behind `closer`, or `end`. */
function behind(text: string, closer: string, from: number, end: number): number {
  const at = text.indexOf(closer, from);
  return at < 0 || at + closer.length > end ? end : at + closer.length;
}

/** Offset behind the tag that opens at `start`; a `>` within quotes does not close it. */
function tagEnd(text: string, start: number, end: number): number {
  let quote = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 34 || code === 39) quote = code;
    else if (code === 62) return i + 1;
  }
  return end;
}

function isNameCode(code: number): boolean {
  const lower = code | 32;
  return (
    (lower >= 97 && lower <= 122) ||
    (code >= 48 && code <= 58) ||
    code === 45 ||
    code === 46 ||
    code === 95 ||
    code > 127
  );
}

/** Adds the attribute values of the tag text[start, end). */
function addAttributes(list: ValueList, element: string, start: number, end: number): void {
  const { text } = list;
  let i = start;
  while (i < end) {
    const equals = indexWithin(text, 61, i, end);
    if (equals === end) return;
    let nameEnd = equals;
    while (nameEnd > i && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--;
    let nameStart = nameEnd;
    while (nameStart > i && isNameCode(text.charCodeAt(nameStart - 1))) nameStart--;
    let open = equals + 1;
    while (open < end && isBlank(text.charCodeAt(open))) open++;
    const quote = text.charCodeAt(open);
    if (quote !== 34 && quote !== 39) {
      i = open;
      continue;
    }
    const close = indexWithin(text, quote, open + 1, end);
    const name = text.slice(nameStart, Math.min(nameEnd, nameStart + 64));
    // Namespace names are addresses that nobody opens.
    if (!name.startsWith("xmlns")) addValue(list, "xml", `${element}@${name}`, open + 1, close);
    i = close + 1;
  }
}

/**
 * Adds text and attributes of XML text[start, end). The document type declaration with its entities is one value, since an
 * external entity means something only as a whole; so are XInclude elements and processing instructions. Broken mark-up is read
 * as far as it goes: a scanner, no parser, and no entity is ever expanded.
 */
export function addXml(list: ValueList, start: number, end: number): void {
  const { text } = list;
  let element = "";
  let i = start;
  while (i < end) {
    const open = indexWithin(text, 60, i, end);
    if (!addTrimmed(list, "xml", element, i, open)) {
      list.values.push({ place: "body", name: "", text: text.slice(i, end), start: i, end });
      return;
    }
    if (open >= end) return;
    const head = text.slice(open, open + 12);
    if (head.startsWith("<!--")) {
      const next = behind(text, "-->", open + 4, end);
      addTrimmed(list, "xml", "comment", open + 4, Math.max(open + 4, next - 3));
      i = next;
    } else if (head.startsWith("<![CDATA[")) {
      const next = behind(text, "]]>", open + 9, end);
      addTrimmed(list, "xml", element, open + 9, Math.max(open + 9, next - 3));
      i = next;
    } else if (head.startsWith("<!")) {
      const next = doctypeEnd(text, open, end);
      addValue(list, "xml", "DOCTYPE", open, next);
      i = next;
    } else if (head.startsWith("<?")) {
      const next = behind(text, "?>", open + 2, end);
      if (!/^<\?xml\s/i.test(head)) addValue(list, "xml", "processing instruction", open, next);
      i = next;
    } else {
      const next = tagEnd(text, open, end);
      const closing = head.startsWith("</");
      let nameEnd = open + (closing ? 2 : 1);
      const nameStart = nameEnd;
      while (nameEnd < next && nameEnd < nameStart + 64 && isNameCode(text.charCodeAt(nameEnd))) nameEnd++;
      const name = text.slice(nameStart, nameEnd);
      if (/(?:^|:)include$/i.test(name) && !closing) addValue(list, "xml", name, open, next);
      else if (!closing) addAttributes(list, name, nameEnd, next);
      element = closing ? "" : name;
      i = next;
    }
  }
}
