import { tracedCallLength } from "../../../../shared/simulator.ts";
import { mask } from "../../evidence/secrets.ts";

/** What is kept of a statement, a path or arguments, characters. */
const longestKept = 200;

/** What may be the beginning of a secret where a text is cut: an open value of JSON or XML, else the last word. */
const cutEnd = /(?:"\s*:\s*"(?:[^"\\]|\\.)*|<[\w.:-]{1,100}>[^<]*|\S*)…$/;

/**
 * A text that an application put together, masked. It may hold a request after words of its own, of which only a line shows what a
 * header is: each line counts as the beginning of one.
 */
export function maskWritten(text: string): string {
  return mask(text)
    .split("\n")
    .map((line) => mask(line))
    .join("\n");
}

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
