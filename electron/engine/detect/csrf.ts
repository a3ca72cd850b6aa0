import { payloadClasses } from "../../../shared/payload.ts";
import { sigmoid } from "../base/math.ts";
import type { Exchange, Header } from "../evidence/exchange.ts";
import type { ClassifierOutput } from "./payload.ts";

/** A request that another site made a browser send, as far as the request itself tells. */
export interface CsrfJudgement {
  readonly output: ClassifierOutput;
  /** In words, without values of the request. */
  readonly reason: string;
  /** Index of the header (Origin or Referer) that names the other site. */
  readonly header: number;
}

/**
 * Weights in log-odds, at the base rate that the payload classifier's probabilities have: every second one an attack. They are
 * judgements, not fitted: no recorded set of forged requests exists. A form that another origin posts with a session cookie comes
 * out above 0.99, known by its Referer only just below, without a session cookie at 0.97.
 */
const weights = {
  prior: 2.7,
  otherOrigin: 1.6,
  nullOrigin: 0.9,
  otherReferer: 1.0,
  fetchMetadata: 0.6,
  sessionCookie: 0.8,
  noSessionCookie: -0.8,
  sensitiveAction: 0.9,
  disguisedJson: 1.0,
} as const;

const sessionCookie = /sess|sid\b|auth|token|jwt|login|remember|user|account|identity/i;
const sensitiveAction =
  /passw|e-?mail|transfer|payment|delete|remove|settings|account|profile|admin|role|permission|amount|update|create|address|invite|grant|withdraw|order|purchase/i;
/** Names of fields and headers that carry a token against forgery, of the common frameworks. */
const tokenName =
  /csrf|xsrf|authenticity_token|requestverificationtoken|nonce|form_?key|form_?token|sesskey|edittoken|^_?token$|formhash|viewstate|anti.?forgery/i;
/** Headers that a form of another site cannot set: they would need a preflight (WHATWG Fetch section 2.2.2). */
const customHeader =
  /^(?:authorization|x-requested-with|x-api-key|x-auth-token|x-.*(?:csrf|xsrf|token).*|.*csrf.*|.*xsrf.*)$/i;
/**
 * Forms that other sites post on purpose: SAML and WS-Federation, OAuth 2.0 form_post and OpenID Connect, LTI, 3-D Secure and
 * payment notifications. They carry their own proof. Each is told by names of its fields.
 */
const expectedForms: readonly (readonly string[])[] = [
  ["samlresponse"],
  ["samlrequest"],
  ["wresult"],
  ["code", "state"],
  ["id_token", "state"],
  ["access_token", "state"],
  ["error", "state"],
  ["openid.mode"],
  ["oauth_signature"],
  ["lti_message_type"],
  ["id_token", "lti_storage_target"],
  ["logout_token"],
  ["pares", "md"],
  ["cres"],
  ["threedsmethoddata"],
  ["payment_status", "txn_id"],
  ["txn_type", "verify_sign"],
  ["dsgrq", "signature"],
  ["ds_signature"],
  ["signature", "transactionid"],
  ["hmac", "order_id"],
];
const expectedPath =
  /(?:callback|webhook|\/ipn\b|\/acs\b|saml|oauth|openid|sso\b|collect\b|beacon|analytics|\/csp\b|report-uri)/i;

/** Second-level labels under which names are registered, for the common country domains. */
const registrySecondLevel = new Set(["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob", "nom"]);

/** Host in lower case without port, brackets or trailing dot; null when there is none. */
function hostOf(authority: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/?#@\s]+))(?::\d*)?$/i.exec(authority.slice(0, 300));
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? null : host.toLowerCase().replace(/\.$/, "");
}

