/** What an XML document is made of, told while it streams by. Texts are bytes, one character each. */
export interface XmlEvents {
  /** @param start file offset of `<`; @param end file offset behind `>` */
  open(name: string, attributes: ReadonlyMap<string, string>, start: number, end: number): void;
  /** Also told for elements that were left open when one around them is closed. */
  close(name: string, end: number): void;
  /** Text with its references resolved, or the inside of a CDATA section; long ones come in pieces. */
  text(bytes: string, isCdata: boolean): void;
  /** Something is no well-formed XML; reading goes on behind it. */
  fault(): void;
}

/** Why a document is not read to its end. */
export type XmlStop = "entities" | "too_long";

export interface XmlOptions {
  /** Elements nested deeper are faults, and not told. */
  readonly maxDepth: number;
  /** An element that never stands within itself: where it begins, the one that is open was cut off. */
  readonly record: string;
}

export interface XmlScanner {
  push(chunk: Buffer): void;
  /** Bytes that were looked at so far. */
  readonly position: number;
  /** How many elements are open. */
  readonly depth: number;
  /** Set once nothing more is read. */
  readonly stopped: XmlStop | null;
}

/** Longest tag, comment, instruction or document type, characters. */
const longestMarkup = 64 * 1024;
const pieceBytes = 64 * 1024;
const longestReference = 12;

