import type { Language } from "./languages.ts";
import type { Weakness } from "./weaknesses.ts";

/** What is asked of a value. All that is given must hold. */
export interface ValueTest {
  /** `built`: put together from fixed text and parts that are not; `open`: not fixed; `input`: from a request or user; `risky`: built or input; `fixed`: known. */
  readonly is?: "built" | "open" | "input" | "risky" | "fixed";
  /** Its fixed parts, read through names, hold this. */
  readonly text?: RegExp;
  /** They do not hold this. */
  readonly not?: RegExp;
  /** Its source text, as written, holds this. */
  readonly source?: RegExp;
  /** Its source text does not hold this. */
  readonly sourceNot?: RegExp;
}

/** Which argument: its place from 0, its name, any of them, or the last. A test of a named one that is absent fails. */
export interface ArgumentTest extends ValueTest {
  readonly arg: number | string | "any" | "last";
  /** Holds where there is no such argument; nothing else is asked. */
  readonly absent?: true;
}

/** What a rule looks for in a tree. */
export type Pattern =
  /** A call, object creation, macro or shell command by the name of what is called. */
  | { readonly call: RegExp; readonly where?: readonly ArgumentTest[]; readonly text?: RegExp; readonly not?: RegExp }
  /** An assignment, default or named value by the name that is given one. */
  | { readonly assign: RegExp; readonly value?: ValueTest }
  /** Nodes of a grammar by type and text. */
  | { readonly node: RegExp; readonly text?: RegExp; readonly not?: RegExp; readonly value?: ValueTest };

/** One rule: data, with the two examples that are its test. */
export interface CodeRule {
  /** `language.name`, unique. */
  readonly id: string;
  readonly language: Language;
  readonly weakness: Weakness;
  /** What stands there, in words; else what the weakness says. */
  readonly message?: string;
  /** One of these is found. */
  readonly find: readonly Pattern[];
  /** The function around it, without comments, holds this. */
  readonly when?: RegExp;
  /** The function around it, without comments, does not hold this. */
  readonly unless?: RegExp;
  /** The whole piece of code, without comments, does not hold this. */
  readonly unlessAnywhere?: RegExp;
  /** A check of the value in the same function (a list of what is allowed, a pattern) does not make it harmless. */
  readonly ignoresChecks?: true;
  /** Code in which it is found. */
  readonly insecure: string;
  /** The same, mended: no rule of the language finds anything. */
  readonly secure: string;
}

/** Rules of a language as they are written: the language is added to each. */
export type WrittenRule = Omit<CodeRule, "language" | "id"> & { readonly name: string };

export function rulesFor(language: Language, written: readonly WrittenRule[]): CodeRule[] {
  return written.map(({ name, ...rule }) => ({ id: `${language}.${name}`, language, ...rule }));
}
