/** Bounds of what evidence may claim: beyond them a number is no measure, and would overflow sums, tables or the wire. */
const earliest = Date.parse("1970-01-01T00:00:00.000Z");
const latest = Date.parse("2199-12-31T23:59:59.999Z");
/** A little over thirty years. */
const longestMs = 1e12;

/**
 * Epoch milliseconds within the years 1970 to 2199; else null. A machine without a clock counts from 1970; what writes the
 * year 1 has no time at all. A bar of a timeline over any such times begins and ends in a year of four digits.
 */
export function instantWithin(ms: number): number | null {
  return ms >= earliest && ms <= latest ? ms : null;
}

/** A status code of HTTP (RFC 9110 section 15). Null for what is none. */
export function statusOf(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 999 ? value : null;
}

/**
 * Epoch milliseconds of a Unix time in seconds, milliseconds, microseconds or nanoseconds, told apart by its size: each covers the
 * years 1973 to 5138. Null for what is none.
 */
export function epochOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,20}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !(number > 0)) return null;
  const ms = number < 1e11 ? number * 1000 : number < 1e14 ? number : number < 1e17 ? number / 1000 : number / 1e6;
  return instantWithin(Math.round(ms));
}

/** Milliseconds, at least 0; null for what is no duration. */
export function millisOf(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= longestMs ? value : null;
}

/** A number of bytes, a whole number; null for what is none. */
export function bytesOf(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : null;
}
