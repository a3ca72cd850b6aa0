import type { PayloadClass } from "../../../shared/payload.ts";
import type { AttackOutcome } from "../../../shared/verdict.ts";
import type { Exchange, ExchangeResponse } from "../evidence/exchange.ts";
import { canonicalize } from "./canonical/canonicalize.ts";
import type { ClassifierOutput, PayloadValue } from "./payload.ts";
import { findSignature } from "./response-signatures.ts";
import type { RouteBaseline } from "./route-baseline.ts";

export interface JudgedOutcome {
  readonly outcome: AttackOutcome;
  /** In words, for the analyst; holds no text of request or response. */
  readonly reason: string;
}

/** Text of a response that is looked at. */
const bodyLimit = 1_048_576;
/** Longest stretch of a payload that is searched in the response. */
const reflectionLimit = 400;

const refusals = new Set([400, 401, 403, 405, 406, 410, 413, 414, 415, 422, 429, 431, 444]);
/** Classes whose success shows as content that ordinary answers of the page lack. */
const disclosing = new Set<PayloadClass>(["sql_injection", "path_traversal", "command_injection", "xxe"]);

/**
 * Judges from the response whether an attack worked. Beside the verdict, never part of its score.
 *
 * In this order: signs in the response that only a working attack leaves; for scripts, whether the mark-up came back unescaped;
 * for delays, whether the answer took that long; refusal by status; size against other answers of the same page.
 *
 * @param prediction of a class other than benign
 * @param baseline other exchanges of the same route; null when there are none
 */
export function judgeOutcome(
  value: Pick<PayloadValue, "text" | "place">,
  prediction: Pick<ClassifierOutput, "class" | "family">,
  exchange: Exchange,
  baseline: RouteBaseline | null,
): JudgedOutcome {
  const { response } = exchange;
  if (response === null || (response.status === null && response.body === null && response.size === null)) {
    return { outcome: "not_available", reason: "The evidence holds no response." };
  }
  if (prediction.class === "csrf") return judgeForgery(response);
  const readings = canonicalize(value.text, { place: value.place }).layers.map((layer) => layer.text);
  return (
    judgeSignatures(prediction, response, readings) ??
    (prediction.class === "xss" ? judgeReflection(response, readings) : null) ??
    judgeDelay(exchange, readings, baseline) ??
    judgeStatus(prediction.class, response.status) ??
    judgeSize(prediction.class, response, baseline) ?? { outcome: "unclear", reason: "The response tells neither way." }
  );
}

function judgeForgery(response: ExchangeResponse): JudgedOutcome {
  const { status } = response;
  if (status === null) return { outcome: "unclear", reason: "The response's status was not recorded." };
  if (status >= 400) return { outcome: "likely_failed", reason: `The server answered with status ${status}.` };
  if (status >= 300) {
    const location = response.headers?.find(([name]) => name.toLowerCase() === "location")?.[1] ?? "";
    const toLogin = /log-?in|sign-?in|auth|denied|error/i.test(location.slice(0, 500));
    return toLogin
      ? { outcome: "likely_failed", reason: "The server redirected to a login or error page." }
      : { outcome: "likely_succeeded", reason: `The server accepted the request with status ${status}.` };
  }
  return { outcome: "likely_succeeded", reason: `The server accepted the request with status ${status}.` };
}

/** Signs of success, unless the payload itself brought them. */
function judgeSignatures(
  prediction: Pick<ClassifierOutput, "class" | "family">,
  response: ExchangeResponse,
  readings: readonly string[],
): JudgedOutcome | null {
  if (response.body === null) return null;
  const signature = findSignature(response.body.slice(0, bodyLimit), prediction.class, readings);
  if (signature !== null) return { outcome: signature.outcome, reason: `The response holds ${signature.what}.` };
  const product = evaluatedProduct(response.body, readings);
  if (product)
    return { outcome: "likely_succeeded", reason: "The response holds the result of the payload's calculation." };
  return null;
}

