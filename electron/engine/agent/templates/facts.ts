/** A text by rule: a title, and under each heading its lines. */
export interface Facts {
  readonly title: string;
  readonly parts: readonly { readonly heading: string; readonly lines: readonly string[] }[];
}

/** Characters of a quoted value; what is longer is cut, and says so. */
const mostQuoted = 300;

/** A value that others wrote, in quotes, on one line. */
export function quote(text: string): string {
  const cut = text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text;
  return JSON.stringify(cut);
}

/** `path_traversal` as words. */
export const words = (name: string): string => name.replaceAll("_", " ");

/** `2026-01-31 08:15 UTC`; "unknown" where there is no clock. */
export function moment(instant: string | null): string {
  return instant === null ? "unknown" : `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `3 high, 1 low`; "none". */
export function tally(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? "none" : told.map(([name, count]) => `${count} ${words(name)}`).join(", ");
}

/** As plain text. Headings without a line are left out. */
export function writeFacts({ title, parts }: Facts): string {
  const told = parts.filter(({ lines }) => lines.length > 0);
  return [
    title,
    ...told.map(({ heading, lines }) => [`${heading}:`, ...lines.map((line) => `- ${line}`)].join("\n")),
  ].join("\n\n");
}

/** A mail of these paragraphs, for a customer. */
export function writeMail(subject: string, paragraphs: readonly string[]): string {
  return [`Subject: ${subject}`, "Dear customer,", ...paragraphs, "Kind regards,\nyour security team"].join("\n\n");
}
