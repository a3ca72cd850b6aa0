import { tracedCallLength } from "../../../../shared/simulator.ts";
import { isSecretHeader, mask, maskText } from "../../evidence/secrets.ts";

/** What is kept of a statement, a path or arguments, characters. */
const longestKept = 200;

/** What may be the beginning of a secret where a text is cut: an open value of JSON or XML, else the last word. */
const cutEnd = /(?:"\s*:\s*"(?:[^"\\]|\\.)*|<[\w.:-]{1,100}>[^<]*|\S*)…$/;

/** A header as an argument of a program: `-H 'Cookie: …'`. */
const quotedHeader = /(["'])([\w-]{1,100}:[ \t](?:(?!\1).)*)/g;
/** A header as a member of JSON. */
const headerMember = /("([\w-]{1,100})"\s*:\s*")((?:[^"\\]|\\.)*)/g;

/**
 * A text that an application put together, masked. It may hold headers after words of its own: each line, and each quoted text, counts as
 * the beginning of one.
 */
export function maskWritten(text: string): string {
  return mask(text).split("\n").map(maskLine).join("\n");
}

const maskLine = (line: string) =>
  mask(line)
    .replace(quotedHeader, (_, quote: string, header: string) => quote + mask(header))
    .replace(headerMember, (member, before: string, name: string) =>
      isSecretHeader(name) ? before + maskText : member,
    );

/**
 * A call of an application as it is kept: masked, then on one line, then shortened. SECURITY: in this order, since neither half of a
 * secret nor a header amid a line is told from other text.
 */
export function toShownCall(call: string): string {
  const isCut = call.length >= tracedCallLength && call.endsWith("…");
  const whole = isCut ? call.replace(cutEnd, "…") : call;
  const line = maskWritten(whole).replace(/\s+/g, " ").trim();
  return line.length > longestKept ? `${line.slice(0, longestKept - 1)}…` : line;
}
