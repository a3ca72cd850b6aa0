import type { Place } from "../../../../shared/payload.ts";

/** A path as rules compare it: without query, decoded once, without doubled slashes, `.` and `..` (RFC 3986 section 6.2.2). */
export function normalPath(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const origin = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/]*/i.exec(path);
  const kept: string[] = [];
  for (const raw of (origin === null ? path : path.slice(origin[0].length)).split("/")) {
    const segment = decodeOnce(raw);
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}

/** A name as rules compare it: decoded once, header names in small letters, indexes of JSON lists left open. */
export function normalName(place: Place, name: string): string {
  if (place === "header") return name.toLowerCase();
  if (place === "json") return name.replace(/\[\d+\]/g, "[]");
  return place === "query" || place === "form" ? decodeOnce(name.replaceAll("+", " ")) : name;
}

function decodeOnce(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8, or no escape at all: each byte for itself, as servers do.
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/** Whether a path template fits a path. */
export function createPathTest(template: string): (path: string) => boolean {
  const parts = segmentsOf(template);
  const isOpen = parts.at(-1) === "{rest}";
  const fixed = isOpen ? parts.slice(0, -1) : parts;
  return (path) => {
    const segments = segmentsOf(path);
    if (isOpen ? segments.length < fixed.length : segments.length !== fixed.length) return false;
    return fixed.every((part, i) => isVariable(part) || part === segments[i]);
  };
}

export const isVariable = (part: string) => part.startsWith("{") && part.endsWith("}");

export const segmentsOf = (path: string) => path.split("/").filter((segment) => segment !== "");
