/**
 * The one JSON text of a value: members sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them. What is
 * hashed or signed is this text as UTF-8. Source: RFC 8785 (JSON Canonicalization Scheme).
 *
 * Members whose value is `undefined` are left out, as `JSON.stringify` does.
 *
 * @throws TypeError for what JSON cannot say (NaN, infinity, bigint, functions, class instances), for a lone surrogate
 *   (section 3.2.2.2) and for nesting deeper than 500
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

const maxDepth = 500;

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new TypeError(`JSON nested deeper than ${maxDepth} levels.`);
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no JSON number.`);
      return String(Object.is(value, -0) ? 0 : value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
      return writeObject(value, depth);
    default:
      throw new TypeError(`A ${typeof value} is no JSON value.`);
  }
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("A lone surrogate is no JSON text.");
  return JSON.stringify(text);
}

function writeObject(object: object, depth: number): string {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError("A class instance is no JSON value.");
  const members = object as Record<string, unknown>;
  const parts: string[] = [];
  // Array.prototype.sort without a comparator orders by UTF-16 code units, as section 3.2.3 asks.
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) parts.push(`${writeString(name)}:${write(member, depth + 1)}`);
  }
  return `{${parts.join(",")}}`;
}
