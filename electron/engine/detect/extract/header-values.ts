import { addTrimmed, addValue, indexWithin, type ValueList } from "./value-list.ts";

/**
 * Headers that browsers fill by themselves. They are values like all others unless they keep to the strict grammar of lists of
 * tokens: within it no quote, angle, dollar, bracket, backslash, `..` or `//` can stand, and a space only behind a separator, so
 * that not even two words follow each other.
 */
const mechanical = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "dnt",
  "expect",
  "host",
  "keep-alive",
  "pragma",
  "priority",
  "proxy-connection",
  "purpose",
  "save-data",
  "sec-ch-ua-mobile",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-fetch-user",
  "sec-gpc",
  "sec-purpose",
  "te",
  "transfer-encoding",
  "upgrade",
  "upgrade-insecure-requests",
  "x-requested-with",
]);
const tokenList = /^[\w.*+/=:?-]+(?:[,;] ?[\w.*+/=:?-]+)*$/;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const dates = new Set(["date", "if-modified-since", "if-unmodified-since"]);
const plainOrigin = /^(?:null|https?:\/\/[\w.-]{1,253}(?::\d{1,5})?)$/;

/** Whether a header's value is what every browser sends there and cannot carry anything. `name` in lower case. */
export function isMechanicalHeader(name: string, value: string): boolean {
  if (mechanical.has(name)) {
    return value.length <= 300 && tokenList.test(value) && !value.includes("..") && !value.includes("//");
  }
  if (dates.has(name)) return value.length === 29 && httpDate.test(value);
  return name === "origin" && value.length <= 300 && plainOrigin.test(value);
}

/** Adds the cookies of a Cookie header's value text[start, end) (RFC 6265 section 4.2.1). */
function addCookies(list: ValueList, start: number, end: number): void {
  const { text } = list;
  for (let from = start; from < end; ) {
    const to = indexWithin(text, 59, from, end);
    const equals = indexWithin(text, 61, from, to);
    const name = equals < to ? text.slice(from, equals).trim() : "";
    if (!addTrimmed(list, "cookie", name, equals < to ? equals + 1 : from, to)) {
      list.values.push({ place: "cookie", name: "", text: text.slice(from, end), start: from, end });
      return;
    }
    if (name !== "" && !/^[\w.!#$%&*+^|~-]*$/.test(name)) addTrimmed(list, "cookie", name, from, equals);
    from = to + 1;
  }
}

/** Adds one header, whose value stands at text[start, end). Pseudo-headers of HTTP/2 repeat the request line. */
export function addHeader(list: ValueList, name: string, value: string, start: number, end: number): void {
  const lower = name.toLowerCase();
  if (lower.startsWith(":")) return;
  if (lower === "cookie") addCookies(list, start, end);
  else if (!isMechanicalHeader(lower, value)) addValue(list, "header", name, start, end);
}
