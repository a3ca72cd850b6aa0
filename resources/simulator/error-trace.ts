/** What the inside of an application looks like when it tells of a failure, by language. */
const traces: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    "a stack trace of Node",
    /\bat [^\n]{1,200}\((?:file:\/\/|node:|\/|[A-Z]:\\)[^\n)]{1,300}:\d+:\d+\)|\bat (?:file:\/\/|\/)[^\n]{1,300}:\d+:\d+/,
  ],
  ["a stack trace of Python", /Traceback \(most recent call last\):/],
  ["a stack trace of Java", /\bat [\w$.]{3,200}\([\w$]{1,100}\.(?:java|kt|scala):\d+\)/],
  [
    "a stack trace of PHP",
    /(?:Fatal error|Warning|Uncaught [\w\\]{1,80}): [^\n]{1,300} in (?:\/|[A-Z]:\\)[^\n]{1,300} on line \d+|#0 \/[^\n]{1,300}\(\d+\)/,
  ],
  ["a stack trace of .NET", /\bat [\w.`<>]{3,200}\([^\n)]{0,200}\) in [^\n]{1,300}:line \d+/],
  ["a stack trace of Ruby", /\/[\w./-]{1,200}\.rb:\d+:in [`']/],
  ["a stack trace of Go", /goroutine \d+ \[running\]:/],
  [
    "an error of its database",
    /SqliteError|SQLITE_ERROR|near "[^"\n]{0,80}": syntax error|You have an error in your SQL syntax|ORA-\d{5}|PG::|unterminated quoted string|SQLSTATE\[|Unclosed quotation mark/,
  ],
];

/** What of its inside a response tells, with the line that does; null: nothing. */
export function findErrorTrace(body: string): { readonly what: string; readonly line: string } | null {
  // Pages escape what they show.
  const text = body
    .slice(0, 200_000)
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replace(/&(lt|gt|amp|quot);/g, (_, name: string) => ({ lt: "<", gt: ">", amp: "&", quot: '"' })[name] ?? "");
  for (const [what, pattern] of traces) {
    const match = pattern.exec(text);
    if (match !== null) return { what, line: match[0].slice(0, 400) };
  }
  return null;
}
