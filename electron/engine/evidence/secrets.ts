/** What a stretch of text is that must not be shown unasked. */
const secretKinds = ["authorization", "cookie", "password", "api_key", "token", "card_number", "private_key"] as const;
export type SecretKind = (typeof secretKinds)[number];

export interface SecretSpan {
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly kind: SecretKind;
  /**
   * `field`: it counts as secret because of the name it stands under (a password field, a cookie). `form`: it looks like a secret
   * wherever it stands (a key, a card number).
   */
  readonly because: "field" | "form";
}

/** Longest text that is searched; beyond it everything counts as secret, since nothing is known about it. */
const maxText = 4 * 1024 ** 2;

/** Names under which a secret stands, in forms, JSON, queries, cookies and headers. */
const secretName =
  /^(?:.*[_.-])?(?:pass|passwd|password|passphrase|passcode|pwd|pin|otp|totp|mfa|cvv|cvc|secret|client_?secret|api_?key|apikey|access_?key|private_?key|access_?token|refresh_?token|id_?token|auth_?token|token|bearer|jwt|sessionid|session_?id|sid|ssn|credential|credentials|signature|sig)\d?$/i;
const camelName = /(?:Password|Passwd|Pwd|Secret|Token|ApiKey|AccessKey|PrivateKey|Cvv|Otp|SessionId)$/;
const secretHeader =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|api-key|x-auth-token|x-access-token|x-csrf-token|x-xsrf-token|x-amz-security-token|x-goog-api-key|x-vault-token|private-token|x-session-id|x-sentinel-pin)$/i;
/** Cookies whose value tells nothing: preferences and the like stay readable. */
const harmlessCookie =
  /^(?:lang|language|locale|theme|tz|timezone|currency|consent|cookie_?consent|country|region|dark_?mode)$/i;

export function isSecretName(name: string): boolean {
  return name.length <= 200 && (secretName.test(name) || camelName.test(name));
}

/** Whether a header's value is a secret whatever it looks like. */
export function isSecretHeader(name: string): boolean {
  return secretHeader.test(name) || isSecretName(name);
}

/**
 * Whether a text is one word of the characters that tokens and passwords are mostly made of, behind a scheme (Bearer) or not. A
 * path is none.
 */
export function isPlainToken(text: string): boolean {
  return /^(?:[A-Za-z0-9-]{1,20} )?(?![./])[\w.~+/=:-]*$/.test(text) && !text.includes("..");
}

/**
 * Secrets of a request or response as shown: start line, headers, blank line, body. Works on fragments, too.
 *
 * @returns spans in order, not overlapping
 */
export function findSecrets(text: string): SecretSpan[] {
  const searched = text.length > maxText ? text.slice(0, maxText) : text;
  const spans: SecretSpan[] = [];
  if (searched.length < text.length) spans.push({ start: maxText, end: text.length, kind: "token", because: "form" });
  const headEnd = endOfHead(searched);
  if (headEnd > 0) findHeaders(searched.slice(0, headEnd), spans);
  findFields(searched, headEnd, spans);
  findForms(searched, spans);
  return spans.length === 0 ? spans : merge(spans);
}

/** Where the headers end; 0 for a text that is no message. */
function endOfHead(text: string): number {
  // A look for these costs a small part of what the pattern does.
  if (!text.includes("HTTP/") && !text.includes(":")) return 0;
  if (!/^[^\r\n]{1,20000}HTTP\/|^HTTP\/|^[\w-]{1,100}:[ \t]/.test(text)) return 0;
  return /\r?\n\r?\n/.exec(text)?.index ?? text.length;
}

function findHeaders(head: string, spans: SecretSpan[]): void {
  for (const match of head.matchAll(/^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([^\r\n]+)/gm)) {
    const name = match[1]!;
    if (!isSecretHeader(name)) continue;
    const start = match.index + match[0].length - match[2]!.length;
    const lower = name.toLowerCase();
    if (lower === "cookie" || lower === "set-cookie") findCookies(match[2]!, start, lower === "set-cookie", spans);
    else {
      // The scheme (Basic, Bearer) says how somebody signed in, and stays.
      const scheme = /^(?:Basic|Bearer|Digest|Negotiate|NTLM|Token|ApiKey|AWS4-HMAC-SHA256)[ \t]+/i.exec(match[2]!);
      const from = start + (scheme?.[0].length ?? 0);
      spans.push({ start: from, end: start + match[2]!.length, kind: "authorization", because: "field" });
    }
  }
}

