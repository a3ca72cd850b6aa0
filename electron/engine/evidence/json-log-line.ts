import type { Header } from "./exchange.ts";
import { type LogLine, logTime, splitRequestLine } from "./log-line.ts";
import { bytesOf, instantWithin, millisOf, statusOf } from "./measures.ts";
import { httpVersionName, instantOf, schemeOf, splitUrl } from "./target.ts";

/**
 * What a field of a JSON log line means, by its path in lower case without punctuation: nginx (`log_format escape=json`), Caddy,
 * Traefik, Apache, HAProxy, Elastic Common Schema and the usual home-made names.
 */
const meanings = {
  time: "time timestamp attimestamp ts datetime timeiso8601 timelocal date startutc starttime requesttimestamp startedat",
  epoch_seconds: "msec epoch",
  client:
    "remoteaddr remoteip clientip client clientaddr clienthost remotehost ip sourceip sourceaddress clientaddress requestclientip requestremoteip requestremoteaddr src srcip",
  request: "request requestline httprequest req",
  method: "requestmethod method httpmethod httprequestmethod verb reqmethod",
  uri: "requesturi uri url path requestpath urloriginal originaluri target requesturl requestrequesturi urlpath urlfull requrl httpurl",
  query: "args querystring query urlquery requestquery",
  status:
    "status statuscode responsecode httpresponsestatuscode downstreamstatus responsestatus resstatuscode code httpstatus",
  size: "bodybytessent bytessent size bytes downstreamcontentsize responsesize httpresponsebodybytes httpresponsebytes contentlength bytesout",
  host: "host httphost servername vhost requesthost urldomain virtualhost",
  protocol: "serverprotocol protocol proto requestproto requestprotocol httpversion",
  scheme: "scheme requestscheme urlscheme",
  referer: "httpreferer referer referrer httprequestreferrer requestreferer",
  agent: "httpuseragent useragent agent ua useragentoriginal requestuseragent",
  forwarded: "httpxforwardedfor xforwardedfor requestxforwardedfor",
  cookie: "httpcookie cookie cookies requestcookie",
  body: "requestbody body postdata",
  seconds: "requesttime duration latencys responsetime elapsed timetaken",
  millis: "durationms responsetimems elapsedms latencyms",
  nanos: "",
} as const;

type Meaning = keyof typeof meanings;

const byName = new Map<string, Meaning>();
for (const [meaning, names] of Object.entries(meanings)) {
  for (const name of names.split(" ")) if (name !== "") byName.set(name, meaning as Meaning);
}

/** Meaning of each raw path seen so far; bounded, since a hostile file may hold any number of names. */
const known = new Map<string, Meaning | "headers" | null>();

function meaningOf(path: string): Meaning | "headers" | null {
  let meaning = known.get(path);
  if (meaning === undefined) {
    const name = path
      .toLowerCase()
      .replace(/@/g, "at")
      .replace(/[^a-z0-9]/g, "");
    meaning = byName.get(name) ?? null;
    if (/^(?:request|req|httprequest)?headers$/.test(name)) meaning = "headers";
    if (known.size < 2000 && path.length < 100) known.set(path, meaning);
  }
  return meaning;
}

/** How many of these names mean something in an access log. */
export function namesOfLog(names: Iterable<string>): number {
  let count = 0;
  for (const name of names) if (meaningOf(name) !== null) count++;
  return count;
}

/** A line of a JSON access log. @returns null when it names no request */
export function parseJsonLine(line: string): LogLine | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  const found: Partial<Record<Meaning, unknown>> = {};
  const headers: Header[] = [];
  let complete = false;
  // Four levels are enough for every format known, and bound the work.
  const collect = (fields: Record<string, unknown>, prefix: string, depth: number): void => {
    for (const name in fields) {
      const value = fields[name];
      if (value === null || value === undefined || value === "" || value === "-") continue;
      const path = prefix === "" ? name : `${prefix}.${name}`;
      const meaning = meaningOf(path);
      if (typeof value === "object") {
        if (meaning === "headers") complete = addHeaders(headers, value) || complete;
        else if (depth < 4 && !Array.isArray(value)) collect(value as Record<string, unknown>, path, depth + 1);
      } else if (meaning !== null && meaning !== "headers") {
        found[meaning] ??= value;
        // Traefik: nanoseconds; its field starts with a capital.
        if (name === "Duration") found.nanos = value;
      }
    }
  };
  collect(json as Record<string, unknown>, "", 1);
  return toLine(found, headers, complete);
}

