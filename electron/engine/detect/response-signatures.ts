import type { PayloadClass } from "../../../shared/payload.ts";

/** Text of a response that tells that an attack got somewhere. */
interface Signature {
  /** Literal, in lower case, that every match contains: looked for first, since it is quick. */
  readonly literal: string;
  /** The whole sign; bounded repetitions only, so that matching stays linear. Looked for around the literal. */
  readonly pattern: RegExp;
  readonly outcome: "succeeded" | "likely_succeeded";
  readonly what: string;
  readonly classes: readonly PayloadClass[];
}

const reading: readonly PayloadClass[] = ["path_traversal", "command_injection", "xxe", "sql_injection"];
const running: readonly PayloadClass[] = ["command_injection", "sql_injection"];
const database: readonly PayloadClass[] = ["sql_injection"];

function sign(
  literal: string,
  pattern: RegExp,
  outcome: Signature["outcome"],
  what: string,
  classes: readonly PayloadClass[],
): Signature {
  return { literal, pattern, outcome, what, classes };
}

const sqlError = "a database's error message";

const signatures: readonly Signature[] = [
  sign(
    ":0:0:",
    /\broot:[^:\s]{0,40}:0:0:[^:\n]{0,80}:\/[\w/-]{0,40}:/i,
    "succeeded",
    "the system's list of users",
    reading,
  ),
  sign(
    "uid=",
    /\buid=\d{1,6}\([\w.-]{1,40}\) gid=\d{1,6}/i,
    "succeeded",
    "the output of a command that names the user",
    running,
  ),
  sign("[boot loader]", /\[boot loader\]/i, "succeeded", "the content of boot.ini", reading),
  sign("16-bit app support", /; for 16-bit app support/i, "succeeded", "the content of win.ini", reading),
  sign("-----begin ", /-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----/i, "succeeded", "a private key", reading),
  sign("localhost", /^127\.0\.0\.1[ \t]{1,40}localhost/im, "succeeded", "the content of a hosts file", reading),
  sign(
    "linux version ",
    /\bLinux version \d{1,3}\.\d{1,3}\.\d{1,5}\S{0,60} \(/i,
    "succeeded",
    "the kernel's version",
    reading,
  ),
  sign(
    "volume serial number",
    /Volume Serial Number is [0-9A-F]{4}-[0-9A-F]{4}/i,
    "succeeded",
    "the output of a directory listing",
    running,
  ),
  sign("directory of ", /^ ?Directory of [A-Z]:\\/im, "succeeded", "the output of a directory listing", running),
  sign(
    "drwx",
    /^drwx[rwxst-]{6}[.+@]?[ \t]{1,8}\d{1,5} [\w.-]{1,40} /im,
    "succeeded",
    "the output of a directory listing",
    running,
  ),
  sign(
    "path=/",
    /^(?:PATH=\/(?:usr|bin|opt|home)[^\n]{0,400})$/im,
    "likely_succeeded",
    "environment variables",
    reading,
  ),
  sign("<?php", /<\?php\s/i, "likely_succeeded", "source code", ["path_traversal"]),
  sign(
    "sql syntax",
    /You have an error in your SQL syntax|error in your sql syntax near/i,
    "likely_succeeded",
    sqlError,
    database,
  ),
  sign(
    "unclosed quotation mark",
    /Unclosed quotation mark after the character string/i,
    "likely_succeeded",
    sqlError,
    database,
  ),
  sign("quoted string not properly", /quoted string not properly terminated/i, "likely_succeeded", sqlError, database),
  sign("ora-", /\bORA-\d{5}:/, "likely_succeeded", sqlError, database),
  sign("sqlite", /sqlite3?[\w.:]{0,40}(?:error|exception)|SQLITE_ERROR/i, "likely_succeeded", sqlError, database),
  sign("unrecognized token", /unrecognized token: ?["'\\]/i, "likely_succeeded", sqlError, database),
  sign("syntax error", /near \\?"[^"\n]{1,60}": syntax error/i, "likely_succeeded", sqlError, database),
  sign("syntax error at or near", /syntax error at or near ["'\\]/i, "likely_succeeded", sqlError, database),
  sign(
    "unterminated quoted string",
    /unterminated quoted (?:string|identifier) at or near/i,
    "likely_succeeded",
    sqlError,
    database,
  ),
  sign("incorrect syntax near", /Incorrect syntax near ['"]/i, "likely_succeeded", sqlError, database),
  sign("sqlstate[", /SQLSTATE\[[0-9A-Z]{5}\]/, "likely_succeeded", sqlError, database),
  sign("mysql_fetch", /mysqli?_(?:fetch|num|query)[a-z_]{0,20}\(\)/i, "likely_succeeded", sqlError, database),
  sign(
    "number of columns",
    /SELECTs to the left and right of UNION do not have the same number|different number of columns/i,
    "likely_succeeded",
    sqlError,
    database,
  ),
  sign("xpath syntax error", /XPATH syntax error: ?['"]/i, "likely_succeeded", sqlError, database),
  sign(
    "sh: ",
    /\bsh: (?:\d{1,4}: |line \d{1,4}: )?[^\n:]{1,80}: (?:command )?not found/i,
    "likely_succeeded",
    "a shell's error message",
    ["command_injection"],
  ),
  sign(
    "is not recognized as an internal",
    /is not recognized as an internal or external command/i,
    "likely_succeeded",
    "a shell's error message",
    ["command_injection"],
  ),
];

/** Characters around a literal in which its pattern must match. */
const around = 600;
/** Hits of one literal that are looked at. */
const hitLimit = 20;

/** Error pages show messages escaped. */
function unescapeMarkup(text: string): string {
  if (!text.includes("&")) return text;
  return text
    .replace(/&(?:quot|#34|#x22);/gi, '"')
    .replace(/&(?:apos|#0?39|#x27);/gi, "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/**
 * The first sign of success of an attack of class `name` in a response body.
 *
 * @param payload readings of the payload: what it brought itself is no sign
 */
export function findSignature(
  body: string,
  name: PayloadClass,
  payload: readonly string[],
): { readonly outcome: "succeeded" | "likely_succeeded"; readonly what: string } | null {
  const lower = body.toLowerCase();
  for (const { literal, pattern, outcome, what, classes } of signatures) {
    if (!classes.includes(name)) continue;
    let at = lower.indexOf(literal);
    for (let hits = 0; at >= 0 && hits < hitLimit; hits++) {
      const match = pattern.exec(unescapeMarkup(body.slice(Math.max(0, at - around), at + around)));
      if (match !== null && !payload.some((text) => text.includes(match[0]))) return { outcome, what };
      at = lower.indexOf(literal, at + literal.length);
    }
  }
  return null;
}
