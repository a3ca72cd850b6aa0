import { isRecord, type Json } from "../flow/json.ts";

/** What is found of one kind in a text. Each pattern is linear in the length of the text. */
const patterns = {
  number: /(?<![\w.,-])-?\d{1,15}(?:\.\d{1,6})?(?![\w-]|[.,]\d)/g,
  date: /(?<![\d-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])/g,
  email: /(?<![\w.+-])[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,4}@(?:[a-z\d-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])/gi,
} as const;

/**
 * What a step asks for, read by rule out of what was inserted, for a worker whose answers never fit: one of a few words, a number, a day
 * as ISO 8601 writes it, an e-mail address, or an object of these. Only where exactly one such thing stands in the material, since
 * choosing among several is what the worker was for. What it finds is as untrusted as a worker's answer.
 *
 * @param schema JSON Schema of the answer
 * @returns undefined where the schema asks for anything else, or the material holds none or several
 */
export function extractByRule(schema: Json, inserted: readonly Json[]): Json | undefined {
  const texts = inserted.flatMap(textsIn);
  return extract(schema, texts);
}

function extract(schema: Json, texts: readonly string[]): Json | undefined {
  if (!isRecord(schema)) return undefined;
  if (isRecord(schema.properties)) return extractMembers(schema.properties, schema.required, texts);
  const { enum: entries, type, format } = schema;
  if (Array.isArray(entries))
    return onlyOf(entries.filter((entry) => typeof entry === "string" && stands(entry, texts)));
  const all = (pattern: RegExp) => texts.flatMap((text) => text.match(pattern) ?? []);
  if (type === "integer") return onlyOf(all(patterns.number).map(Number).filter(Number.isSafeInteger));
  if (type === "number") return onlyOf(all(patterns.number).map(Number));
  if (type !== "string") return undefined;
  if (format === "date") return onlyOf(all(patterns.date).filter(isDay));
  return format === "email" ? onlyOf(all(patterns.email)) : undefined;
}

/** Whatever has to be there; of the rest what there is. */
function extractMembers(
  properties: Record<string, unknown>,
  required: unknown,
  texts: readonly string[],
): Json | undefined {
  const found = Object.entries(properties).flatMap(([name, schema]) => {
    const value = extract(schema as Json, texts);
    return value === undefined ? [] : [[name, value] as const];
  });
  const members = Object.fromEntries(found);
  const isWhole = !Array.isArray(required) || required.every((name) => Object.hasOwn(members, String(name)));
  return isWhole && found.length > 0 ? members : undefined;
}

function onlyOf<T extends Json>(found: readonly T[]): T | undefined {
  const different = new Set(found);
  return different.size === 1 ? found[0] : undefined;
}

/** As a word or phrase of its own, whatever its case. */
function stands(phrase: string, texts: readonly string[]): boolean {
  const wanted = phrase.toLowerCase();
  const isLetter = (unit: string | undefined) => unit !== undefined && /[\p{L}\p{N}_]/u.test(unit);
  return texts.some((given) => {
    const text = given.toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0 && wanted !== ""; at = text.indexOf(wanted, at + 1)) {
      if (!isLetter(text[at - 1]) && !isLetter(text[at + wanted.length])) return true;
    }
    return false;
  });
}

function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}

/** Texts and numbers, without the names of members. */
function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value as object).flatMap(textsIn) : [];
}
