import type { z } from "zod";
import type { Route } from "./route.ts";

/** What a caller gives: the input before the schema's defaults and coercions. */
export type Given<R> = R extends Route<infer I, z.ZodType> ? z.input<I> : never;

/** A call of a route as method, path with query, and JSON body (null: none). Path parameters are filled in. */
export function requestFor(
  route: Pick<Route, "method" | "path" | "body">,
  input: Record<string, unknown>,
): { url: string; json: string | null } {
  const rest = { ...input };
  const path = route.path.replace(/:([a-z_]+)/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  if (route.method !== "GET" && route.body !== "raw") return { url: path, json: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, String(value));
  return { url: query.size === 0 ? path : `${path}?${query}`, json: null };
}
