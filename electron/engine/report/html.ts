import { visibleWords } from "../../../shared/visible-text.ts";

/** Markup that was made here. Everything else is text. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | readonly Part[] | string | number | null;

/**
 * Markup from a template; what is put into it stands as text unless it is markup itself.
 * SECURITY: the only way in which anything gets into a report: every value is escaped, and characters that would be invisible or
 * turn the reading direction are named.
 */
export function html(strings: TemplateStringsArray, ...values: Part[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + toText(values[i - 1] ?? null) + string));
}

function toText(value: Part): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return (value as readonly Part[]).map(toText).join("");
  return escapeText(visibleWords(String(value), true));
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
