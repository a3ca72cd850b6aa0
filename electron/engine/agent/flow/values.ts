import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { emptyLabel, joinLabels, Label } from "../../base/labels.ts";
import type { Json } from "./json.ts";
import { selectAt, type ValuePath, writePath } from "./value-path.ts";

/** How a value came to be. `given`: from outside, with the label of where it came from; all others are made of their parents. */
export const operations = [
  "given",
  "concatenate",
  "slice",
  "select",
  "fill",
  "build",
  "choose",
  "answer",
  "result",
  "remember",
  "endorse",
] as const;
export type Operation = (typeof operations)[number];

/** A value with what is known about it. A node of the graph of provenance: its parents lead back to where it came from. */
export interface Value {
  /** Unique within its task, in the order of making. */
  readonly id: string;
  readonly json: Json;
  readonly label: Label;
  readonly operation: Operation;
  readonly parents: readonly Value[];
  /** In words: the tool, the path, who typed it. Nothing untrusted stands in it. */
  readonly detail: string;
  /** Sources in memory that it was taken from, beside those of its parents. */
  readonly origins?: readonly string[] | undefined;
}

/** What is known of values together. */
export interface Ancestry {
  readonly label: Label;
  /** Sources in memory that they were taken from, at first or by way of others, sorted. */
  readonly origins: readonly string[];
}

/** The sources in memory that values were taken from, by whatever way, sorted. */
export function originsOf(values: readonly Value[]): string[] {
  const seen = new Set<Value>();
  const left = [...values];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    left.push(...value.parents);
  }
  return [...new Set([...seen].flatMap(({ origins = [] }) => origins))].sort();
}

/** A value as it is kept. */
export const ValueRecord = z.strictObject({
  id: z.string(),
  json: z.unknown(),
  label: Label,
  operation: z.enum(operations),
  parents: z.array(z.string()),
  detail: z.string(),
  origins: z.array(z.string()).readonly().optional(),
});
export type ValueRecord = z.infer<typeof ValueRecord>;

/**
 * The values of one task. Whatever is made is made here, so that nothing can be made without its label: the join of the labels of all that
 * went into it.
 *
 * In strict mode a value also depends on what decided that it is made (control dependence): after `observe`, each value made bears
 * the observed labels too. Source: Debenedetti et al. 2025 (CaMeL), section 5.4 (NORMAL and STRICT mode).
 */
export interface Values {
  /** From outside. */
  give(json: Json, label: Label, detail: string): Value;
  /** @throws SentinelError INPUT_INVALID when one is no text */
  concatenate(parts: readonly Value[]): Value;
  /** UTF-16 units from start to before end. @throws SentinelError INPUT_INVALID when it is no text */
  slice(value: Value, start: number, end: number): Value;
  /** @returns null when there is nothing at the path */
  select(value: Value, path: ValuePath): Value | null;
  /** A text with values between its pieces, each as `write` writes it. */
  fill(pieces: readonly (string | Value)[], write: (value: Value) => string): Value;
  /** A list or an object of values. */
  build(json: Json, parts: readonly Value[]): Value;
  /** One of two, as a third decides; in strict mode it bears the third's label too. */
  choose(condition: Value, then: Value, otherwise: Value): Value;
  /** What a model or tool made of its inputs: their labels joined with its own. */
  derive(
    operation: "answer" | "result",
    json: Json,
    inputs: readonly Value[],
    own: Label,
    detail: string,
    origins?: readonly string[],
  ): Value;
  /** What comes back from memory: at most as trusted as it is kept. */
  remember(json: Json, kept: Label, query: readonly Value[], detail: string): Value;
  /**
   * Puts a trusted value in the place of an untrusted one that equals it. Only who may know both may know it.
   * @throws SentinelError INPUT_INVALID when they differ
   */
  endorse(value: Value, trusted: Value, detail: string): Value;
  /** From now on what happens depends on these, too. Without strict mode nothing changes. */
  observe(values: readonly Value[]): void;
  all(): readonly Value[];
  toRecords(): ValueRecord[];
}

export function createValues({ strict, records = [] }: { strict: boolean; records?: readonly ValueRecord[] }): Values {
  const known = new Map<string, Value>();
  let control = emptyLabel;

  for (const { json, parents, ...record } of records) {
    const found = parents.map((id) => known.get(id));
    if (found.some((parent) => parent === undefined)) {
      throw new SentinelError("EVIDENCE_CORRUPT", "A kept value names a parent that was not kept before it.");
    }
    known.set(record.id, { ...record, json: json as Json, parents: found as Value[] });
  }

  function make(
    operation: Operation,
    json: Json,
    parents: readonly Value[],
    detail: string,
    labels: readonly Label[] = parents.map(({ label }) => label),
    origins: readonly string[] = [],
  ): Value {
    const label = joinLabels([...labels, control]);
    const own = origins.length === 0 ? {} : { origins };
    const value = { id: `v${known.size + 1}`, json, label, operation, parents, detail, ...own };
    known.set(value.id, value);
    return value;
  }

  const textOf = ({ json }: Value): string => {
    if (typeof json !== "string") throw new SentinelError("INPUT_INVALID", "The value is no text.");
    return json;
  };

  return {
    give: (json, label, detail) => make("given", json, [], detail, [label]),
    concatenate: (parts) => make("concatenate", parts.map(textOf).join(""), parts, ""),
    slice: (value, start, end) => make("slice", textOf(value).slice(start, end), [value], `${start} to ${end}`),
    select(value, path) {
      const found = selectAt(value.json, path);
      return found === undefined ? null : make("select", found, [value], writePath(path));
    },
    fill(pieces, write) {
      const parents = pieces.filter((piece) => typeof piece !== "string");
      const text = pieces.map((piece) => (typeof piece === "string" ? piece : write(piece))).join("");
      return make("fill", text, parents, "");
    },
    build: (json, parts) => make("build", json, parts, ""),
    choose(condition, then, otherwise) {
      const taken = condition.json === true ? then : otherwise;
      return make("choose", taken.json, strict ? [condition, taken] : [taken], condition.id);
    },
    derive: (operation, json, inputs, own, detail, origins) =>
      make(operation, json, inputs, detail, [own, ...inputs.map(({ label }) => label)], origins),
    remember: (json, kept, query, detail) =>
      make("remember", json, query, detail, [kept, ...query.map(({ label }) => label)]),
    endorse(value, trusted, detail) {
      // SECURITY: what is handed on is the trusted value itself, and only where nobody could tell the two apart.
      if (JSON.stringify(value.json) !== JSON.stringify(trusted.json) || trusted.label.integrity !== "trusted") {
        throw new SentinelError("INPUT_INVALID", "Only an equal, trusted value can stand for another.");
      }
      const { integrity, sources } = trusted.label;
      const { readers } = joinLabels([value.label, trusted.label]);
      return make("endorse", trusted.json, [value, trusted], detail, [{ integrity, sources, readers }]);
    },
    observe(values) {
      if (strict) control = joinLabels([control, ...values.map(({ label }) => label)]);
    },
    all: () => [...known.values()],
    toRecords: () =>
      [...known.values()].map(({ parents, ...value }) => ({ ...value, parents: parents.map(({ id }) => id) })),
  };
}
