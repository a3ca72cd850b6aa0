import type { Corpus } from "./corpus.ts";
import { isListNoise } from "./payload-lists.ts";
import type { Sample } from "./sample.ts";

/** Names and counts of what a model was fitted to, for its card. Written by the training command. */
export function dataStatement(corpus: Corpus, hash: string, leftOut: number): string {
  const noise = corpus.lists.filter(isListNoise).length;
  return [
    "# Data statement of the payload model",
    "",
    `Model \`${hash}\`. Written by the training command; do not edit.`,
    "",
    "## Public lists (MIT): rows of `train` are fitted to, `validation` sets thresholds, `test` is only judged",
    table(
      ["source", "label", "split", "rows"],
      counts(corpus.lists, (row) => [row.source, row.label, row.split]),
    ),
    "",
    `${noise} rows of the attack lists are no attack by themselves (comments, bare words, one harmless tag) and are left out of the`,
    "fit; they stay in every evaluation.",
    "",
    "## Generated",
    table(
      ["source", "disguise", "values"],
      counts(corpus.attacks, (s) => [s.source, s.kind]),
    ),
    "",
    table(
      ["ordinary text", "values"],
      counts(corpus.benign, (s) => [s.kind]),
    ),
    "",
    "## Found on the machine that trained, not shipped",
    "Documentation and source of installed packages (pieces of one line up to a page):",
    table(
      ["folder", "kind", "values"],
      counts(corpus.texts, (s) => [s.source, s.kind]),
    ),
    "",
    "Values of recorded honest sessions of public web applications:",
    table(
      ["application", "place", "values"],
      counts(corpus.recorded, (s) => [s.source, s.kind]),
    ),
    "",
    `Temperature and thresholds: ${leftOut} values of sources that the calibration's own fit did not see, among them`,
    table(
      ["folder", "values"],
      counts(corpus.calibrationTexts, (s) => [s.source]),
    ),
    "",
    "Personal data: none on purpose. Public documentation may name its authors; no text can be read back from the hashed weights.",
    "",
  ].join("\n");
}

function counts<S extends Sample>(samples: readonly S[], key: (sample: S) => string[]): string[][] {
  const found = new Map<string, number>();
  for (const sample of samples) {
    const name = key(sample).join("\t");
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [...name.split("\t"), String(count)]);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "(none)";
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
