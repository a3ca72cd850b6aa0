import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type TreeSitter from "@vscode/tree-sitter-wasm";
import type { Language } from "./languages.ts";
import { parseSql } from "./parse-sql.ts";
import type { SyntaxNode } from "./syntax-node.ts";

/** A parsed piece of code. */
export interface ParsedCode {
  readonly root: SyntaxNode;
  /** Share of the text that the grammar could not place, in [0, 1]. */
  readonly unread: number;
  /** True when a bound (time, nodes) ended the reading. */
  readonly cut: boolean;
}

export interface CodeParser {
  /** @param deadline of `performance.now()` */
  parse(code: string, language: Language, deadline: number): ParsedCode;
  /** The parser's memory is spoilt by some text: load another. Until then all code counts as not read. */
  isBroken(): boolean;
}

/** Brackets within brackets that are read: the grammars recurse, and their stack ends at some thousands. */
const deepestNesting = 400;

const grammars: Readonly<Record<Exclude<Language, "sql">, string>> = {
  python: "python",
  javascript: "tsx",
  java: "java",
  c: "cpp",
  php: "php",
  ruby: "ruby",
  go: "go",
  rust: "rust",
  csharp: "c-sharp",
  shell: "bash",
};

/** Nodes of one tree; 200 KB of dense code have about half as many. */
const mostNodes = 200_000;
/** Macros whose arguments are expressions: read as calls, their arguments are seen. */
const macro =
  /\b(format|print|println|eprint|eprintln|write|writeln|panic|assert|assert_eq|debug|info|warn|error|trace|format_args|bail|anyhow)!\(/g;
const phpTag = "<?php ";

/**
 * Loads the grammars into memory of their own. Rejects where a file of them is missing or broken.
 * @returns a parser that is bounded by a deadline and throws nothing
 */
export async function loadParser(): Promise<CodeParser> {
  const require = createRequire(import.meta.url);
  const path = require.resolve("@vscode/tree-sitter-wasm");
  // The package keeps one instance of its program for each copy of itself; a spoilt one is left behind.
  delete require.cache[path];
  const treeSitter: typeof TreeSitter = require(path);
  const folder = dirname(path);
  await treeSitter.Parser.init({ locateFile: (file: string) => join(folder, file) });
  const load = async ([language, file]: [string, string]) =>
    [language, await treeSitter.Language.load(readFileSync(join(folder, `tree-sitter-${file}.wasm`)))] as const;
  const loaded = new Map(await Promise.all(Object.entries(grammars).map(load)));
  const typescript = await treeSitter.Language.load(readFileSync(join(folder, "tree-sitter-typescript.wasm")));
  const parser = new treeSitter.Parser();
  let isBroken = false;

  const parseWith = (
    code: string,
    grammar: InstanceType<typeof TreeSitter.Language>,
    deadline: number,
    read = code,
  ): ParsedCode => {
    parser.setLanguage(grammar);
    // The callback's answer stops the parser, which its declaration does not say.
    const stop = () => performance.now() > deadline;
    const tree = parser.parse(read, null, { progressCallback: stop });
    if (tree === null) {
      parser.reset();
      return { root: emptyRoot(code), unread: 1, cut: true };
    }
    try {
      return copyTree(tree.walk(), code, deadline);
    } finally {
      tree.delete();
    }
  };
  const parseAny = (code: string, language: Language, deadline: number): ParsedCode => {
    if (language === "sql") return parseSql(code);
    if (language === "rust") return parseWith(code, loaded.get("rust")!, deadline, code.replaceAll(macro, "$1 ("));
    if (language === "php" && !/<\?(?:php|=)/i.test(code))
      return unshift(parseWith(phpTag + code, loaded.get("php")!, deadline), code);
    const parsed = parseWith(code, loaded.get(language)!, deadline);
    // `<T>value` is a cast in TypeScript and an element in TSX.
    if (language !== "javascript" || parsed.unread === 0 || parsed.cut) return parsed;
    const cast = parseWith(code, typescript, deadline);
    return cast.unread < parsed.unread ? cast : parsed;
  };
  return {
    parse(code, language, deadline) {
      const notRead: ParsedCode = { root: emptyRoot(code), unread: 1, cut: true };
      if (isBroken || isTooDeep(code)) return notRead;
      try {
        return parseAny(code, language, deadline);
      } catch {
        // SECURITY: a text that breaks the parser is not read, which flags it; nothing more is asked of the broken one.
        isBroken = true;
        return notRead;
      }
    },
    isBroken: () => isBroken,
  };
}

function isTooDeep(code: string): boolean {
  let depth = 0;
  for (const sign of code) {
    if (sign === "(" || sign === "[" || sign === "{") depth++;
    else if (depth > 0 && (sign === ")" || sign === "]" || sign === "}")) depth--;
    if (depth > deepestNesting) return true;
  }
  return false;
}

function emptyRoot(source: string): SyntaxNode {
  return { type: "empty", field: null, start: 0, end: source.length, parent: null, children: [], source };
}

type Writable = { -readonly [K in keyof SyntaxNode]: SyntaxNode[K] };

/** Copies what is named into plain objects: each question to the parser's own memory costs more than the whole copy. */
function copyTree(
  cursor: ReturnType<InstanceType<typeof TreeSitter.Tree>["walk"]>,
  source: string,
  deadline: number,
): ParsedCode {
  const root: Writable = { ...emptyRoot(source), type: cursor.nodeType };
  let parent: SyntaxNode = root;
  let count = 0;
  let lost = 0;
  let isCut = false;
  const parents: SyntaxNode[] = [];
  let goesDown = cursor.gotoFirstChild();
  parents.push(root);
  while (parents.length > 0) {
    if (goesDown) {
      parent = parents.at(-1)!;
      const { startIndex: start, endIndex: end, nodeType: type } = cursor;
      if (++count > mostNodes || (count % 4096 === 0 && performance.now() > deadline)) {
        isCut = true;
        break;
      }
      const isError = type === "ERROR" || cursor.nodeIsMissing;
      if (isError) lost += Math.max(1, Math.min(end - start, 80));
      let node = parent;
      if (cursor.nodeIsNamed) {
        node = { type, field: cursor.currentFieldName, start, end, parent, children: [], source };
        parent.children.push(node);
      }
      if (cursor.gotoFirstChild()) {
        parents.push(node);
        continue;
      }
    }
    if (cursor.gotoNextSibling()) {
      goesDown = true;
    } else {
      parents.pop();
      goesDown = false;
      if (parents.length > 0 && !cursor.gotoParent()) break;
    }
  }
  cursor.delete();
  return { root, unread: Math.min(1, lost / Math.max(1, source.length)), cut: isCut };
}

/** Takes the tag that was set before the code out of all offsets. */
function unshift(parsed: ParsedCode, source: string): ParsedCode {
  const left: Writable[] = [parsed.root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    node.start = Math.max(0, node.start - phpTag.length);
    node.end = Math.max(0, node.end - phpTag.length);
    node.source = source;
    left.push(...node.children);
  }
  return parsed;
}
