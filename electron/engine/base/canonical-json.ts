import { SentinelError } from "../../../shared/errors.ts";

/** Deepest nesting that is canonicalised; deeper input is refused rather than risking the stack. */
export const maxCanonicalDepth = 512;

/**
 * JSON Canonicalization Scheme: no white space, members sorted by the UTF-16 units of their names, numbers and strings as
 * ECMAScript serialises them. Members whose value is `undefined` are left out, as `JSON.stringify` does.
 * Source: RFC 8785.
 *
 * @param value plain JSON data (I-JSON, RFC 7493)
 * @returns the canonical text; its UTF-8 bytes are what is hashed and signed
 * @throws SentinelError INPUT_INVALID for what I-JSON cannot hold: lone surrogates, NaN, infinities, functions, nesting beyond 512
 */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  write(value, parts, 0);
  return parts.join("");
}

function write(value: unknown, parts: string[], depth: number): void {
  if (depth > maxCanonicalDepth) refuse(`nested deeper than ${maxCanonicalDepth}`);
  if (typeof value === "string") {
    parts.push(quote(value));
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse("a number that is not finite");
    parts.push(JSON.stringify(value));
  } else if (value === null || typeof value === "boolean") {
    parts.push(String(value));
  } else if (Array.isArray(value)) {
    parts.push("[");
    for (let i = 0; i < value.length; i++) {
      if (i > 0) parts.push(",");
      write(value[i] === undefined ? null : value[i], parts, depth + 1);
    }
    parts.push("]");
  } else if (typeof value === "object") {
    writeObject(value, parts, depth);
  } else {
    refuse(`a value of type ${typeof value}`);
  }
}

function writeObject(value: object, parts: string[], depth: number): void {
  parts.push("{");
  let first = true;
  // The default sort of strings compares UTF-16 units, which is what RFC 8785 section 3.2.3 asks for.
  for (const name of Object.keys(value).sort()) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    parts.push(first ? "" : ",", quote(name), ":");
    first = false;
    write(member, parts, depth + 1);
  }
  parts.push("}");
}

function quote(text: string): string {
  // ECMAScript would escape a lone surrogate; RFC 8785 section 3.2.2.2 wants an error.
  if (!text.isWellFormed()) refuse("a lone surrogate");
  return JSON.stringify(text);
}

function refuse(what: string): never {
  throw new SentinelError("INPUT_INVALID", `Not canonical JSON: ${what}.`);
}
