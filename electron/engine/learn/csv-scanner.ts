/** One record of a CSV file, or why there is none. */
export interface CsvRecord {
  /** Line that it begins on, from 1. */
  readonly line: number;
  /** Null: see `fault`. */
  readonly cells: readonly string[] | null;
  readonly fault: "open_quote" | "text_behind_quote" | "too_long" | null;
}

export interface CsvScanner {
  /** @returns records that this text completed, in order */
  push(text: string): CsvRecord[];
  /** @returns what the end of the file completes */
  end(): CsvRecord[];
}

type Step =
  | { readonly kind: "record"; readonly cells: string[]; readonly next: number }
  | { readonly kind: "fault"; readonly fault: NonNullable<CsvRecord["fault"]> }
  | { readonly kind: "more" };

/**
 * Records of a CSV file while its text streams by. A fault costs its line alone: after a quote that is never closed, reading goes on
 * with the next line, where others would take the rest of the file for one cell. Attacks are full of quotes.
 * Source: RFC 4180; a quote within a cell that does not begin with one stands for itself.
 *
 * @param delimiter one character
 * @param mostCharacters of one record
 */
export function createCsvScanner(delimiter: string, mostCharacters: number): CsvScanner {
  let rest = "";
  let line = 1;

  /** A record from the beginning of `rest`. */
  function read(from: number, isEnd: boolean): Step {
    const cells: string[] = [];
    for (let at = from; ; ) {
      let cell = "";
      if (rest[at] === '"') {
        at++;
        for (;;) {
          const close = rest.indexOf('"', at);
          if (close < 0) return isEnd ? { kind: "fault", fault: "open_quote" } : { kind: "more" };
          cell += rest.slice(at, close);
          at = close + 1;
          if (rest[at] !== '"') break;
          cell += '"';
          at++;
        }
        // Whether another quote follows, or a line feed behind the return, is told by what comes next.
        if (at >= rest.length && !isEnd) return { kind: "more" };
      } else {
        const start = at;
        while (at < rest.length && rest[at] !== delimiter && rest[at] !== "\n" && rest[at] !== "\r") at++;
        if (at >= rest.length && !isEnd) return { kind: "more" };
        cell = rest.slice(start, at);
      }
      cells.push(cell);
      const stop = rest[at];
      if (stop === delimiter) at++;
      else if (stop === undefined) return { kind: "record", cells, next: at };
      else if (stop === "\n") return { kind: "record", cells, next: at + 1 };
      else if (stop === "\r") {
        if (at + 1 >= rest.length && !isEnd) return { kind: "more" };
        return { kind: "record", cells, next: rest[at + 1] === "\n" ? at + 2 : at + 1 };
      } else return { kind: "fault", fault: "text_behind_quote" };
    }
  }

  /** Where the line after the one at `from` begins; -1: it has not come yet. */
  function nextLine(from: number, isEnd: boolean): number {
    const end = rest.indexOf("\n", from);
    return end >= 0 ? end + 1 : isEnd ? rest.length : -1;
  }

  function take(isEnd: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < rest.length) {
      let step = read(at, isEnd);
      if (step.kind === "more") {
        if (rest.length - at <= mostCharacters) break;
        step = { kind: "fault", fault: "too_long" };
      }
      if (step.kind === "record" && step.next - at > mostCharacters) step = { kind: "fault", fault: "too_long" };
      if (step.kind === "record") {
        const isBlank = step.cells.length === 1 && step.cells[0] === "";
        if (!isBlank) records.push({ line, cells: step.cells, fault: null });
        line += countLines(rest, at, step.next);
        at = step.next;
        continue;
      }
      const next = nextLine(at, isEnd);
      if (next < 0) {
        // The line itself is longer than a record may be: it is let go as it comes.
        if (rest.length - at > 2 * mostCharacters) rest = rest.slice(0, at) + rest.slice(rest.length - 1);
        break;
      }
      records.push({ line, cells: null, fault: step.fault });
      line++;
      at = next;
    }
    rest = rest.slice(at);
    return records;
  }

  return {
    push(text) {
      rest += text;
      return take(false);
    },
    end: () => take(true),
  };
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  // Returns alone end lines, too, where no line feeds do.
  return count === 0 && to > from && text[to - 1] === "\r" ? 1 : count;
}
