import { addValue, indexWithin, type ValueList } from "./value-list.ts";

/** The boundary that a content type names (RFC 2046 section 5.1.1), or null. */
export function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;",]{1,200}))/i.exec(contentType.slice(0, 1000));
  return match?.[1] ?? match?.[2] ?? null;
}

interface Parameter {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Reads parameters of a Content-Disposition line (RFC 6266, RFC 7578 section 4.2); offsets are the value's, without quotes. */
function readParameters(text: string, start: number, end: number): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  let i = start;
  while (i < end) {
    const semicolon = indexWithin(text, 59, i, end);
    const equals = indexWithin(text, 61, semicolon, end);
    if (equals === end) break;
    const name = text
      .slice(semicolon + 1, Math.min(equals, semicolon + 41))
      .trim()
      .toLowerCase();
    let from = equals + 1;
    let to: number;
    if (text.charCodeAt(from) === 34) {
      from++;
      to = from;
      while (to < end && text.charCodeAt(to) !== 34) to += text.charCodeAt(to) === 92 ? 2 : 1;
      to = Math.min(to, end);
      i = to + 1;
    } else {
      to = indexWithin(text, 59, from, end);
      i = to;
    }
    if (!parameters.has(name))
      parameters.set(name, { value: text.slice(from, Math.min(to, from + 200)), start: from, end: to });
  }
  return parameters;
}

/**
 * Adds fields, file names and contents of a multipart body text[start, end) (RFC 7578).
 *
 * @param addContent what to do with the content of a file or of a part with a content type of its own
 * @returns whether the body has such parts at all
 */
export function addMultipart(
  list: ValueList,
  start: number,
  end: number,
  boundary: string,
  addContent: (name: string, contentType: string, start: number, end: number) => void,
): boolean {
  const { text } = list;
  const delimiter = `--${boundary}`;
  let at = text.indexOf(delimiter, start);
  if (at < 0 || at >= end) return false;
  while (at >= 0 && at < end) {
    let head = at + delimiter.length;
    if (text.startsWith("--", head)) return true;
    if (text.charCodeAt(head) === 13) head++;
    if (text.charCodeAt(head) === 10) head++;
    let next = text.indexOf(delimiter, head);
    if (next < 0 || next > end) next = end;
    addPart(list, head, next, addContent);
    if (list.cut) {
      list.values.push({ place: "body", name: "", text: text.slice(head, end), start: head, end });
      return true;
    }
    at = next;
  }
  return true;
}

function addPart(
  list: ValueList,
  start: number,
  end: number,
  addContent: (name: string, contentType: string, start: number, end: number) => void,
): void {
  const { text } = list;
  let name = "";
  let contentType = "";
  let isFile = false;
  let i = start;
  while (i < end) {
    const lineEnd = indexWithin(text, 10, i, end);
    const contentEnd = text.charCodeAt(lineEnd - 1) === 13 && lineEnd > i ? lineEnd - 1 : lineEnd;
    const line = text.slice(i, Math.min(contentEnd, i + 40)).toLowerCase();
    if (line === "") {
      i = lineEnd + 1;
      break;
    }
    if (line.startsWith("content-disposition:")) {
      const parameters = readParameters(text, i, contentEnd);
      name = parameters.get("name")?.value ?? "";
      const fieldName = parameters.get("name");
      if (fieldName !== undefined && !/^[\w.[\]:\- ]*$/.test(fieldName.value)) {
        addValue(list, "query_name", name, fieldName.start, fieldName.end);
      }
      for (const key of ["filename", "filename*"]) {
        const file = parameters.get(key);
        if (file === undefined) continue;
        isFile = true;
        addValue(list, "file_name", name, file.start, file.end);
      }
    } else if (line.startsWith("content-type:")) {
      contentType = text
        .slice(i + 13, Math.min(contentEnd, i + 213))
        .trim()
        .toLowerCase();
    }
    i = lineEnd + 1;
  }
  let contentEnd = end;
  if (text.charCodeAt(contentEnd - 1) === 10 && contentEnd > i) contentEnd--;
  if (text.charCodeAt(contentEnd - 1) === 13 && contentEnd > i) contentEnd--;
  if (i >= contentEnd) return;
  if (isFile || contentType !== "") addContent(name, contentType, i, contentEnd);
  else addValue(list, "multipart", name, i, contentEnd);
}