/** Host of an http(s) URL; null for anything else. */
function hostOfUrl(url: string): string | null {
  const match = /^https?:\/\/([^/?#]{1,300})/i.exec(url);
  return match === null ? null : hostOf(match[1]!.slice(match[1]!.lastIndexOf("@") + 1));
}

/** The site of a host: its registrable domain, by rule of thumb; addresses and single labels are their own. */
function siteOf(host: string): string {
  if (/^[\d.]+$/.test(host) || host.includes(":")) return host;
  const labels = host.split(".");
  const two = labels.length >= 3 && labels.at(-1)!.length === 2 && registrySecondLevel.has(labels.at(-2)!) ? 3 : 2;
  return labels.slice(-two).join(".");
}

/** Names of fields of a form body, in lower case; at most 500. */
function fieldNames(body: string, contentType: string): string[] {
  if (contentType.startsWith("multipart/")) {
    return Array.from(body.slice(0, 262_144).matchAll(/\bname="([^"\r\n]{1,100})"/gi), (match) =>
      match[1]!.toLowerCase(),
    ).slice(0, 500);
  }
  return body
    .slice(0, 262_144)
    .split("&", 500)
    .map((pair) => pair.slice(0, pair.indexOf("=") < 0 ? 100 : Math.min(100, pair.indexOf("="))).toLowerCase());
}

/** Keys of a JSON body's beginning. Lengths are bounded so that matching stays linear. */
function jsonKeys(body: string): string[] {
  return Array.from(body.slice(0, 65_536).matchAll(/"([^"]{1,100})"\s{0,10}:/g), (match) => match[1]!);
}

/** What forms can send without a preflight (WHATWG Fetch section 2.2.2, CORS-safelisted request-header). */
function isSimpleContentType(type: string): boolean {
  return type === "" || /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/.test(type);
}

interface Facts {
  readonly values: ReadonlyMap<string, { readonly value: string; readonly index: number }>;
  readonly custom: boolean;
}

function readHeaders(headers: readonly Header[]): Facts {
  const values = new Map<string, { value: string; index: number }>();
  let custom = false;
  for (const [index, [name, value]] of headers.entries()) {
    const lower = name.toLowerCase();
    if (!values.has(lower)) values.set(lower, { value: value.trim(), index });
    custom ||= customHeader.test(lower);
  }
  return { values, custom };
}

/**
 * Judges whether a request looks forged across sites (CWE-352): it changes state, is authenticated by a cookie, comes from
 * another site, is one that a form can send without a preflight, and carries no token. Says nothing where the headers were not
 * wholly recorded.
 *
 * @returns null when one of these does not hold
 */
export function judgeCsrf(exchange: Exchange): CsrfJudgement | null {
  if (exchange.method.toUpperCase() !== "POST") return null;
  if (exchange.headers === null || exchange.headersPartial === true) return null;
  const { values, custom } = readHeaders(exchange.headers);
  if (custom) return null;
  const cookie = values.get("cookie")?.value ?? "";
  const contentType = (values.get("content-type")?.value ?? "").toLowerCase();
  if (cookie === "" || !isSimpleContentType(contentType)) return null;

  const host = hostOf(values.get("host")?.value ?? values.get(":authority")?.value ?? exchange.host ?? "");
  const foreign = findForeignSite(values, host);
  if (foreign === null) return null;
  const fetchSite = values.get("sec-fetch-site")?.value.toLowerCase();
  if (fetchSite !== undefined && fetchSite !== "cross-site") return null;

  const body = exchange.body ?? "";
  const question = exchange.target.indexOf("?");
  const path = question < 0 ? exchange.target : exchange.target.slice(0, question);
  const names = [
    ...fieldNames(body, contentType),
    ...(question < 0 ? [] : fieldNames(exchange.target.slice(question + 1), "")),
  ];
  if (names.some((name) => tokenName.test(name))) return null;
  const known = new Set(names);
  if (expectedPath.test(path) || expectedForms.some((form) => form.every((name) => known.has(name)))) return null;
  const disguised = contentType.startsWith("text/plain") && /^\s*[{[]/.test(body);
  if (disguised && jsonKeys(body).some((name) => tokenName.test(name))) return null;

  const hasSession = sessionCookie.test(cookie.replace(/=[^;]*/g, "="));
  const sensitive = sensitiveAction.test(path) || names.some((name) => sensitiveAction.test(name));
  const logOdds =
    weights.prior +
    weights[foreign.kind] +
    (fetchSite === "cross-site" ? weights.fetchMetadata : 0) +
    (hasSession ? weights.sessionCookie : weights.noSessionCookie) +
    (sensitive ? weights.sensitiveAction : 0) +
    (disguised ? weights.disguisedJson : 0);
  const confidence = sigmoid(logOdds);
  const whence = {
    otherOrigin: "another origin",
    nullOrigin: "an origin that hides itself",
    otherReferer: "a page of another site",
  };
  const what = disguised ? "JSON disguised as plain text" : "a form";
  return {
    output: createOutput(confidence),
    reason: `${what} was posted from ${whence[foreign.kind]} with ${hasSession ? "a session cookie" : "cookies"} and without a token${sensitive ? ", for a sensitive action" : ""}`,
    header: foreign.header,
  };
}

type ForeignKind = "otherOrigin" | "nullOrigin" | "otherReferer";

function findForeignSite(values: Facts["values"], host: string | null): { kind: ForeignKind; header: number } | null {
  if (host === null) return null;
  const origin = values.get("origin");
  const referer = values.get("referer");
  const refererHost = referer === undefined ? null : hostOfUrl(referer.value);
  const isForeign = (other: string | null): boolean => other !== null && siteOf(other) !== siteOf(host);
  if (origin !== undefined && origin.value !== "") {
    if (origin.value === "null") {
      // Privacy settings hide the origin of honest pages too; their Referer, where sent, then names the same site.
      return refererHost !== null && !isForeign(refererHost) ? null : { kind: "nullOrigin", header: origin.index };
    }
    return isForeign(hostOfUrl(origin.value)) ? { kind: "otherOrigin", header: origin.index } : null;
  }
  return isForeign(refererHost) ? { kind: "otherReferer", header: referer!.index } : null;
}

function createOutput(confidence: number): ClassifierOutput {
  const isAttack = confidence > 0.5;
  return {
    class: isAttack ? "csrf" : "benign",
    confidence: isAttack ? confidence : 1 - confidence,
    probabilities: payloadClasses.map((name) =>
      name === "csrf" ? confidence : name === "benign" ? 1 - confidence : 0,
    ),
    family: null,
    tier: "rule",
    spans: [],
    set: confidence >= 0.9 ? ["csrf"] : ["csrf", "benign"],
    cut: false,
  };
}
