import { type Exchange, type ExchangeResponse, type Header, headerOf } from "./exchange.ts";
import { readRequestBody, readResponseBody } from "./har-body.ts";
import { bytesOf, millisOf } from "./measures.ts";
import type { Complain, ReadLimits, ReadOptions } from "./reading.ts";
import { httpVersionName, instantOf, otherSchemeOf, splitUrl } from "./target.ts";

type Fields = Record<string, unknown>;

/** Where an entry stands in its evidence. */
export interface EntryPlace {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

export function asFields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/**
 * One entry of `log.entries` as an exchange. Source: HAR 1.2 specification, and what Chrome, Firefox, Safari, Playwright,
 * mitmproxy, Burp and Charles write in practice.
 *
 * @param entry the parsed entry
 * @param complain hears of fields that are wrong or missing; the rest is read
 * @param passOver hears of an entry that no HTTP request was made for (data:, blob:)
 * @returns null when there is no request to speak of, which `complain` or `passOver` hears too
 */
export async function readHarEntry(
  entry: Fields,
  place: EntryPlace,
  limits: ReadLimits,
  complain: Complain,
  passOver: NonNullable<ReadOptions["onPassedOver"]> = () => {},
): Promise<Exchange | null> {
  const request = asFields(entry.request);
  if (request === null) return refuse(complain, "request is missing");
  if (typeof request.url !== "string") return refuse(complain, "request.url is no string");
  if (typeof request.method !== "string" || request.method === "")
    return refuse(complain, "request.method is no string");
  const url = splitUrl(request.url);
  if (url === null) {
    passOver(otherSchemeOf(request.url));
    return null;
  }
  const all = readHeaders(request.headers, "request.headers", limits, complain);
  const authority = all?.find(([name]) => name === ":authority")?.[1];
  const headers = addCookies(all?.filter(([name]) => !name.startsWith(":")) ?? null, request.cookies);
  const body = await readRequestBody(request, headers, limits, complain);
  return {
    ...place,
    startedAt: readTime(entry.startedDateTime, complain),
    durationMs: readDuration(entry.time, complain),
    clientAddress: typeof entry._clientAddress === "string" ? entry._clientAddress.slice(0, 200) : null,
    method: request.method,
    scheme: url.scheme,
    host: url.host ?? authority ?? headerOf(headers, "host"),
    target: url.target,
    httpVersion: httpVersionName(request.httpVersion),
    headers,
    // Every request names its host (RFC 9110 section 7.2). Browsers record what came from their cache without it, and without more.
    ...(all?.some(([name]) => /^(?:host|:authority)$/i.test(name)) ? {} : { headersPartial: true as const }),
    body: body?.text ?? null,
    bodyCut: body?.cut ?? false,
    response: await readResponse(entry.response, limits, complain),
  };
}

function refuse(complain: Complain, what: string): null {
  complain("EVIDENCE_UNREADABLE", `The entry is left out: ${what}.`);
  return null;
}

function readTime(value: unknown, complain: Complain): number | null {
  const time = instantOf(value);
  if (time === null) complain("EVIDENCE_UNREADABLE", "startedDateTime is no time.");
  return time;
}

function readDuration(value: unknown, complain: Complain): number | null {
  if (value === undefined || value === null || value === -1) return null;
  const duration = millisOf(value);
  if (duration === null) complain("EVIDENCE_UNREADABLE", "time is no duration.");
  return duration;
}

export function readHeaders(value: unknown, name: string, limits: ReadLimits, complain: Complain): Header[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) {
    complain("EVIDENCE_UNREADABLE", `${name} is no list.`);
    return null;
  }
  const headers: Header[] = [];
  for (const item of value as unknown[]) {
    if (headers.length >= limits.headers) {
      complain("INPUT_TOO_LARGE", `${name} has ${value.length} members; the first ${limits.headers} are read.`);
      break;
    }
    const header = asFields(item);
    if (header !== null && typeof header.name === "string" && typeof header.value === "string") {
      headers.push([header.name, header.value]);
    } else {
      complain("EVIDENCE_UNREADABLE", `${name} has a member without name and value.`);
    }
  }
  return headers;
}

/** Some recorders list cookies but leave the Cookie header out. */
function addCookies(headers: Header[] | null, cookies: unknown): Header[] | null {
  if (!Array.isArray(cookies) || cookies.length === 0) return headers;
  if (headers?.some(([name]) => name.toLowerCase() === "cookie")) return headers;
  const pairs: string[] = [];
  for (const item of cookies.slice(0, 1000) as unknown[]) {
    const cookie = asFields(item);
    if (typeof cookie?.name === "string" && typeof cookie.value === "string")
      pairs.push(`${cookie.name}=${cookie.value}`);
  }
  return pairs.length === 0 ? headers : [...(headers ?? []), ["Cookie", pairs.join("; ")]];
}

async function readResponse(value: unknown, limits: ReadLimits, complain: Complain): Promise<ExchangeResponse | null> {
  if (value === undefined || value === null) return null;
  const response = asFields(value);
  if (response === null) {
    complain("EVIDENCE_UNREADABLE", "response is no object.");
    return null;
  }
  // Browsers write 0 for a request that was blocked or cut off: there was no status.
  const status = typeof response.status === "number" && Number.isInteger(response.status) ? response.status : null;
  if (status === null || status < 0 || status > 999) complain("EVIDENCE_UNREADABLE", "response.status is no status.");
  const headers = readHeaders(response.headers, "response.headers", limits, complain);
  const content = asFields(response.content);
  const body = content === null ? null : await readResponseBody(content, headers, limits, complain);
  return {
    status: status !== null && status > 0 && status <= 999 ? status : null,
    headers: headers?.filter(([name]) => !name.startsWith(":")) ?? null,
    size: bytesOf(content?.size),
    body: body?.text ?? null,
    bodyCut: body?.cut ?? false,
  };
}
