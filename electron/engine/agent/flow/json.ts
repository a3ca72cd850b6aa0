import { SentinelError } from "../../../../shared/errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Nesting that plans, arguments and answers may have at most. */
const deepest = 32;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Plain JSON data, taken over into fresh objects.
 * @param what in the error
 * @throws SentinelError INPUT_INVALID for what JSON cannot hold, nesting beyond 32, and names that objects inherit
 */
export function takeJson(value: unknown, what: string, depth = 0): Json {
  if (depth > deepest) throw new SentinelError("INPUT_INVALID", `${what} is nested deeper than ${deepest}.`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => takeJson(item, what, depth + 1));
  if (!isRecord(value)) throw new SentinelError("INPUT_INVALID", `${what} holds what is not JSON.`);
  const taken: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    // SECURITY: such a member would become the prototype of what is copied from it.
    if (isInherited(name)) throw new SentinelError("INPUT_INVALID", `${what} has a member that nothing may have.`);
    taken[name] = takeJson(member, what, depth + 1);
  }
  return taken;
}

/** Whether it is a text in which nothing stands. */
export function isBlank(json: Json): boolean {
  return typeof json === "string" && json.trim() === "";
}

/** Names that code could take for what every object has. */
export function isInherited(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype";
}
