import { type Exchange, type Header, headerOf } from "./exchange.ts";
import { asFields, readHeaders } from "./har-entry.ts";
import type { LogEntry } from "./json-log.ts";
import { epochOf, statusOf } from "./measures.ts";
import type { Complain, ReadLimits } from "./reading.ts";
import { httpVersionName, schemeOf, splitTarget } from "./target.ts";

/** What AWS WAF writes in place of what its owner keeps out of the log. */
const redacted = "REDACTED";

/**
 * One entry of an AWS WAF log. Headers are all there are, unless some were redacted or were more than AWS WAF looks at; a redacted
 * one counts as not available, a redacted query as none, and without a path there is nothing to analyse. Bodies are never logged,
 * and of responses only the codes that AWS WAF itself sent. Source: AWS WAF developer guide, "Log fields for web ACL traffic" and
 * "Data protection".
 */
export function readAwsWafEntry(entry: LogEntry, limits: ReadLimits, complain: Complain): Exchange | null {
  const { fields, index, offset, length } = entry;
  const request = asFields(fields.httpRequest);
  const method = request?.httpMethod;
  const uri = request?.uri;
  if (request === null || typeof method !== "string" || method === "" || typeof uri !== "string") {
    complain("EVIDENCE_UNREADABLE", "The entry is left out: it names no request.");
    return null;
  }
  if (uri === redacted || method === redacted) {
    complain("EVIDENCE_UNREADABLE", "The entry is left out: its path or method is redacted.");
    return null;
  }
  const startedAt = epochOf(fields.timestamp);
  if (startedAt === null) complain("EVIDENCE_UNREADABLE", "The entry's time is no time.");
  const all = readHeaders(request.headers, "headers", limits, complain);
  const { headers, hidden } = all === null ? { headers: null, hidden: false } : withoutRedacted(all);
  const host = textOf(request.host) ?? headerOf(headers, "host");
  const oversize = Array.isArray(fields.oversizeFields) && fields.oversizeFields.includes("REQUEST_HEADERS");
  // Every request names its host (RFC 9110 section 7.2): a list without it is not all of it.
  const partial = hidden || oversize || (headers !== null && headerOf(headers, "host") === null);
  const target = splitTarget(uri);
  const query = textOf(request.args);
  const status = sentStatus(fields);
  return {
    index,
    offset,
    length,
    startedAt,
    durationMs: null,
    clientAddress: textOf(request.clientIp)?.slice(0, 200) ?? null,
    method: method.slice(0, 200),
    scheme: schemeOf(request.scheme) ?? target.scheme,
    host: host ?? target.host,
    target: query === null ? target.target : `${target.target}?${query}`,
    httpVersion: httpVersionName(request.httpVersion),
    headers,
    ...(partial ? { headersPartial: true as const } : {}),
    body: null,
    bodyCut: false,
    response: status === null ? null : { status, headers: null, size: null, body: null, bodyCut: false },
  };
}

const textOf = (value: unknown) =>
  typeof value === "string" && value !== "" && value !== "-" && value !== redacted ? value : null;

/** Headers that say something. Redacted cookies of many visitors look the same, which would make one session of all. */
function withoutRedacted(all: readonly Header[]): { headers: Header[]; hidden: boolean } {
  const headers: Header[] = [];
  let hidden = false;
  for (const [name, value] of all) {
    const isCookie = name.length === 6 && name.toLowerCase() === "cookie";
    const kept = isCookie && value.includes(redacted) ? withoutPairs(value) : value === redacted ? "" : value;
    if (kept !== value) hidden = true;
    if (kept !== "" || value === "") headers.push([name, kept]);
  }
  return { headers, hidden };
}

function withoutPairs(cookies: string): string {
  const pairs = cookies.split(";").filter((pair) => pair.slice(pair.indexOf("=") + 1).trim() !== redacted);
  return pairs.join(";").trim();
}

/** The code that AWS WAF answered with, where it tells; for what it let through or blocked without more it does not. */
function sentStatus(fields: Readonly<Record<string, unknown>>): number | null {
  const { action } = fields;
  const asked =
    action === "CAPTCHA" ? fields.captchaResponse : action === "CHALLENGE" ? fields.challengeResponse : null;
  return statusOf(Number(fields.responseCodeSent ?? asFields(asked)?.responseCode ?? Number.NaN));
}