/** Whether `{{7*191}}` and the like came back as their product, which stands nowhere in the payload. */
function evaluatedProduct(body: string, readings: readonly string[]): boolean {
  for (const reading of readings) {
    const match = /(?:\{\{|\$\{|#\{|<%=|\{%|\$\(\()\s{0,9}(\d{1,7})\s{0,9}\*\s{0,9}(\d{1,7})/.exec(
      reading.slice(0, 10_000),
    );
    if (match === null) continue;
    const product = String(Number(match[1]) * Number(match[2]));
    // Two figures such as 49 stand in every other page.
    if (product.length < 4 || readings.some((text) => text.includes(product)) || body.includes(match[0])) continue;
    const at = body.slice(0, bodyLimit).search(new RegExp(`(?<!\\d)${product}(?!\\d)`));
    if (at >= 0) return true;
  }
  return false;
}

function escapeMarkup(text: string, quote: string, apostrophe: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', quote)
    .replaceAll("'", apostrophe);
}

/** Content type of a response in lower case, "" when unknown. */
function contentTypeOf(response: ExchangeResponse): string {
  return response.headers?.find(([name]) => name.toLowerCase() === "content-type")?.[1].toLowerCase() ?? "";
}

function isHtml(response: ExchangeResponse): boolean {
  const type = contentTypeOf(response);
  if (type !== "") return /html|svg|xml/.test(type);
  return /^\s*<(?:!doctype|html|head|body|div|p|svg)\b/i.test((response.body ?? "").slice(0, 200));
}

/** Whether the page's policy forbids scripts that stand in the page itself (CSP Level 3 section 6.7.3). */
function forbidsInlineScript(response: ExchangeResponse): boolean {
  const policy = response.headers
    ?.find(([name]) => name.toLowerCase() === "content-security-policy")?.[1]
    .toLowerCase();
  if (policy === undefined) return false;
  const directives = policy.slice(0, 10_000).split(";");
  const find = (name: string) => directives.find((directive) => directive.trim().startsWith(`${name} `));
  const scripts = find("script-src") ?? find("default-src");
  return scripts !== undefined && !scripts.includes("'unsafe-inline'");
}

/** Whether mark-up came back as such: unescaped within HTML. */
function judgeReflection(response: ExchangeResponse, readings: readonly string[]): JudgedOutcome | null {
  if (response.body === null) return null;
  const body = response.body.slice(0, bodyLimit);
  // From the deepest reading on: what came back was decoded once at least.
  const texts = [...new Set(readings)].filter((text) => /[<>"']/.test(text.slice(0, 10_000))).reverse();
  for (const text of texts) {
    const probe = text.slice(0, reflectionLimit).trim();
    if (probe.length < 4 || !body.includes(probe)) continue;
    if (!isHtml(response))
      return { outcome: "likely_failed", reason: "The payload came back in a response that is no HTML." };
    if (forbidsInlineScript(response)) {
      return {
        outcome: "unclear",
        reason: "The payload came back unescaped, but the page's policy forbids inline scripts.",
      };
    }
    return { outcome: "likely_succeeded", reason: "The payload came back unescaped in an HTML response." };
  }
  for (const text of texts) {
    const probe = text.slice(0, reflectionLimit).trim();
    if (probe.length < 4) continue;
    for (const [quote, apostrophe] of [
      ["&quot;", "&#39;"],
      ["&#34;", "&#39;"],
      ["&quot;", "&#x27;"],
      ["&quot;", "&#039;"],
      ["&quot;", "'"],
      ['"', "'"],
    ] as const) {
      const escaped = escapeMarkup(probe, quote, apostrophe);
      if (escaped !== probe && body.includes(escaped)) {
        return { outcome: "likely_failed", reason: "The payload came back escaped." };
      }
    }
  }
  return null;
}

/** Seconds of delay that a payload asks for, or null. */
export function requestedDelay(text: string): number | null {
  const head = text.slice(0, 10_000).toLowerCase();
  const patterns: readonly [RegExp, (match: RegExpExecArray) => number][] = [
    [/\b(?:pg_)?sleep\s{0,9}\(\s{0,9}(\d{1,4}(?:\.\d{1,3})?)/, (match) => Number(match[1])],
    [
      /\bwaitfor\s{1,9}delay\s{0,9}['"](\d{1,2}):(\d{1,2}):(\d{1,2})/,
      (m) => Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]),
    ],
    [/\breceive_message\s{0,9}\([^,()]{0,40},\s{0,9}(\d{1,4})/, (match) => Number(match[1])],
    [/(?:^|[\s;&|`(])sleep\s{1,9}(\d{1,4})/, (match) => Number(match[1])],
    [/\bping\s{1,9}-[cn]\s{0,9}(\d{1,4})/, (match) => Number(match[1]) - 1],
    [/\btimeout\s{1,9}\/t\s{1,9}(\d{1,4})/, (match) => Number(match[1])],
  ];
  for (const [pattern, read] of patterns) {
    const match = pattern.exec(head);
    if (match === null) continue;
    const seconds = read(match);
    if (seconds >= 1) return seconds;
  }
  return null;
}

function judgeDelay(
  exchange: Exchange,
  readings: readonly string[],
  baseline: RouteBaseline | null,
): JudgedOutcome | null {
  if (exchange.durationMs === null) return null;
  let seconds: number | null = null;
  for (const reading of readings) seconds ??= requestedDelay(reading);
  if (seconds === null) return null;
  const took = exchange.durationMs / 1000;
  const usual = baseline?.medianDurationMs ?? null;
  if (took >= seconds * 0.95) {
    const unusual = usual !== null && usual / 1000 < seconds / 2;
    const words = `The response took ${took.toFixed(1)} s; the payload asks for a delay of ${seconds} s`;
    if (unusual)
      return { outcome: "succeeded", reason: `${words}, and the page usually takes ${(usual / 1000).toFixed(1)} s.` };
    return { outcome: usual === null ? "likely_succeeded" : "unclear", reason: `${words}.` };
  }
  if (took < seconds * 0.5) {
    return {
      outcome: "likely_failed",
      reason: `The response took ${took.toFixed(1)} s, less than the delay of ${seconds} s that the payload asks for.`,
    };
  }
  return null;
}

function judgeStatus(name: PayloadClass, status: number | null): JudgedOutcome | null {
  if (status === null) return null;
  if (refusals.has(status))
    return { outcome: "likely_failed", reason: `The server refused the request with status ${status}.` };
  if (status === 404) return { outcome: "likely_failed", reason: "The server found nothing there (status 404)." };
  if (status === 501 || status === 502 || status === 503) {
    return { outcome: "unclear", reason: `The server could not answer (status ${status}).` };
  }
  if (status >= 500) {
    return {
      outcome: "unclear",
      reason: `The server failed with status ${status}: the input may have broken something${name === "xss" ? "" : " on its way"}.`,
    };
  }
  return null;
}

function judgeSize(
  name: PayloadClass,
  response: ExchangeResponse,
  baseline: RouteBaseline | null,
): JudgedOutcome | null {
  if (!disclosing.has(name) || response.size === null || baseline?.medianSize === null || baseline === null)
    return null;
  const { medianSize, count } = baseline;
  if (response.size >= 2 * medianSize + 1000) {
    return {
      outcome: "likely_succeeded",
      reason: `The response has ${response.size} bytes; other answers of this page have ${Math.round(medianSize)}.`,
    };
  }
  if (count >= 3 && baseline.sizeSpread <= 0.02 && Math.abs(response.size - medianSize) <= 0.02 * medianSize) {
    return { outcome: "likely_failed", reason: "The response is as large as the other answers of this page." };
  }
  return null;
}
