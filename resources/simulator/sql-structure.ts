/** A token of a statement, with where it stands (UTF-16 offsets). */
export interface SqlToken {
  /** `string`, `number`, `comment`, `name`, `word` (a bare word: keyword or identifier), `sign`, `broken`: a quote that is never closed. */
  readonly kind: "string" | "number" | "comment" | "name" | "word" | "sign" | "broken";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const token =
  /(?<comment>--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*"|`[^`]*`|\[[^\]\n]*\])|(?<broken>['"`[][\s\S]*$)|(?<number>0x[0-9a-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)|(?<word>[\p{L}_@$:?][\p{L}\p{N}_@$]*)|(?<sign>[^\s])/giuy;

/** Tokens of a statement in the common dialects; space between them is passed over. Linear in its length. */
export function tokenizeSql(statement: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < statement.length) {
    token.lastIndex = at;
    const match = token.exec(statement);
    if (match === null) {
      at += 1;
      continue;
    }
    const [kind, text] = Object.entries(match.groups!).find(([, value]) => value !== undefined)!;
    tokens.push({ kind: kind as SqlToken["kind"], text, start: match.index, end: match.index + text.length });
    at = match.index + text.length;
  }
  return tokens;
}

/** A statement with its literals taken out: two that differ in values only have the same. */
export function sqlStructure(statement: string): string {
  return tokenizeSql(statement)
    .map(({ kind, text }) => {
      if (kind === "string") return "'…'";
      if (kind === "number") return "0";
      if (kind === "comment" || kind === "broken") return `<${kind}>`;
      return text.toUpperCase();
    })
    .join(" ");
}

/** Whether a value stands in a statement and is more than one literal of it; null: it does not stand there as it was sent. */
export function breaksOut(statement: string, forms: readonly string[]): boolean | null {
  const tokens = tokenizeSql(statement);
  let found: boolean | null = null;
  for (const form of forms) {
    for (let at = statement.indexOf(form); form !== "" && at >= 0; at = statement.indexOf(form, at + 1)) {
      const end = at + form.length;
      const held = tokens.some(
        (one) => (one.kind === "string" || one.kind === "number") && one.start <= at && end <= one.end,
      );
      if (!held) return true;
      found = false;
    }
  }
  return found;
}
