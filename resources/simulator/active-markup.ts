import { type DefaultTreeAdapterTypes, parse } from "parse5";

/** Markup of a page that a browser would run. */
export interface ActiveNode {
  /** The element, and the attribute where one is active: `img onerror`. */
  readonly where: string;
  /** The script, or the attribute's value. */
  readonly text: string;
  /** Whether a content security policy can forbid it as inline script. */
  readonly isInline: boolean;
}

/** Attributes that a URL stands in which is followed. */
const urlAttributes = new Set(["href", "src", "action", "formaction", "data", "xlink:href", "poster"]);
const mostNodes = 5_000;
const deepest = 2_000;

/** Everything in a page that would run, in the order of the page, as the HTML standard's parser reads it. */
export function findActiveMarkup(html: string): ActiveNode[] {
  const found: ActiveNode[] = [];
  const stack: { node: DefaultTreeAdapterTypes.Node; depth: number }[] = [{ node: parse(html), depth: 0 }];
  while (stack.length > 0 && found.length < mostNodes) {
    const { node, depth } = stack.pop()!;
    if ("tagName" in node) readElement(node, found, depth);
    const children = "childNodes" in node ? node.childNodes : [];
    if (depth >= deepest) continue;
    // Also what a template holds: scripts are taken out of it.
    if ("content" in node) stack.push({ node: node.content, depth: depth + 1 });
    for (const child of [...children].reverse()) stack.push({ node: child, depth: depth + 1 });
  }
  return found;
}

function readElement(element: DefaultTreeAdapterTypes.Element, found: ActiveNode[], depth: number): void {
  const { tagName, attrs } = element;
  const attribute = (name: string) => attrs.find((one) => one.name === name)?.value;
  if (tagName === "script") {
    const src = attribute("src") ?? attribute("href");
    const text = element.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
    if (src !== undefined) found.push({ where: "script src", text: src, isInline: false });
    else if (text.trim() !== "") found.push({ where: "script", text, isInline: true });
  }
  if ((tagName === "iframe" || tagName === "embed" || tagName === "object" || tagName === "base") && depth < deepest) {
    const src = attribute("src") ?? attribute("data") ?? attribute("href");
    if (src !== undefined) found.push({ where: `${tagName} src`, text: src, isInline: false });
  }
  for (const { name, prefix, value } of attrs) {
    const full = prefix === undefined || prefix === "" ? name : `${prefix}:${name}`;
    const where = `${tagName} ${full}`;
    if (/^on[a-z]/.test(name)) found.push({ where, text: value, isInline: true });
    else if (name === "srcdoc") found.push({ where, text: value, isInline: true });
    else if (urlAttributes.has(full) && isScriptUrl(value)) found.push({ where, text: value, isInline: true });
    else if (tagName === "meta" && name === "content" && /refresh/i.test(attribute("http-equiv") ?? "")) {
      if (isScriptUrl(value.replace(/^[^;,]*[;,]\s*(?:url\s*=\s*)?['"]?/i, ""))) {
        found.push({ where, text: value, isInline: true });
      }
    } else if (/^(?:set|animate)$/i.test(tagName) && /^(?:to|values|from)$/.test(name) && isScriptUrl(value)) {
      found.push({ where, text: value, isInline: true });
    }
  }
}

/** Spaces and control characters within are passed over (WHATWG URL, basic URL parser). */
function isScriptUrl(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a browser passes over.
  return /^(?:javascript:|data:text\/html|vbscript:)/i.test(value.replace(/[\u0000-\u0020]/g, ""));
}

/** Whether a policy forbids inline scripts (CSP Level 3, 6.7.3: `'unsafe-inline'` without nonce, hash or strict-dynamic allows them). */
export function forbidsInline(policies: readonly string[]): boolean {
  return policies.some((policy) => {
    const directives = new Map(
      policy.split(";").map((part) => {
        const [name = "", ...values] = part.trim().split(/\s+/);
        return [name.toLowerCase(), values.map((value) => value.toLowerCase())] as const;
      }),
    );
    const sources = directives.get("script-src-elem") ?? directives.get("script-src") ?? directives.get("default-src");
    if (sources === undefined) return false;
    const ignored = sources.some((source) => /^'(?:nonce-|sha\d{3}-|strict-dynamic)/.test(source));
    return ignored || !sources.includes("'unsafe-inline'");
  });
}

/** Whether an active text stems from what was sent: one holds the other, or a long run is the same in both. */
export function stemsFrom(text: string, forms: readonly string[]): boolean {
  const plain = (given: string) => given.toLowerCase().replace(/\s+/g, "");
  const active = plain(text);
  return forms.some((form) => {
    const sent = plain(form);
    if (active === "" || sent === "") return false;
    if (sent.includes(active) || active.includes(sent)) return true;
    // Half of what runs, and no less than eight characters: what a filter left of it.
    const run = Math.max(8, Math.ceil(active.length / 2));
    for (let at = 0; at + run <= Math.min(active.length, 2_000); at += 1) {
      if (sent.includes(active.slice(at, at + run))) return true;
    }
    return false;
  });
}
