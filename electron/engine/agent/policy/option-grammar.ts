/** What a word of a command is. */
export type OperandKind = "path" | "word" | "folder";

/**
 * How a program's words are read: which options it may be given, and what stands beside them. Whatever is not listed is refused.
 */
export interface ProgramGrammar {
  /** Short options without a value, one letter each: `-l`, also together, `-la`. */
  readonly flags?: string;
  /** Short options with a value, in the same word or the next: `-n 5`, `-n5`. What the value must look like. */
  readonly values?: Readonly<Record<string, RegExp>>;
  /** Long options without a value. */
  readonly longFlags?: readonly string[];
  /** Long options with a value behind `=`. */
  readonly longValues?: Readonly<Record<string, RegExp>>;
  /** Further words that are options as they stand: `-10`. */
  readonly others?: RegExp;
  /** What words that are no options are, in their order; the last goes on. */
  readonly operands: readonly OperandKind[];
  readonly least?: number;
  readonly most?: number;
  /** Words that are looked at by hand, once the options are read: the reason that they are refused, or null. */
  readonly check?: (operands: readonly string[], options: readonly string[]) => string | null;
  /** Whether the words are read by a grammar of their own. */
  readonly read?: (words: readonly string[]) => Reading | string;
}

/** A command's words, read. */
export interface Reading {
  readonly options: readonly string[];
  /** Operands that are paths, whatever is done to them. */
  readonly paths: readonly { readonly text: string; readonly operation: "read" | "write" | "delete" | "list" }[];
}

/**
 * Reads a program's words by its grammar (GNU's conventions: options anywhere, `--` ends them).
 *
 * @returns operands and options, or why not in words
 */
export function readOptions(
  words: readonly string[],
  grammar: ProgramGrammar,
): { options: string[]; operands: string[] } | string {
  const options: string[] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (word === "-") return "It would read its standard input.";
    if (grammar.others?.test(word)) {
      options.push(word);
    } else if (word.startsWith("--")) {
      const refusal = refuseLong(word, grammar);
      if (refusal !== null) return refusal;
      options.push(word);
    } else if (word.startsWith("-")) {
      const taken = readShort(word, words[i + 1], grammar);
      if (typeof taken === "string") return taken;
      options.push(word, ...words.slice(i + 1, i + 1 + taken));
      i += taken;
    } else operands.push(word);
  }
  const { least = 0, most = Number.POSITIVE_INFINITY } = grammar;
  if (operands.length < least) return "It lacks an operand.";
  if (operands.length > most) return "It has too many operands.";
  return { options, operands };
}

function refuseLong(word: string, { longFlags = [], longValues = {} }: ProgramGrammar): string | null {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  // Abbreviations, which GNU programs take, are not: what is refused must not be reached by another spelling.
  if (value === undefined) return longFlags.includes(name) ? null : `The option --${name} is not allowed.`;
  const wanted = Object.hasOwn(longValues, name) ? longValues[name] : undefined;
  if (wanted === undefined) return `The option --${name} is not allowed.`;
  return wanted.test(value) ? null : `The value of --${name} is not allowed.`;
}

/** @returns how many of the following words belong to it, or why not */
function readShort(
  word: string,
  next: string | undefined,
  { flags = "", values = {} }: ProgramGrammar,
): number | string {
  for (let k = 1; k < word.length; k++) {
    const letter = word[k]!;
    const wanted = Object.hasOwn(values, letter) ? values[letter] : undefined;
    if (wanted !== undefined) {
      const rest = word.slice(k + 1);
      const value = rest === "" ? next : rest;
      if (value === undefined) return `The option -${letter} lacks its value.`;
      return wanted.test(value) ? (rest === "" ? 1 : 0) : `The value of -${letter} is not allowed.`;
    }
    if (!flags.includes(letter)) return `The option -${letter} is not allowed.`;
  }
  return 0;
}
