import { z } from "zod";

/** Whether what a value says may steer what is done. Unknown is untrusted. */
export const integrities = ["trusted", "untrusted"] as const;
export type Integrity = (typeof integrities)[number];

/** Where bytes came from at first: typed by a user, written by Claude or Qwen, fetched, read from a file, answered by a tool, remembered. */
export const valueSources = ["user", "claude", "qwen", "web", "file", "tool", "memory"] as const;
export type ValueSource = (typeof valueSources)[number];

/** Who may come to know a value: everyone, or these and nobody else, sorted; an empty list: nobody beyond the engine. */
export const Readers = z.union([z.literal("everyone"), z.array(z.string().min(1).max(320)).max(1000).readonly()]);
export type Readers = "everyone" | readonly string[];

/**
 * What is known about a value, whatever it says. A value that is made of others has the join of their labels: trusted only if all are,
 * readable only by who may read all, from wherever any of them came.
 *
 * Source: Denning 1976, "A Lattice Model of Secure Information Flow"; Debenedetti et al. 2025, "Defeating Prompt Injections by Design"
 * (CaMeL), section 5.3 (readers and sources).
 */
export interface Label {
  readonly integrity: Integrity;
  readonly readers: Readers;
  /** In the order of `valueSources`, each once. */
  readonly sources: readonly ValueSource[];
}

export const Label = z.strictObject({
  integrity: z.enum(integrities),
  readers: Readers,
  sources: z.array(z.enum(valueSources)).max(valueSources.length).readonly(),
}) satisfies z.ZodType<Label>;

/** What nobody wrote: the neutral element of the join. */
export const emptyLabel: Label = { integrity: "trusted", readers: "everyone", sources: [] };

/** Label of a value from one source. */
export function labelOf(source: ValueSource, integrity: Integrity, readers: Readers = "everyone"): Label {
  return { integrity, readers: readers === "everyone" ? readers : [...new Set(readers)].sort(), sources: [source] };
}

/** Label of a value made of others: the least upper bound. Commutative, associative, idempotent. */
export function joinLabels(labels: Iterable<Label>): Label {
  let integrity: Integrity = "trusted";
  let readers: Readers = "everyone";
  const sources = new Set<ValueSource>();
  for (const label of labels) {
    if (label.integrity === "untrusted") integrity = "untrusted";
    readers = meetReaders(readers, label.readers);
    for (const source of label.sources) sources.add(source);
  }
  return { integrity, readers, sources: valueSources.filter((source) => sources.has(source)) };
}

/** Who may read both. */
export function meetReaders(a: Readers, b: Readers): Readers {
  if (a === "everyone") return b === "everyone" ? b : [...new Set(b)].sort();
  if (b === "everyone") return [...new Set(a)].sort();
  const others = new Set(b);
  return [...new Set(a)].filter((reader) => others.has(reader)).sort();
}

/** Whether all of these may come to know a value. */
export function mayRead(readers: Readers, who: Readers): boolean {
  if (readers === "everyone") return true;
  if (who === "everyone") return false;
  const allowed = new Set(readers);
  return who.every((reader) => allowed.has(reader));
}