function addHeaders(headers: Header[], value: object): boolean {
  for (const [name, values] of Object.entries(value).slice(0, 200)) {
    for (const text of Array.isArray(values) ? values.slice(0, 50) : [values]) {
      if (typeof text === "string") headers.push([name, text]);
    }
  }
  return headers.length > 0;
}

function toLine(found: Partial<Record<Meaning, unknown>>, headers: Header[], complete: boolean): LogLine | null {
  const line = typeof found.request === "string" ? splitRequestLine(found.request) : null;
  const method = textOf(found.method) ?? line?.method ?? null;
  const uri = textOf(found.uri) ?? line?.target ?? null;
  if (method === null || uri === null) return null;
  const url = splitUrl(uri);
  if (url === null) return null;
  const query = textOf(found.query);
  if (!complete) {
    addHeader(headers, "Referer", found.referer);
    addHeader(headers, "User-Agent", found.agent);
    addHeader(headers, "X-Forwarded-For", found.forwarded);
    addHeader(headers, "Cookie", found.cookie);
  }
  const status = numberOf(found.status);
  return {
    startedAt: timeOf(found.time) ?? timeOf(numberOf(found.epoch_seconds)),
    durationMs: durationOf(found),
    clientAddress: addressOf(textOf(found.client)),
    method,
    scheme: schemeOf(found.scheme) ?? url.scheme,
    host: textOf(found.host) ?? url.host,
    target: query !== null && !url.target.includes("?") ? `${url.target}?${query.replace(/^\?/, "")}` : url.target,
    httpVersion: httpVersionName(found.protocol) ?? line?.httpVersion ?? null,
    headers: headers.length === 0 ? null : headers,
    body: textOf(found.body),
    response:
      status === null && found.size === undefined
        ? null
        : {
            status: statusOf(status),
            headers: null,
            size: bytesOf(numberOf(found.size)),
            body: null,
            bodyCut: false,
          },
  };
}

function addHeader(headers: Header[], name: string, value: unknown): void {
  if (typeof value === "string" && value !== "-") headers.push([name, value]);
}

const textOf = (value: unknown) => (typeof value === "string" ? value : null);

function numberOf(value: unknown): number | null {
  const number = typeof value === "string" && value.length < 30 ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null;
}

/** ISO 8601, log format, or a Unix time in seconds or milliseconds. */
function timeOf(value: unknown): number | null {
  if (typeof value === "string" && !/^\d+(?:\.\d+)?$/.test(value)) return logTime(value.replace(/^\[|\]$/g, ""));
  const number = numberOf(value);
  if (number === null) return typeof value === "string" ? instantOf(value) : null;
  const ms = Math.round(number < 1e11 ? number * 1000 : number);
  return ms > 0 ? instantWithin(ms) : null;
}

function durationOf(found: Partial<Record<Meaning, unknown>>): number | null {
  const nanos = numberOf(found.nanos);
  if (nanos !== null) return millisOf(nanos / 1e6);
  const millis = numberOf(found.millis);
  if (millis !== null) return millisOf(millis);
  const seconds = numberOf(found.seconds);
  return seconds === null ? null : millisOf(seconds * 1000);
}

/** An address without the port that some servers add. */
function addressOf(text: string | null): string | null {
  if (text === null) return null;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):\d{1,5}$/.exec(text);
  return (match?.[1] ?? match?.[2] ?? text).slice(0, 200);
}
