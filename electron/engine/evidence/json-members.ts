/** Names and values of one JSON object as they stand in its text: a name that stands twice is there twice. */
export type JsonMembers = readonly (readonly [name: string, value: unknown])[];

/**
 * Members of an object inside a JSON text, repeated names included, which `JSON.parse` drops: ModSecurity writes repeated headers
 * as repeated names, and an attack must not hide behind one.
 *
 * @param text well-formed JSON: it was parsed before
 * @param path names from the root to the object; of a name that stands twice the last counts, as in `JSON.parse`
 * @param most members that are read at most
 * @returns null when there is no object
 */
export function membersAt(text: string, path: readonly string[], most: number): JsonMembers | null {
  let at = text.indexOf("{");
  for (const name of path) {
    let found = -1;
    for (const [key, start] of scanMembers(text, at)) if (key === name) found = start;
    if (found < 0 || text[found] !== "{") return null;
    at = found;
  }
  const members: [string, unknown][] = [];
  for (const [name, start, end] of scanMembers(text, at)) {
    if (members.length >= most) break;
    members.push([name, JSON.parse(text.slice(start, end))]);
  }
  return members;
}

/** Each member's name, and where its value begins and ends. */
function* scanMembers(text: string, objectStart: number): Generator<[name: string, start: number, end: number]> {
  let at = skipSpace(text, objectStart + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    yield [name, start, end];
    at = skipSpace(text, end);
    if (text[at] !== ",") return;
    at = skipSpace(text, at + 1);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @returns position after the closing quote of the string that begins at `start` */
function endOfString(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const end = text.indexOf('"', from);
    if (end < 0) return text.length;
    let slashes = 0;
    while (end - 1 - slashes >= from && text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    from = end + 1;
    if (slashes % 2 === 0) return from;
  }
}

function endOfValue(text: string, start: number): number {
  let at = start;
  let depth = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '"') {
      at = endOfString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && (char === "," || char === "}" || char === "]" || char.charCodeAt(0) <= 0x20)) return at;
    at++;
    if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return at;
  }
  return at;
}
