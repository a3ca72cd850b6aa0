import { isUtf8 } from "node:buffer";
import type { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";

/** Request bodies of JSON routes, unless the route tells otherwise. */
const defaultMaxBytes = 1_048_576;
/** Nesting of a JSON body. A HAR has 10 levels; recursive code further in must not meet thousands. */
const maxDepth = 100;

/** The body chunk by chunk; ends with INPUT_TOO_LARGE past the route's limit. */
export async function* limitBody(request: Request, route: Pick<Route, "maxBytes">): AsyncGenerator<Uint8Array> {
  const limit = route.maxBytes ?? defaultMaxBytes;
  const tooLarge = () => new SentinelError("INPUT_TOO_LARGE", `The body is larger than ${limit} bytes.`, { limit });
  // SECURITY: refused before a byte is read; a missing or false length is caught while streaming.
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  if (request.body === null) return;
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    // SECURITY: memory stays bounded whatever the sender claims.
    if (size > limit) throw tooLarge();
    yield chunk;
  }
}

/**
 * Path parameters, query, JSON body and, of a stream, the header `Last-Event-ID` merged and parsed by the route's schema.
 * @throws SentinelError INPUT_INVALID naming the field, INPUT_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED
 */
export async function readInput(
  request: Request,
  route: Route,
  pathParameters: Record<string, string>,
): Promise<unknown> {
  const merged: Record<string, unknown> = {};
  const add = (name: string, value: unknown) => {
    // SECURITY: one name, one value: what was checked in one place must not be overridden from another.
    if (Object.hasOwn(merged, name)) {
      throw new SentinelError("INPUT_INVALID", `"${name}" is given more than once.`, { field: name });
    }
    // SECURITY: an own property, also for "__proto__", which the strict schemas then refuse.
    Object.defineProperty(merged, name, { value, enumerable: true, configurable: true, writable: true });
  };
  for (const [name, value] of Object.entries(pathParameters)) add(name, value);
  for (const [name, value] of new URL(request.url).searchParams) add(name, value);
  // How clients of server-sent events go on by themselves (HTML Living Standard, section 9.2.4): newer than what the address says.
  const lastEvent = route.reply === "stream" ? request.headers.get("last-event-id") : null;
  if (lastEvent !== null) merged.last_event_id = lastEvent;
  let input: unknown = merged;
  if (route.method !== "GET" && route.body !== "raw") {
    const body = await readJson(request, route);
    if (body !== null && typeof body === "object" && !Array.isArray(body)) {
      for (const [name, value] of Object.entries(body)) add(name, value);
    } else if (body !== undefined) {
      input = body;
    }
  }
  return parseInput(route, input);
}

/** The input of a route that takes nothing from path and query, from the bytes of its JSON body. @throws SentinelError INPUT_INVALID */
export function readWholeInput(bytes: Buffer, route: Route): unknown {
  return parseInput(route, bytes.length === 0 ? {} : parseJson(bytes));
}

/** What a channel without HTTP gives, by the route's schema. @throws SentinelError INPUT_INVALID */
export function parseInput(route: Route, input: unknown): unknown {
  const parsed = route.input.safeParse(input);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

/** The first problem, named by its field; all of them in `details`. Values are not repeated: they may be payloads. */
function invalidInput(error: z.ZodError): SentinelError {
  const issues = flattenIssues(error.issues);
  const fields = issues.slice(0, 20).map((issue) => ({ field: issue.path.join("."), problem: issue.message }));
  const first = fields[0]!;
  const where = first.field === "" ? "" : `${first.field}: `;
  return new SentinelError("INPUT_INVALID", `${where}${first.problem}.`, { field: first.field, fields });
}

/** Of a union, the branch that fits best says what is wrong. */
function flattenIssues(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
    const nearest = issue.errors.reduce((best, branch) => (branch.length < best.length ? branch : best));
    return flattenIssues(nearest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

/** @throws SentinelError INPUT_INVALID, INPUT_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED */
export async function readJson(request: Request, route: Pick<Route, "maxBytes">): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBody(request, route)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return undefined;
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  // SECURITY: a page elsewhere can send forms and plain text across origins without asking, JSON not.
  if (type !== "application/json") {
    throw new SentinelError("MEDIA_TYPE_UNSUPPORTED", `The body is ${type === "" ? "of no stated type" : "not JSON"}.`);
  }
  return parseJson(bytes);
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SentinelError("INPUT_INVALID", "The body is not valid UTF-8.");
  // SECURITY: see maxDepth. What nests deeper, and is JSON, takes two brackets a level.
  if (bytes.length > 2 * maxDepth && isDeeperThan(bytes, maxDepth)) {
    throw new SentinelError("INPUT_INVALID", `The body is nested deeper than ${maxDepth} levels.`);
  }
  try {
    return JSON.parse(bytes.toString("utf8", hasByteOrderMark(bytes) ? 3 : 0));
  } catch (error) {
    const place = /position (\d+)/.exec((error as Error).message)?.[1];
    throw new SentinelError("INPUT_INVALID", `The body is not JSON${place ? ` (position ${place})` : ""}.`);
  }
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Whether brackets outside strings nest deeper than `limit`; bytes of a valid or invalid JSON text. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x22) {
      for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
