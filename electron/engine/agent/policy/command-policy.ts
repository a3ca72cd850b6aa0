import { resolve } from "node:path";
import { type Reading, readOptions } from "./option-grammar.ts";
import { decidePath, type PathOperation, type PathRoots } from "./path-policy.ts";
import { programs } from "./program-table.ts";
import { splitCommand } from "./split-command.ts";
import { refuseTree } from "./tree-policy.ts";

export type CommandDecision =
  | {
      readonly allowed: true;
      readonly rule: string;
      readonly reason: string;
      /** Program and words, for a start without a shell. Paths stand in it as they were given. */
      readonly argv: readonly [string, ...string[]];
      /** Every path in it, in full as it was given and as it really is. */
      readonly paths: readonly { readonly given: string; readonly real: string }[];
    }
  | { readonly allowed: false; readonly rule: string; readonly reason: string };

/** What programs that change something do to the last of their paths, and to the others. */
const effects: Readonly<Record<string, { last: PathOperation; others: PathOperation }>> = {
  ls: { last: "list", others: "list" },
  du: { last: "list", others: "list" },
  mkdir: { last: "write", others: "write" },
  touch: { last: "write", others: "write" },
  rm: { last: "delete", others: "delete" },
  cp: { last: "write", others: "read" },
  mv: { last: "write", others: "delete" },
};

/**
 * Whether a command may be run: only if every word of it is understood and allowed, and every path in it falls under the path policy.
 * Everything else is refused. What is allowed runs without a shell, in the sandbox.
 *
 * @returns rejects with the signal's reason
 */
export async function decideCommand(command: string, roots: PathRoots, signal: AbortSignal): Promise<CommandDecision> {
  const split = splitCommand(command);
  if ("rule" in split) return { allowed: false, ...split };
  const [program, ...words] = split.words as [string, ...string[]];
  const grammar = Object.hasOwn(programs, program) ? programs[program] : undefined;
  if (grammar === undefined) {
    return { allowed: false, rule: "program", reason: "Only the programs that are listed may be run." };
  }
  const read = grammar.read === undefined ? readPlainly(program, words) : grammar.read(words);
  if (typeof read === "string") return { allowed: false, rule: program, reason: read };
  const paths: { given: string; real: string }[] = [];
  for (const { text, operation } of read.paths) {
    const decision = decidePath(text, operation, roots);
    if (!decision.allowed) return { allowed: false, rule: `${program}: ${decision.rule}`, reason: decision.reason };
    paths.push({ given: resolve(roots.workspace, text.normalize("NFC")), real: decision.path });
    // SECURITY: what goes through a folder would read, copy or move what lies in it under names that are never touched.
    const below = isThrough(program, read.options)
      ? await refuseTree(decision.path, operation, roots, program === "diff", signal)
      : null;
    if (below !== null) return { allowed: false, rule: `${program}: ${below.rule}`, reason: below.reason };
  }
  return { allowed: true, rule: program, reason: "It is allowed as it stands.", argv: [program, ...words], paths };
}

/** Programs that read, copy or move whatever lies below a folder; those that only list names are not among them. */
function isThrough(program: string, options: readonly string[]): boolean {
  if (program === "grep" || program === "cp") return options.some((option) => /^-[^-]*[rR]/.test(option));
  // Without -r, too, it compares the files of two folders.
  return program === "mv" || program === "diff";
}

function readPlainly(program: string, words: readonly string[]): Reading | string {
  const grammar = programs[program]!;
  const read = readOptions(words, grammar);
  if (typeof read === "string") return read;
  const { operands, options } = read;
  const refusal = grammar.check?.(operands, options) ?? null;
  if (refusal !== null) return refusal;
  const { operands: kinds } = grammar;
  // A pattern given by -e takes the place of the first word.
  const shift = program === "grep" && options.some((option) => /^-[^-]*e/.test(option)) ? 1 : 0;
  const kindOf = (i: number) => kinds[Math.min(i + shift, kinds.length - 1)];
  const { last, others } = effects[program] ?? { last: "read", others: "read" };
  const found = operands.flatMap((text, i) => (kindOf(i) === "path" ? [text] : []));
  return {
    options,
    paths: found.map((text, i) => ({ text, operation: i === found.length - 1 ? last : others })),
  };
}