const name = "[A-Za-z_:\\x80-\\xff][\\w:.\\x80-\\xff-]*";
const tagName = new RegExp(`^(/?)(${name})`);
const attribute = new RegExp(`\\s+(${name})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "y");
const reference = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&/g;
const predefined: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads XML as data: elements, attributes, text. It does not normalise line ends, because the texts are recorded messages.
 *
 * SECURITY: there is nothing to expand and nothing to fetch. Of a document type only the end is looked for; one that declares an
 * entity or names another file stops the reading. No more is held than one piece and one tag, comment or document type of at most
 * 64 KiB; the work is linear, whatever the bytes are.
 */
export function createXmlScanner(events: XmlEvents, { maxDepth, record }: XmlOptions): XmlScanner {
  /** What is not consumed yet, and its file offset. */
  let pending = "";
  let offset = 0;
  let inCdata = false;
  let stopped: XmlStop | null = null;
  const open: string[] = [];
  /** File offsets up to which these marks were looked for and not found. */
  const absent = { "-->": 0, "?>": 0 };

  /** Each reader gives the position behind what it took, or -1 when it needs more. */
  function readText(at: number): number {
    const found = pending.indexOf("<", at);
    let end = found < 0 ? pending.length : found;
    if (found < 0) {
      // A reference may go on in the next piece.
      const ampersand = pending.lastIndexOf("&");
      const isNear = ampersand >= Math.max(at, end - longestReference);
      if (isNear && !pending.includes(";", ampersand)) end = ampersand;
      if (end === at) return -1;
    }
    events.text(resolve(pending.slice(at, end)), false);
    return end;
  }

  function readCdata(at: number): number {
    const found = pending.indexOf("]]>", at);
    const end = found < 0 ? pending.length - 2 : found;
    if (end < at || (found < 0 && end === at)) return -1;
    events.text(pending.slice(at, end), true);
    inCdata = found < 0;
    return inCdata ? end : end + 3;
  }

  function readMarkup(at: number): number {
    const head = pending.slice(at, at + 9);
    if (head.startsWith("<!--")) return behind("-->", at + 4);
    if (head.startsWith("<?")) return behind("?>", at + 2);
    if (head === "<![CDATA[") {
      inCdata = true;
      events.text("", true);
      return at + 9;
    }
    if (head === "<!DOCTYPE" && open.length === 0) return readDoctype(at);
    if (!head.startsWith("<!")) return head.length < 2 ? -1 : readTag(at);
    if (["<!--", "<![CDATA[", "<!DOCTYPE", "<!ENTITY"].some((mark) => mark !== head && mark.startsWith(head)))
      return -1;
    if (head.startsWith("<!ENTITY") && open.length === 0) stopped = "entities";
    events.fault();
    return at + 2;
  }

  function behind(mark: keyof typeof absent, from: number): number {
    const end = pending.indexOf(mark, Math.max(from, absent[mark] - offset));
    if (end >= 0) return end + mark.length;
    absent[mark] = offset + Math.max(from, pending.length - mark.length + 1);
    return -1;
  }

  function readDoctype(at: number): number {
    let inSubset = false;
    for (let i = at + 9; i < pending.length; i++) {
      const char = pending[i];
      if (char === '"' || char === "'") {
        i = pending.indexOf(char, i + 1);
        if (i < 0) return -1;
      } else if (char === "<" && pending.startsWith("<!--", i)) {
        i = pending.indexOf("-->", i + 4);
        if (i < 0) return -1;
      } else if (char === "[" || char === "]") {
        inSubset = char === "[";
      } else if (char === ">" && !inSubset) {
        const text = pending.slice(at, i);
        if (/<!ENTITY|%|(?:SYSTEM|PUBLIC)\s*["']/i.test(text)) stopped = "entities";
        return i + 1;
      }
    }
    return -1;
  }

  function readTag(at: number): number {
    let quote = 0;
    for (let i = at + 1; i < pending.length; i++) {
      const code = pending.charCodeAt(i);
      if (code === 0x3c) {
        // No tag holds "<": this one was cut off.
        events.fault();
        return i;
      }
      if (quote !== 0) {
        if (code === quote) quote = 0;
      } else if (code === 0x22 || code === 0x27) {
        quote = code;
      } else if (code === 0x3e) {
        takeTag(pending.slice(at + 1, i), offset + at, offset + i + 1);
        return i + 1;
      }
    }
    return -1;
  }

  function takeTag(tag: string, start: number, end: number): void {
    const match = tagName.exec(tag);
    const element = match?.[2] ?? "";
    const nameEnd = match?.[0].length ?? 0;
    if (match === null) {
      events.fault();
    } else if (match[1] === "/") {
      if (tag.slice(nameEnd).trim() !== "") events.fault();
      closeTo(element, end);
    } else {
      openTag(element, tag, nameEnd, start, end);
    }
  }

  function openTag(element: string, tag: string, nameEnd: number, start: number, end: number): void {
    const attributes = new Map<string, string>();
    let read = nameEnd;
    attribute.lastIndex = nameEnd;
    for (let found = attribute.exec(tag); found !== null; found = attribute.exec(tag)) {
      read = attribute.lastIndex;
      if (attributes.has(found[1]!)) events.fault();
      attributes.set(found[1]!, resolve(found[2] ?? found[3]!));
    }
    const rest = tag.slice(read).trim();
    if (element === record && open.includes(record)) {
      events.fault();
      closeTo(record, start);
    }
    if ((rest !== "" && rest !== "/") || open.length >= maxDepth) events.fault();
    if (open.length >= maxDepth) return;
    open.push(element);
    events.open(element, attributes, start, end);
    if (rest === "/") closeTo(element, end);
  }

  function closeTo(element: string, end: number): void {
    const at = open.lastIndexOf(element);
    if (at !== open.length - 1 || at < 0) events.fault();
    if (at < 0) return;
    while (open.length > at) events.close(open.pop()!, end);
  }

  /** Characters that are referred to, as the bytes of their UTF-8. */
  function resolve(bytes: string): string {
    if (!bytes.includes("&")) return bytes;
    return bytes.replace(reference, (whole: string, hex?: string, decimal?: string, known?: string) => {
      if (known !== undefined) return predefined[known]!;
      const code = hex === undefined ? Number(decimal ?? 0) : Number.parseInt(hex, 16);
      const isChar = code >= 0x20 || code === 9 || code === 10 || code === 13;
      if (isChar && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) {
        return Buffer.from(String.fromCodePoint(code)).toString("latin1");
      }
      events.fault();
      return whole;
    });
  }

  function readPending(): void {
    let at = 0;
    while (at < pending.length && stopped === null) {
      const isMarkup = !inCdata && pending[at] === "<";
      let next = inCdata ? readCdata(at) : isMarkup ? readMarkup(at) : readText(at);
      if (next < 0 && pending.length - at > longestMarkup) {
        // Markup that does not end is none.
        events.fault();
        if (pending.startsWith("<!DOCTYPE", at)) stopped = "too_long";
        next = at + 1;
      }
      if (next < 0) break;
      at = next;
    }
    offset += at;
    pending = pending.slice(at);
  }

  return {
    push(chunk) {
      let from = 0;
      const mark = [0xef, 0xbb, 0xbf];
      while (from < chunk.length && pending === "" && offset < 3 && chunk[from] === mark[offset]) {
        offset++;
        from++;
      }
      for (; from < chunk.length && stopped === null; from += pieceBytes) {
        pending += chunk.toString("latin1", from, Math.min(chunk.length, from + pieceBytes));
        readPending();
      }
    },
    get position() {
      return offset + pending.length;
    },
    get depth() {
      return open.length;
    },
    get stopped() {
      return stopped;
    },
  };
}