function findCookies(value: string, offset: number, isSet: boolean, spans: SecretSpan[]): void {
  let at = 0;
  for (const pair of value.split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).trim();
    if (equals > 0 && equals + 1 < pair.length && !harmlessCookie.test(name)) {
      spans.push({ start: offset + at + equals + 1, end: offset + at + pair.length, kind: "cookie", because: "field" });
    }
    at += pair.length + 1;
    if (isSet) break;
  }
}

/**
 * Patterns that find a name and its value, each behind a text without which it finds nothing; group 1 is the name, group 2 the
 * value. Every run that could be tried again from another start is bounded, so that the time is linear in the text.
 */
const fields: readonly [string, RegExp][] = [
  // name=value in queries and forms
  ["=", /(?<![A-Za-z0-9_.%[\]-])([A-Za-z0-9_.%[\]-]{1,100})=([^&\s"'<>;#][^&\s#]*)/g],
  // "name": "value" and "name": 123 in JSON
  ['"', /"((?:[^"\\\r\n]|\\.){1,100})"[ \t\r\n]*:[ \t\r\n]*(?:"((?:[^"\\]|\\.)*)"|(-?\d[\d.]*))/g],
  // multipart
  [
    'name="',
    /name="([^"\r\n]{1,100})"(?:;[^\r\n]{0,300})?(?:\r?\n[^\r\n]{1,300}){0,5}\r?\n\r?\n([\s\S]*?)(?=\r?\n--|$)/g,
  ],
  // XML elements
  ["</", /<([A-Za-z_][\w.:-]{0,99})>([^<]{1,10000})<\//g],
];

function findFields(text: string, headEnd: number, spans: SecretSpan[]): void {
  for (const [part, pattern] of fields) {
    if (!text.includes(part)) continue;
    for (const match of text.matchAll(pattern)) {
      const whole = match[2] ?? match[3];
      // In headers a semicolon ends a value; in a form it may be part of a password.
      const value = match.index < headEnd ? whole?.split(";", 1)[0] : whole;
      const name = match[1]!.replace(/%5B/gi, "[").replace(/%5D/gi, "]");
      const last = /\[([^\]]+)\]$/.exec(name)?.[1] ?? name;
      if (value === undefined || value === "" || !isSecretName(last)) continue;
      const from = match[0].indexOf(value, match[1]!.length);
      const start = match.index + from;
      spans.push({ start, end: start + value.length, kind: kindOfName(last), because: "field" });
    }
  }
}

function kindOfName(name: string): SecretKind {
  if (/key/i.test(name)) return "api_key";
  return /pass|pwd|pin|otp|secret|cv[vc]|credential/i.test(name) ? "password" : "token";
}

/** Where a form may begin: after no letter or digit, or after one that belongs to a percent-encoded byte (`%3D`, `%20`). */
const edge = "(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2}))";
const form = (pattern: string) => new RegExp(edge + pattern, "g");

