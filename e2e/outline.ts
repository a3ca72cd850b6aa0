import type { Locator } from "playwright";

/** What those who cannot see a screen go along: landmarks, headings, and what can be worked. */
const shown = new Set(
  "navigation banner main search region heading link button combobox searchbox textbox spinbutton checkbox group toolbar grid table tablist tab tabpanel listbox columnheader radio img log alert dialog".split(
    " ",
  ),
);
/** Whose contents are as many as there are items, or differ by what the machine has. */
const repeated = new Set(["listitem", "rowgroup", "option", "status"]);

/**
 * The accessibility tree of a part of the page as an outline: one line for each thing with its name, digits as `#`, without rows and items,
 * whose number and contents are those of the evidence.
 */
export async function readOutline(part: Locator): Promise<string> {
  const lines: string[] = [];
  let skipped = Number.POSITIVE_INFINITY;
  for (const line of (await part.ariaSnapshot()).split("\n")) {
    const [, indent = "", text = ""] = /^(\s*)- (.*)$/.exec(line) ?? [];
    if (indent.length > skipped) continue;
    skipped = Number.POSITIVE_INFINITY;
    const bare = text.replace(/^'(.*)'(:?.*)$/, "$1$2").replaceAll("''", "'");
    const [, role = "", name = "", state = ""] = /^(\w+)(?: "((?:[^"\\]|\\.)*)")?((?: \[[^\]]*\])*)/.exec(bare) ?? [];
    if (repeated.has(role)) skipped = indent.length;
    if (!shown.has(role)) continue;
    const named = name === "" ? role : `${role} ${name.replace(/\d[\d.,]*/g, "#")}`;
    lines.push(`${indent}${named}${state}`);
  }
  return `${lines.join("\n")}\n`;
}
