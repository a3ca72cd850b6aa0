/**
 * Finds the JSON objects of a log while its bytes stream by: one on each line, one over many lines, or several on one line. An
 * object is kept as bytes until it is complete; one that is too large or too deep is counted and skipped. A line that begins with
 * `{` always begins an object, and no string holds a line break: so one that was cut off costs no more than itself.
 */
export interface JsonDocument {
  /** Position in the file, from 0; broken ones count. */
  readonly index: number;
  /** Line that it begins on, from 1. */
  readonly line: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
  /** Its text, or why it is not there. The buffer may share memory with the chunk. */
  readonly bytes: Buffer | null;
  readonly fault: "too_large" | "too_deep" | "too_many_parts" | "cut" | "no_object" | null;
}

export interface JsonDocumentScanner {
  /** @returns objects that this chunk completed, in order */
  push(chunk: Buffer): JsonDocument[];
  /** @returns the object that the end of the file cut off */
  end(): JsonDocument[];
}

export interface DocumentLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxContainers: number;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const open = 0x7b;
const byteOrderMark = [0xef, 0xbb, 0xbf];

interface Begun {
  readonly offset: number;
  readonly line: number;
  depth: number;
  containers: number;
  fault: JsonDocument["fault"];
  parts: Buffer[];
  held: number;
}

export function createJsonDocumentScanner({ maxBytes, maxDepth, maxContainers }: DocumentLimits): JsonDocumentScanner {
  let base = 0;
  let line = 1;
  let index = 0;
  let begun: Begun | null = null;
  let inString = false;
  /** The string's last bytes so far were an odd number of backslashes. */
  let escaped = false;
  let lineStart = true;
  /** The next line break of the current chunk from where strings are looked at, or its length. */
  let nextLine = -1;
  /** Where in the current chunk the part begins that is not yet held. */
  let pieceStart = 0;
  let out: JsonDocument[] = [];

  function begin(at: number, fault: JsonDocument["fault"]): Begun {
    pieceStart = at;
    begun = { offset: base + at, line, depth: 0, containers: 0, fault, parts: [], held: 0 };
    inString = false;
    escaped = false;
    return begun;
  }

  function hold(document: Begun, piece: Buffer): void {
    document.held += piece.length;
    // SECURITY: an object beyond the limit is let go at once, not when it ends.
    if (document.held > maxBytes) document.fault ??= "too_large";
    if (document.fault !== null) document.parts = [];
    else document.parts.push(piece);
  }

  function close(document: Begun, chunk: Buffer, end: number): void {
    hold(document, chunk.subarray(pieceStart, end));
    const { offset, fault, parts, held } = document;
    const bytes = fault !== null ? null : parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
    out.push({ index: index++, line: document.line, offset, length: base + end - offset, bytes, fault });
    begun = null;
  }

  /** Between objects. @returns position after what was consumed */
  function scanBetween(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at]!;
      if (byte === newline) {
        line++;
        lineStart = true;
      } else if (byte > 0x20 && byte !== byteOrderMark[base + at]) {
        begin(at, byte === open ? null : "no_object");
        return at;
      }
      at++;
    }
    return at;
  }

  /** Something else than an object: it goes on to the end of its line. */
  function scanOther(document: Begun, chunk: Buffer, from: number): number {
    const end = chunk.indexOf(newline, from);
    if (end < 0) return chunk.length;
    close(document, chunk, end);
    return end;
  }

  /** The inside of a string. @returns position after its closing quote, of a line break that breaks it off, or the chunk's end */
  function scanString(chunk: Buffer, text: string, from: number): number {
    let at = from;
    if (escaped) {
      escaped = false;
      at++;
    }
    if (nextLine < from) nextLine = text.indexOf("\n", from);
    if (nextLine < 0) nextLine = chunk.length;
    const stop = nextLine;
    for (;;) {
      const found = text.indexOf('"', at);
      const end = found < 0 || found > stop ? stop : found;
      let slashes = 0;
      while (end - 1 - slashes >= at && chunk[end - 1 - slashes] === backslash) slashes++;
      if (end === stop) {
        escaped = slashes % 2 === 1;
        return stop;
      }
      at = end + 1;
      if (slashes % 2 === 0) {
        inString = false;
        return at;
      }
    }
  }

  function deepen(document: Begun): void {
    document.depth++;
    if (document.depth > maxDepth) document.fault ??= "too_deep";
    else if (++document.containers > maxContainers) document.fault ??= "too_many_parts";
  }

  /** The inside of an object. @returns position after what was consumed */
  function scanObject(document: Begun, chunk: Buffer, text: string, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at]!;
      if (inString) {
        at = scanString(chunk, text, at);
        if (!inString || at >= chunk.length) continue;
        document.fault ??= "cut";
        close(document, chunk, at);
        return at;
      }
      if (lineStart && byte === open && base + at > document.offset) {
        document.fault ??= "cut";
        close(document, chunk, at);
        return at;
      }
      lineStart = byte === newline;
      at++;
      if (byte === quote) inString = true;
      else if (byte === open || byte === 0x5b) deepen(document);
      else if (byte === newline) line++;
      else if ((byte === 0x7d || byte === 0x5d) && --document.depth === 0) {
        close(document, chunk, at);
        return at;
      }
    }
    return at;
  }

  return {
    push(chunk) {
      out = [];
      // One character a byte: V8 finds a character in a string faster than Node does in a buffer.
      const text = chunk.toString("latin1");
      pieceStart = 0;
      nextLine = -1;
      let at = 0;
      while (at < chunk.length) {
        if (begun === null) at = scanBetween(chunk, at);
        else if (begun.fault === "no_object") at = scanOther(begun, chunk, at);
        else at = scanObject(begun, chunk, text, at);
      }
      // A copy: the caller may reuse the chunk's memory.
      if (begun !== null) {
        const piece = chunk.subarray(pieceStart);
        hold(begun, begun.fault === null ? Buffer.from(piece) : piece);
      }
      base += chunk.length;
      return out;
    },
    end() {
      out = [];
      pieceStart = 0;
      if (begun !== null) {
        begun.fault ??= "cut";
        close(begun, Buffer.alloc(0), 0);
      }
      return out;
    },
  };
}