/** Secrets that are recognised by their own form: the kind, texts of which one stands in each, and the form. */
const forms: readonly [SecretKind, readonly string[], RegExp][] = [
  [
    "private_key",
    ["PRIVATE KEY"],
    /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----|$)/g,
  ],
  ["token", ["eyJ"], form(String.raw`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)],
  ["token", ["Bearer"], /(?<=\bBearer(?:[ +]|%20))[A-Za-z0-9._~+/=-]{16,}/g],
  ["api_key", ["AKIA", "ASIA"], form(String.raw`(?:AKIA|ASIA)[A-Z0-9]{16}\b`)],
  ["api_key", ["_live_", "_test_"], form("(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}")],
  ["api_key", ["sk-"], form("sk-[A-Za-z0-9_-]{20,}")],
  ["api_key", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], form("gh[pousr]_[A-Za-z0-9]{36,}")],
  ["api_key", ["github_pat_"], form("github_pat_[A-Za-z0-9_]{22,}")],
  ["api_key", ["glpat-"], form("glpat-[A-Za-z0-9_-]{20,}")],
  ["api_key", ["xox"], form("xox[abprs]-[A-Za-z0-9-]{10,}")],
  ["api_key", ["AIza"], form("AIza[A-Za-z0-9_-]{35}")],
  ["api_key", ["npm_"], form(String.raw`npm_[A-Za-z0-9]{36}\b`)],
];

function findForms(text: string, spans: SecretSpan[]): void {
  for (const [kind, parts, pattern] of forms) {
    // Looking for a fixed text costs a small part of what the pattern does, and most texts hold none.
    if (!parts.some((part) => text.includes(part))) continue;
    for (const match of text.matchAll(pattern)) {
      spans.push({ start: match.index, end: match.index + match[0].length, kind, because: "form" });
    }
  }
  if (!/[\d +%-]{13}/.test(text)) return;
  // Digits in groups, as typed or as a form sends them.
  const cards = /(?:(?<![\d.%])(?<!%[0-9A-Fa-f])|(?<=%[0-9A-Fa-f]{2}))\d(?:(?:[ +-]|%20)?\d){12,18}(?![\d.])/g;
  for (const match of text.matchAll(cards)) {
    const digits = match[0].replace(/%20|[ +-]/g, "");
    if (!isCardNumber(digits)) continue;
    spans.push({ start: match.index, end: match.index + match[0].length, kind: "card_number", because: "form" });
  }
}

/** Issuer ranges of the large networks, and the check digit (ISO/IEC 7812-1, Luhn). */
export function isCardNumber(digits: string): boolean {
  if (
    !/^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35\d{14})$/.test(
      digits,
    )
  ) {
    return false;
  }
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** In order, without overlaps; where two meet, what is secret by its form wins, since nothing uncovers that. */
function merge(spans: readonly SecretSpan[]): SecretSpan[] {
  const forms = union(spans.filter((s) => s.because === "form"));
  const fieldParts = subtract(union(spans.filter((s) => s.because === "field")), forms);
  return [...forms, ...fieldParts].sort((a, b) => a.start - b.start);
}

function union(spans: readonly SecretSpan[]): SecretSpan[] {
  const merged: SecretSpan[] = [];
  for (const span of spans.filter((s) => s.end > s.start).sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else merged[merged.length - 1] = { ...last, end: Math.max(last.end, span.end) };
  }
  return merged;
}

/** What of `spans` lies outside of `holes`; both in order and without overlaps. */
function subtract(
  spans: readonly SecretSpan[],
  holes: readonly { readonly start: number; readonly end: number }[],
): SecretSpan[] {
  const left: SecretSpan[] = [];
  let next = 0;
  for (const span of spans) {
    let at = span.start;
    while (next < holes.length && holes[next]!.end <= at) next++;
    for (let i = next; i < holes.length && holes[i]!.start < span.end; i++) {
      if (holes[i]!.start > at) left.push({ ...span, start: at, end: holes[i]!.start });
      at = Math.max(at, holes[i]!.end);
    }
    if (at < span.end) left.push({ ...span, start: at });
  }
  return left;
}

/**
 * Leaves out of the secrets what is an attack. An attack tried in a password field or a cookie is what the analyst has to see,
 * and it is the attacker's, not the user's: the value of a *field* that was classified as an attack is shown. What is secret by
 * its form (a key, a card number, a signed token) stays masked even inside an attack.
 *
 * @param attacks values that were classified as an attack, as offsets into the same text
 */
export function uncoverAttacks(
  secrets: readonly SecretSpan[],
  attacks: readonly { readonly start: number; readonly end: number }[],
): SecretSpan[] {
  const holes: { start: number; end: number }[] = [];
  for (const { start, end } of [...attacks].sort((a, b) => a.start - b.start)) {
    const last = holes.at(-1);
    if (last === undefined || start > last.end) holes.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  const shown = subtract(
    secrets.filter((s) => s.because === "field"),
    holes,
  );
  return [...secrets.filter((s) => s.because === "form"), ...shown].sort((a, b) => a.start - b.start);
}

/** What stands in place of a secret: always the same length, so that not even that is told. */
export const maskText = "\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022";

/** The text with its secrets masked. @param secrets in order, as `findSecrets` gives them */
export function mask(text: string, secrets: readonly SecretSpan[] = findSecrets(text)): string {
  let out = "";
  let at = 0;
  for (const { start, end } of secrets) {
    out += text.slice(at, start) + maskText;
    at = end;
  }
  return out + text.slice(at);
}
