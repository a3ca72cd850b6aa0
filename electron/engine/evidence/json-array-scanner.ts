/**
 * Finds the elements of one array inside a JSON document while its bytes stream by, without parsing the rest: `log.entries` of a
 * HAR file. Strings are jumped over with `indexOf('"')`. An element is kept as bytes until it is complete; one that is too
 * large or too deep is counted and skipped, so memory stays bounded whatever the file holds. If a name of the path stands twice,
 * both arrays are read: evidence must not hide behind a duplicate.
 */
export interface ArrayElement {
  /** Position in the array, from 0; over all arrays of that path. */
  readonly index: number;
  /** Bytes from the beginning of the document. */
  readonly offset: number;
  readonly length: number;
  /** The element's text, or why it is not there. The buffer may share memory with the chunk. */
  readonly bytes: Buffer | null;
  readonly fault: "too_large" | "too_deep" | "too_many_parts" | "no_object" | null;
}

export interface JsonArrayScanner {
  /** @returns elements that this chunk completed, in order */
  push(chunk: Buffer): ArrayElement[];
  /** How the document stood when the bytes ended. */
  end(): ScanEnd;
}

export interface ScanEnd {
  /** An element or the document was cut off: index of the element that was cut, or null when the cut was elsewhere. */
  readonly cut: boolean;
  readonly cutElement: number | null;
  /** False when the path was never found. */
  readonly found: boolean;
  /** Something other than white space stood after the document. */
  readonly trailing: boolean;
  /** Deepest nesting seen, counted from the document's root. */
  readonly deepest: number;
}

export interface ScanOptions {
  /** Names from the root to the array: ["log", "entries"]. */
  readonly path: readonly string[];
  readonly maxElementBytes: number;
  readonly maxDepth: number;
  readonly maxContainers: number;
  /** Members that stand beside the array (same parent) whose object is wanted too, such as `creator`; at most 16 KiB each. */
  readonly beside?: readonly string[];
  readonly onBeside?: (name: string, json: string) => void;
}

const quote = 0x22;
const backslash = 0x5c;
const nearBytes = 16;
const maxKeyBytes = 256;
const maxBesideBytes = 16 * 1024;

