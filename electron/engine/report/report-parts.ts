import { classWords } from "../../../shared/attack-words.ts";
import type { PayloadClass } from "../../../shared/payload.ts";
import { html, type Markup } from "./html.ts";

/** A name of the wire in words. */
export const words = (name: string) => name.replaceAll("_", " ");
export const orNone = (text: string | number | null) => (text === null ? html`<em>not available</em>` : text);
/** What kind of attack it is: its class, and its family where that says more. */
export function attackOf({ class: of, family }: { class: PayloadClass; family?: string | null | undefined }): string {
  const name = of === "benign" ? "Behaviour only" : classWords[of];
  return family === null || family === undefined || family === of ? name : `${name} (${words(family)})`;
}
/** An instant, without the letters that only machines need. */
export const when = (at: string | null) =>
  at === null ? orNone(null) : html`<time>${at.replace("T", " ").replace("Z", "")}</time>`;
export const score = (value: number) => value.toFixed(3);
export const signed = (value: number) => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;

export function facts(rows: readonly (readonly [string, Parameters<typeof html>[1]])[]): Markup {
  return html`<table class="facts"><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Parameters<typeof html>[1][])[],
): Markup {
  if (rows.length === 0) return html`<p class="none">${caption}: none.</p>`;
  return html`<table><caption>${caption}</caption><thead><tr>${heads.map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

export const code = (text: string | null) => (text === null ? null : html`<code>${text}</code>`);
