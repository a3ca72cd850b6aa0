import type { ParsedCode } from "./parse-code.ts";
import type { SyntaxNode } from "./syntax-node.ts";

/**
 * One token of SQL in the dialects' common lexis: comments, strings ('…', N'…', E'…', with doubled quotes), quoted names ("…", `…`, […]),
 * variables (@x, :x, $1), dollar quotes as bare marks so that a function's body is read as statements, words, numbers, operators.
 */
const token =
  /(?<comment>--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>[NnEe]?'(?:[^'\\]|''|\\.)*(?:'|$))|(?<identifier>"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]\n]{0,127}\])|(?<mark>\$\w*\$|;)|(?<variable>(?:@@?|:)[A-Za-z_]\w*|\$\d+)|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_][\w$]*)|(?<operator>\|\||<>|[<>!:]=|[^\s\w])/g;

const verbs =
  /^(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|GRANT|REVOKE|EXEC|EXECUTE|SET|DECLARE|BEGIN|END|IF|ELSE|WITH|MERGE|TRUNCATE|PREPARE|DEALLOCATE|CALL|RETURN|RETURNS|USE|LOAD|COPY|COMMIT|ROLLBACK|LOOP|FOR|WHILE|OPEN|FETCH|CLOSE|RAISE|PRINT|BACKUP|RESTORE|GO|AS|LANGUAGE|DELIMITER|RECONFIGURE|ATTACH|PRAGMA|EXCEPTION|WHEN|CASE|PERFORM|EXPLAIN|REPLACE|FLUSH|DO|COMMENT|LEAVE|THROW|TRY|ANALYZE|SHOW|DENY|OUTPUT)$/i;

/** What may only follow another statement or stand in a declaration. */
const inner = /^(?:[A-Za-z_]\w*|:?=)$/;

/**
 * Reads SQL as statements of tokens: tolerant of every dialect, since none of the grammars reads T-SQL, PL/pgSQL, PL/SQL and MySQL alike.
 * `unread` is the share of the text in statements that start as none does.
 */
export function parseSql(source: string): ParsedCode {
  const root: SyntaxNode = {
    type: "sql",
    field: null,
    start: 0,
    end: source.length,
    parent: null,
    children: [],
    source,
  };
  let lost = 0;
  let tokens: { type: string; start: number; end: number }[] = [];
  let hasVerb = false;
  const endStatement = () => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first === undefined || last === undefined) return;
    const statement: SyntaxNode = {
      type: "statement",
      field: null,
      start: first.start,
      end: last.end,
      parent: root,
      children: [],
      source,
    };
    for (const each of tokens) {
      statement.children.push({ ...each, field: null, parent: statement, children: [], source });
    }
    root.children.push(statement);
    const word = source.slice(first.start, first.end);
    const second = tokens[1] === undefined ? "" : source.slice(tokens[1].start, tokens[1].end);
    if (verbs.test(word)) hasVerb = true;
    else if (!(hasVerb && inner.test(word) && /^(?::=|:|[A-Za-z_]\w*|\(|=)$/.test(second)))
      lost += last.end - first.start;
    tokens = [];
  };
  for (const match of source.matchAll(token)) {
    const groups = match.groups!;
    if (groups.comment !== undefined) continue;
    const start = match.index;
    const end = start + match[0].length;
    const isBatch =
      groups.word !== undefined &&
      /^GO$/i.test(groups.word) &&
      /(?:^|\n)[ \t]*$/.test(source.slice(Math.max(0, start - 40), start));
    if (groups.mark !== undefined || isBatch) {
      endStatement();
      continue;
    }
    const type = Object.keys(groups).find((name) => groups[name] !== undefined) ?? "operator";
    tokens.push({ type, start, end });
  }
  endStatement();
  return { root, unread: root.children.length === 0 ? 1 : Math.min(1, lost / Math.max(1, source.length)), cut: false };
}
