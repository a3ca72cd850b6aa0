import type { Random } from "../random.ts";

/** Encodings in which authors of attacks hide them, and under which applications receive them. */
export const encodings = {
  url: (text: string) => encodeURIComponent(text),
  urlPlus: (text: string) => encodeURIComponent(text).replaceAll("%20", "+"),
  urlAll: (text: string) =>
    Buffer.from(text)
      .toString("hex")
      .replace(/../g, (pair) => `%${pair}`),
  urlTwice: (text: string) => encodeURIComponent(encodeURIComponent(text)),
  urlUnicode: (text: string) => text.replace(/[^\w.]/g, (c) => `%u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  html: (text: string) => text.replace(/[^\w\s]/g, (c) => `&#${c.charCodeAt(0)};`),
  htmlHex: (text: string) => text.replace(/[^\w\s]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`),
  htmlNamed: (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  escape: (text: string) => text.replace(/[^\w\s.]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  escapeHex: (text: string) => text.replace(/[^\w\s.]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`),
  base64: (text: string) => Buffer.from(text).toString("base64"),
  hex: (text: string) => Buffer.from(text).toString("hex"),
  json: (text: string) => JSON.stringify(text).slice(1, -1),
  fullWidth: (text: string) =>
    text.replace(/[!-~]/g, (c) => (/[<>'"/;|=()]/.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)),
} as const satisfies Record<string, (text: string) => string>;

export type Encoding = keyof typeof encodings;
const names = Object.keys(encodings) as Encoding[];

/** `text` in one encoding; lone surrogates, which have no UTF-8 form, are dropped first. */
export function encode(text: string, encoding: Encoding): string {
  return encodings[encoding](text.toWellFormed());
}

export function randomEncoding(random: Random): Encoding {
  return random.pick(names);
}

/** Letters in random case. */
export function mixCase(random: Random, text: string): string {
  return [...text].map((c) => (random.chance(0.5) ? c.toUpperCase() : c.toLowerCase())).join("");
}
