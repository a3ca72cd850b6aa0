import type { SampleKind } from "../../../shared/label.ts";
import type { PayloadClass } from "../../../shared/payload.ts";

/** What the model that was served said of a sample when it was labelled. */
export interface Judged {
  readonly class: PayloadClass;
  /** In [0, 1]. */
  readonly confidence: number;
}

/** What somebody says that a sample is. */
export interface Statement {
  readonly sample: string;
  readonly kind: SampleKind;
  /** A person; for rows of a file, `fileLabeller` of its import. */
  readonly labeller: string;
  readonly label: PayloadClass;
  /** Epoch milliseconds. */
  readonly at: number;
  /** "alert", "labelling", "add-sample", "false-positive", or the import that brought it. */
  readonly source: string;
  /** Settles what was said before it. */
  readonly resolves: boolean;
  /** Whether it was reported or closed as one, or called benign by a person while the model took it for an attack. */
  readonly isFalsePositive: boolean;
  /** Null: not known. */
  readonly said: Judged | null;
}

const filePrefix = "file ";

/** Who labels the rows of an imported file: the file itself, so that it can contradict the person who brought it. */
export function fileLabeller(importId: string): string {
  return filePrefix + importId;
}

/** Id of the import that a labeller or a source stands for; null: a person, or one of the product's own sources. */
export function importOf(name: string): string | null {
  return name.startsWith(filePrefix) ? name.slice(filePrefix.length) : null;
}

/** What is held of one sample. */
export interface Agreement {
  /** What all say; null: they disagree. */
  readonly label: PayloadClass | null;
  /** What counts: the last word of each labeller, from the last resolution on, oldest first. */
  readonly standing: readonly Statement[];
}

const byTime = (a: Statement, b: Statement) =>
  a.at - b.at || (a.labeller < b.labeller ? -1 : a.labeller > b.labeller ? 1 : 0) || (a.source < b.source ? -1 : 1);

/**
 * What is held of a sample. The last word of each labeller counts. A resolution settles everything up to it; whoever says something else
 * afterwards opens the question again.
 *
 * @param statements about one sample, at least one, in any order
 */
export function agreeOn(statements: readonly Statement[]): Agreement {
  if (statements.length === 1) return { label: statements[0]!.label, standing: statements };
  const last = new Map<string, Statement>();
  for (const statement of statements.toSorted(byTime)) last.set(statement.labeller, statement);
  const words = [...last.values()].sort(byTime);
  const resolution = words.findLastIndex(({ resolves }) => resolves);
  const standing = resolution < 0 ? words : words.slice(resolution);
  const label = standing[0]!.label;
  return { label: standing.every((each) => each.label === label) ? label : null, standing };
}

/** Statements by sample, in the order of the samples' ids. */
export function bySample(statements: Iterable<Statement>): [sample: string, statements: Statement[]][] {
  const all = new Map<string, Statement[]>();
  for (const statement of statements) {
    const known = all.get(statement.sample);
    if (known === undefined) all.set(statement.sample, [statement]);
    else known.push(statement);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}
