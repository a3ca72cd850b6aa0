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
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > maxCanonicalDepth) refuse(`nested deeper than ${maxCanonicalDepth}`);
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse("a number that is not finite");
    return String(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return writeArray(value, depth);
  if (typeof value === "object") return writeObject(value, depth);
  return refuse(`a value of type ${typeof value}`);
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ",";
    text += write(values[i] === undefined ? null : values[i], depth + 1);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  let text = "{";
  // The default sort of strings compares UTF-16 units, which is what RFC 8785 section 3.2.3 asks for.
  for (const name of Object.keys(value).sort()) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${quote(name)}:${write(member, depth + 1)}`;
  }
  return `${text}}`;
}

/** Most texts are short and need no escape, which costs less to see than to have written. */
const plain = /^[ !#-[\]-~]{0,64}$/;

function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  // ECMAScript would escape a lone surrogate; RFC 8785 section 3.2.2.2 wants an error.
  if (!text.isWellFormed()) refuse("a lone surrogate");
  return JSON.stringify(text);
}

function refuse(what: string): never {
  throw new SentinelError("INPUT_INVALID", `Not canonical JSON: ${what}.`);
}