export function createJsonArrayScanner(options: ScanOptions): JsonArrayScanner {
  const { path, maxElementBytes, maxDepth, maxContainers } = options;
  let base = 0;
  let depth = 0;
  let deepest = 0;
  let found = false;
  let trailing = false;
  let rootEnded = false;
  let started = false;

  /** The current chunk, one character a byte: V8 finds a character in a string faster than Node does in a buffer. */
  let text = "";
  let inString = false;
  /** The string's last bytes so far were an odd number of backslashes. */
  let escaped = false;

  /** How many leading names of the path the open containers match. */
  let matched = 0;
  /** Text of the latest string at a depth where names matter, until a colon makes it a name. */
  let keyParts: Buffer[] | null = null;
  let keyBytes = 0;
  let lastString: string | null = null;
  let name: string | null = null;

  /** Depth of the array whose elements are wanted; 0 outside. */
  let arrayDepth = 0;
  let index = 0;
  /** The element being collected; `kind` "other" is a scalar or array, which is only skipped. */
  let element: { offset: number; kind: "object" | "nested" | "scalar" } | null = null;
  let parts: Buffer[] = [];
  let held = 0;
  /** Where in the current chunk the part of the element begins that is not yet held. */
  let pieceStart = 0;
  let containers = 0;
  let fault: ArrayElement["fault"] = null;

  let besideName: string | null = null;
  let besideParts: Buffer[] = [];
  let besideBytes = 0;

  function open(at: number, kind: "object" | "nested" | "scalar"): void {
    element = { offset: base + at, kind };
    parts = [];
    held = 0;
    containers = 0;
    pieceStart = at;
    fault = kind === "object" ? null : "no_object";
  }

  function hold(piece: Buffer): void {
    held += piece.length;
    // SECURITY: an element beyond the limit is let go at once, not when it ends.
    if (fault === null && held > maxElementBytes) fault = "too_large";
    if (fault !== null) parts = [];
    else parts.push(piece);
  }

  function close(chunk: Buffer, end: number, out: ArrayElement[]): void {
    hold(chunk.subarray(pieceStart, end));
    const { offset } = element!;
    const bytes = fault !== null ? null : parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
    out.push({ index: index++, offset, length: base + end - offset, bytes, fault });
    element = null;
    parts = [];
  }

  /** @returns position after the string's closing quote, or the chunk's length when it goes on */
  function skipString(chunk: Buffer, from: number): number {
    const length = chunk.length;
    let at = from;
    if (escaped) {
      escaped = false;
      at++;
    }
    for (;;) {
      // Most strings are short: a call out of JavaScript costs more than looking at a few bytes.
      const near = Math.min(length, at + nearBytes);
      while (at < near) {
        const byte = chunk[at]!;
        if (byte === quote) {
          inString = false;
          return at + 1;
        }
        at += byte === backslash ? 2 : 1;
      }
      if (at >= length) {
        escaped = at > length;
        return length;
      }
      const end = text.indexOf('"', at);
      const stop = end < 0 ? length : end;
      let slashes = 0;
      while (stop - 1 - slashes >= at && chunk[stop - 1 - slashes] === backslash) slashes++;
      const odd = slashes % 2 === 1;
      if (end < 0) {
        escaped = odd;
        return length;
      }
      at = end + 1;
      if (!odd) {
        inString = false;
        return at;
      }
    }
  }

  const namesMatter = () => arrayDepth === 0 && depth === matched + 1;

  function collectKey(piece: Buffer): void {
    keyBytes += piece.length;
    if (keyBytes <= maxKeyBytes) keyParts!.push(Buffer.from(piece));
  }

  function endKey(): void {
    lastString = null;
    if (keyBytes <= maxKeyBytes) {
      try {
        const text: unknown = JSON.parse(`"${Buffer.concat(keyParts!).toString("latin1").slice(0, -1)}"`);
        lastString = typeof text === "string" ? text : null;
      } catch {
        lastString = null;
      }
    }
    keyParts = null;
  }

  /** Everything outside the wanted array. @returns position after what was consumed */
  function scanOutside(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at]!;
      if (byte <= 0x20) {
        at++;
        continue;
      }
      if (rootEnded) {
        trailing = true;
        return chunk.length;
      }
      if (byte === quote) {
        inString = true;
        if (namesMatter()) {
          keyParts = [];
          keyBytes = 0;
        }
        return at + 1;
      }
      if (byte === 0x7b || byte === 0x5b) {
        started = true;
        depth++;
        if (depth > deepest) deepest = depth;
        if (depth === matched + 2 && name === path[matched]) {
          matched++;
          if (matched === path.length && byte === 0x5b) {
            arrayDepth = depth;
            found = true;
            return at + 1;
          }
          if (byte === 0x5b || matched === path.length) matched--;
        } else if (depth === path.length + 1 && matched === path.length - 1 && byte === 0x7b && besideName === null) {
          if (name !== null && options.beside?.includes(name)) {
            besideName = name;
            besideParts = [];
            besideBytes = 0;
            name = null;
            return at + 1;
          }
        }
        name = null;
      } else if (byte === 0x7d || byte === 0x5d) {
        depth--;
        if (matched > 0 && depth < matched + 1) matched = Math.max(0, depth - 1);
        if (depth <= 0) rootEnded = true;
        name = null;
      } else if (byte === 0x3a) {
        if (namesMatter()) name = lastString;
      } else if (byte === 0x2c) {
        if (namesMatter()) name = null;
      } else if (depth === 0 && !(at + base < 3 && (byte === 0xef || byte === 0xbb || byte === 0xbf))) {
        started = true;
        trailing = true;
      }
      at++;
      if (besideName !== null && depth <= path.length) return at;
    }
    return at;
  }

  /** Between elements and inside them. @returns position after what was consumed */
  function scanArray(chunk: Buffer, from: number, out: ArrayElement[]): number {
    const length = chunk.length;
    let at = from;
    while (at < length) {
      const byte = chunk[at]!;
      if (element === null) {
        if (byte <= 0x20 || byte === 0x2c) {
          at++;
        } else if (byte === 0x5d) {
          depth--;
          arrayDepth = 0;
          matched = path.length - 1;
          name = null;
          return at + 1;
        } else {
          open(at, byte === 0x7b ? "object" : byte === 0x5b ? "nested" : "scalar");
          at++;
          if (byte === quote) {
            inString = true;
            return at;
          }
          if (byte === 0x7b || byte === 0x5b) deepen();
        }
      } else if (byte === quote) {
        inString = true;
        at = skipString(chunk, at + 1);
      } else if (byte === 0x7b || byte === 0x5b) {
        if (element.kind === "scalar" && depth === arrayDepth) {
          close(chunk, at, out);
        } else {
          deepen();
          at++;
        }
      } else if (byte === 0x7d || byte === 0x5d) {
        if (depth > arrayDepth) {
          depth--;
          at++;
          if (depth === arrayDepth) close(chunk, at, out);
        } else if (byte === 0x5d) {
          close(chunk, at, out);
        } else {
          at++;
        }
      } else if (byte === 0x2c && depth === arrayDepth) {
        close(chunk, at, out);
      } else {
        at++;
      }
    }
    return at;
  }

  function deepen(): void {
    depth++;
    if (depth > deepest) deepest = depth;
    if (fault !== null) return;
    if (depth - arrayDepth > maxDepth) fault = "too_deep";
    else if (++containers > maxContainers) fault = "too_many_parts";
  }

  function scanString(chunk: Buffer, from: number): number {
    const at = skipString(chunk, from);
    if (keyParts !== null) {
      collectKey(chunk.subarray(from, at));
      if (!inString) endKey();
    }
    return at;
  }

  return {
    push(chunk) {
      const out: ArrayElement[] = [];
      text = chunk.toString("latin1");
      pieceStart = 0;
      let at = 0;
      while (at < chunk.length) {
        const from = at;
        const wasBeside = besideName !== null;
        if (inString) at = scanString(chunk, at);
        else if (arrayDepth > 0) at = scanArray(chunk, at, out);
        else at = scanOutside(chunk, at);
        if (besideName !== null) keepBeside(chunk.subarray(wasBeside ? from : at - 1, at));
      }
      // A copy: the caller may reuse the chunk's memory.
      if (element !== null) hold(fault === null ? Buffer.from(chunk.subarray(pieceStart)) : chunk.subarray(pieceStart));
      base += chunk.length;
      text = "";
      return out;
    },
    end: () => ({
      cut: started && !rootEnded,
      cutElement: element === null ? null : index,
      found,
      trailing,
      deepest,
    }),
  };

  function keepBeside(piece: Buffer): void {
    besideBytes += piece.length;
    if (besideBytes <= maxBesideBytes) besideParts.push(Buffer.from(piece));
    if (depth > path.length || inString) return;
    if (besideBytes <= maxBesideBytes) options.onBeside?.(besideName!, Buffer.concat(besideParts).toString("utf8"));
    besideName = null;
    besideParts = [];
  }
}
