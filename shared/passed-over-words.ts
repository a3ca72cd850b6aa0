import type { CustodyManifest } from "./evidence.ts";

/** What of a recording was passed over because it is no HTTP request, in a sentence; null where that is nothing. */
export function passedOverWords({ passed_over = {} }: Pick<CustodyManifest, "passed_over">): string | null {
  const counts = Object.entries(passed_over).sort(([, a], [, b]) => b - a);
  const all = counts.reduce((sum, [, n]) => sum + n, 0);
  if (all === 0) return null;
  const number = (n: number) => n.toLocaleString("en");
  const what = all === 1 ? "entry is no HTTP request and was" : "entries are no HTTP requests and were";
  const schemes = counts.map(([scheme, n]) => `${number(n)} ${scheme === "other" ? "of other schemes" : scheme}`);
  return `${number(all)} ${what} passed over: ${schemes.join(", ")}.`;
}
