import { type Exchange, renderRequest } from "../evidence/exchange.ts";

/**
 * The exchange with a stretch of its request replaced: in the target, one header's value or the body, as it stood on the wire.
 *
 * @param start, end UTF-16 offsets in the rendered request
 * @returns null when the stretch is in none of them
 */
export function replaceInRequest(exchange: Exchange, start: number, end: number, replacement: string): Exchange | null {
  const { text, targetStart, headerValueStarts, bodyStart } = renderRequest(exchange);
  const within = (from: number, part: string): string | null =>
    start >= from && end <= from + part.length
      ? text.slice(from, start) + replacement + text.slice(end, from + part.length)
      : null;
  const target = within(targetStart, exchange.target);
  if (target !== null) return { ...exchange, target };
  for (const [i, [name, value]] of (exchange.headers ?? []).entries()) {
    const edited = within(headerValueStarts[i]!, value);
    if (edited !== null) return { ...exchange, headers: exchange.headers!.with(i, [name, edited]) };
  }
  const body = exchange.body === null ? null : within(bodyStart, exchange.body);
  return body === null ? null : { ...exchange, body };
}
