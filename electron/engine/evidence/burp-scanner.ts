import { createXmlScanner, type XmlStop } from "./xml-scanner.ts";

/** One field of a saved item: its text as it stands in the file, one character a byte, and whether it is said to be Base64. */
export interface BurpField {
  readonly bytes: string;
  readonly base64: boolean;
}

/** One `<item>` of the file. */
export interface BurpItem {
  /** Position in the file, from 0; broken ones count. */
  readonly index: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
  readonly fields: ReadonlyMap<string, BurpField>;
  readonly fault: "too_large" | "malformed" | "cut" | null;
}

export interface BurpScanner {
  /** @returns items that this chunk completed, in order */
  push(chunk: Buffer): BurpItem[];
  /** How the file stood when the bytes ended. */
  end(): { readonly items: BurpItem[]; readonly cut: boolean; readonly found: boolean };
  /** Set once nothing more is read. */
  readonly stopped: XmlStop | null;
  /** Places outside of items that are no well-formed XML. */
  readonly outside: number;
}

export interface BurpScanOptions {
  readonly maxItemBytes: number;
  readonly maxDepth: number;
  /** Attributes of `<items>`. */
  readonly onItems?: (attributes: ReadonlyMap<string, string>) => void;
}

/** What is kept of an item; the rest says nothing that the messages do not. */
const wanted = new Set(["time", "url", "protocol", "method", "request", "status", "response"]);

interface OpenItem {
  readonly offset: number;
  readonly depth: number;
  readonly fields: Map<string, BurpField>;
  fault: BurpItem["fault"];
}

interface OpenField {
  readonly name: string;
  readonly base64: boolean;
  readonly parts: string[];
  hasCdata: boolean;
}

/**
 * Finds the items of a Burp Suite export while its bytes stream by; one item is held at most. A broken item ends with its closing
 * tag or where the next one begins; the others are read. Source: what Burp Suite writes ("Save items").
 */
export function createBurpScanner({ maxItemBytes, maxDepth, onItems }: BurpScanOptions): BurpScanner {
  let items: BurpItem[] = [];
  let index = 0;
  let outside = 0;
  let found = false;
  let item: OpenItem | null = null;
  let field: OpenField | null = null;

  function closeItem(open: OpenItem, end: number, fault: BurpItem["fault"] = null): void {
    checkSize(end);
    const { offset, fields } = open;
    items.push({ index: index++, offset, length: end - offset, fields, fault: open.fault ?? fault });
    item = null;
    field = null;
  }

  function fail(open: OpenItem, fault: "too_large" | "malformed"): void {
    open.fault ??= fault;
    open.fields.clear();
    field = null;
  }

  /** SECURITY: an item beyond the limit is let go at once, not when it ends. */
  function checkSize(end: number): void {
    if (item !== null && end - item.offset > maxItemBytes) fail(item, "too_large");
  }

  const scanner = createXmlScanner(
    {
      open(name, attributes, start) {
        if (name === "item") {
          found = true;
          item = { offset: start, depth: scanner.depth, fields: new Map(), fault: null };
        } else if (item !== null && item.fault === null) {
          if (scanner.depth !== item.depth + 1 || item.fields.has(name)) fail(item, "malformed");
          else field = { name, base64: attributes.get("base64") === "true", parts: [], hasCdata: false };
        } else if (name === "items" && scanner.depth === 1) {
          found = true;
          onItems?.(attributes);
        }
      },
      close(name, end) {
        if (item === null) return;
        if (scanner.depth === item.depth - 1) {
          closeItem(item, end);
        } else if (field !== null) {
          if (wanted.has(name)) item.fields.set(name, { bytes: field.parts.join(""), base64: field.base64 });
          field = null;
        }
      },
      text(bytes, isCdata) {
        if (item === null) {
          if (bytes.trim() !== "") outside++;
        } else if (field === null) {
          if (item.fault === null && bytes.trim() !== "") fail(item, "malformed");
        } else if (wanted.has(field.name)) {
          addText(field, bytes, isCdata);
        }
      },
      fault() {
        if (item === null) outside++;
        else fail(item, "malformed");
      },
    },
    { maxDepth, record: "item" },
  );

  return {
    push(chunk) {
      items = [];
      scanner.push(chunk);
      checkSize(scanner.position);
      return items;
    },
    end() {
      items = [];
      if (scanner.stopped === null && item !== null) closeItem(item, scanner.position, "cut");
      return { items, cut: scanner.depth > 0, found };
    },
    get stopped() {
      return scanner.stopped;
    },
    get outside() {
      return outside;
    },
  };
}

/** White space around a CDATA section is the file's own. */
function addText(field: OpenField, bytes: string, isCdata: boolean): void {
  if (!isCdata && field.hasCdata && bytes.trim() === "") return;
  if (isCdata && !field.hasCdata) {
    field.hasCdata = true;
    if (field.parts.every((part) => part.trim() === "")) field.parts.length = 0;
  }
  if (bytes !== "") field.parts.push(bytes);
}
