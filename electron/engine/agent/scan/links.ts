import { collectFindings, type PlacedFinding } from "./collect-findings.ts";
import { entropyOf, looksRandom } from "./entropy.ts";
import { findLinks, type Link } from "./link-forms.ts";
import type { Scannable, Scanner } from "./scanner.ts";

/**
 * Links that carry data away, above all images, which are fetched without a click; schemes that run something; links that lead
 * elsewhere than they say. In what a worker answered, every remote image is told of: it has no reason to be there.
 */
export function createLinkScanner(): Scanner {
  return { name: "links", scan: (what, signal) => collectFindings(what, findDangers, signal) };
}

function* findDangers(text: string, what: Scannable): Generator<PlacedFinding> {
  for (const link of findLinks(text)) {
    const found = judgeLink(link, what.kind === "output");
    if (found !== null) yield { ...found, start: link.start, end: link.end };
  }
}

const running =
  /^[\s\p{Cc}]*(?:javascript|vbscript|livescript|jscript|mocha|file|jar|ms-\w+|search-ms|shell):|^\s*data:(?!image\/(?:png|jpe?g|gif|webp|avif|bmp|x-icon))/iu;
const slot =
  /\{\{?[^{}]{1,60}\}\}?|\$\{[^}]{1,60}\}|%7B[^/&]{1,60}%7D|<[^<>]{1,60}>|\[[A-Za-z][^\]]{1,60}\]|\b(?:INSERT|YOUR|DATA|SECRET|TOKEN|PASSWORD|CONVERSATION|SUMMARY|HISTORY|CONTENTS?|BASE64)(?:_[A-Z0-9]{1,20}){0,4}(?=$|[&/.])/;
const talking =
  /^(?:data|d|q|payload|secret|leak|exfil|exfiltrate|stolen|history|chat|conversation|context|prompt|password|pwd|token|key|info|content|message|msg|log|c|x)$/i;

interface Judgement {
  readonly rule: string;
  readonly why: string;
}

/** @returns null: nothing is wrong with it */
function judgeLink({ target, isImage, label }: Link, isAnswer: boolean): Judgement | null {
  if (running.test(target))
    return { rule: "running_scheme", why: "A link of this scheme runs something or reads local files." };
  const parsed = parse(target);
  if (parsed === null) return null;
  const { url, raw } = parsed;
  if (/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff\u{e0000}-\u{e007f}]/u.test(raw)) {
    return { rule: "hidden_in_link", why: "Characters that nobody sees stand in this address." };
  }
  if (url.username !== "" && /\./.test(decode(url.username))) {
    return { rule: "misleading_link", why: "What looks like the host is a user name: the address leads elsewhere." };
  }
  const shown = label === null ? null : hostIn(label);
  if (shown !== null && siteOf(shown) !== siteOf(url.hostname)) {
    return { rule: "misleading_link", why: "The text names another host than the one that the link leads to." };
  }
  const carries = carriesData(url, raw);
  if (isImage && carries !== null)
    return { rule: "image_exfiltration", why: `An image is fetched without a click, and ${carries}.` };
  if (isImage && isAnswer)
    return { rule: "remote_image", why: "An answer that shows a remote image tells its server that it was read." };
  if (carries !== null && (isAnswer || /place|hidden/.test(carries)))
    return { rule: "link_exfiltration", why: `Following it sends data: ${carries}.` };
  return null;
}

function parse(target: string): { url: URL; raw: string } | null {
  const raw = target.startsWith("//") ? `https:${target}` : target;
  if (!/^(?:https?|ftp|wss?):/i.test(raw)) return null;
  try {
    return { url: new URL(raw), raw };
  } catch {
    return null;
  }
}

/** What an address carries that its reader did not put there, in words; null: nothing that shows. */
function carriesData(url: URL, raw: string): string | null {
  const tail = decode(raw.slice(raw.indexOf("://") + 3).replace(/^[^/?#]*/, ""));
  const host = url.hostname;
  if (slot.test(tail) || /%7b|\{/i.test(raw.slice(0, raw.length - tail.length)))
    return "its address has a place to put data in";
  for (const [name, value] of url.searchParams) {
    if (isEncoded(value)) return "its query carries encoded data";
    if (talking.test(name) && (value.length >= 40 || /\s.*\s/.test(value))) return "its query carries text";
    if (value.split(/\s+/).length >= 6) return "its query carries text";
    if (
      /^(?:data|payload|secret|leak|exfil\w*|stolen|password|pwd)$/i.test(name) &&
      (value === "" || value.length >= 8)
    )
      return "its query carries data";
  }
  for (const segment of url.pathname.split("/")) {
    const bare = decode(segment).replace(/\.(?:png|gif|jpe?g|svg|webp|ico|bmp)$/i, "");
    if (bare.length >= 40 && isEncoded(bare)) return "its path carries encoded data";
    if (/(?:\s|_|\+|-)(?:password|passwd|secret|api.?key)(?:\s|_|\+|-|=)/i.test(` ${bare} `) && /\d/.test(bare))
      return "its path carries data";
  }
  for (const part of host.split(".").slice(0, -2)) {
    if (part.length >= 30 && /^[a-z2-7]{30,}$|^[0-9a-f]{30,}$/.test(part) && entropyOf(part) >= 3)
      return "its host name carries encoded data";
  }
  if (url.hash.length > 60 && isEncoded(url.hash.slice(1))) return "its fragment carries encoded data";
  return null;
}

function isEncoded(value: string): boolean {
  if (value.length < 24) return false;
  if (/^[0-9a-fA-F]{48,}$/.test(value)) return true;
  const word = value.replace(/=+$/, "").replaceAll(" ", "+");
  return (
    /^[A-Za-z0-9+/_-]{24,}$/.test(word) &&
    (looksRandom(word) || (value.endsWith("=") && entropyOf(word) >= 3.3) || reads(word))
  );
}

/** Base64 that decodes to words. */
function reads(word: string): boolean {
  if (!/[A-Z]/.test(word) || !/[a-z]/.test(word) || word.length < 24) return false;
  const bytes = Buffer.from(word.slice(0, 64), "base64");
  return bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 10 || byte === 13);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function hostIn(label: string): string | null {
  return (
    /^\s*(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12})(?:[/?#:]\S{0,500})?\s*$/i
      .exec(label)?.[1]
      ?.toLowerCase() ?? null
  );
}

/** Last two labels of a host: enough to tell one site from another here. */
function siteOf(host: string): string {
  return host
    .replace(/^www\./, "")
    .split(".")
    .slice(-2)
    .join(".");
}
