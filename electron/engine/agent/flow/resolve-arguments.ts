import { SentinelError } from "../../../../shared/errors.ts";
import type { Label } from "../../base/labels.ts";
import type { Json } from "./json.ts";
import type { Template, ToolStep } from "./plan.ts";
import { type ValuePath, writePath } from "./value-path.ts";
import type { Value, Values } from "./values.ts";

/** A part of a call's arguments that is one value: a literal of the plan, or what an earlier step gave. */
export interface Leaf {
  /** Name of the argument. */
  readonly argument: string;
  /** From the arguments, such as `to[0].name`. */
  readonly path: string;
  readonly json: Json;
  readonly label: Label;
  /** The step that gave it; null: it stands in the plan. */
  readonly from: string | null;
  readonly value: Value;
  /** What stands for it because it equals it: what the user typed, or a list. */
  readonly endorsed: "typed" | { readonly list: string } | null;
}

/** A call's arguments as they are. */
export interface ResolvedArguments {
  readonly args: Readonly<Record<string, Json>>;
  readonly leaves: readonly Leaf[];
}

export interface ResolveOptions {
  readonly values: Values;
  /** What each earlier step gave. */
  readonly given: ReadonlyMap<string, Value>;
  /** Label of what stands in the plan. */
  readonly planLabel: Label;
  /** A trusted value that may stand for an untrusted one in an argument, because they are equal; null: there is none. */
  endorse(argument: string, value: Value): { value: Value; by: "typed" | { list: string } } | null;
}

/**
 * The arguments of a call, each part a value of its own.
 * @throws SentinelError INPUT_INVALID naming a path at which there is nothing; never with what a value says
 */
export function resolveArguments(step: ToolStep, options: ResolveOptions): ResolvedArguments {
  const leaves: Leaf[] = [];
  const args: Record<string, Json> = {};
  for (const [name, template] of step.args) args[name] = resolve(template, name, [name], options, leaves);
  return { args, leaves };
}

function resolve(template: Template, argument: string, at: ValuePath, options: ResolveOptions, leaves: Leaf[]): Json {
  const deeper = (part: Template, step: string | number) => resolve(part, argument, [...at, step], options, leaves);
  switch (template.kind) {
    case "list":
      return template.items.map(deeper);
    case "object":
      return Object.fromEntries(template.members.map(([name, member]) => [name, deeper(member, name)]));
    case "literal": {
      const value = options.values.give(template.value, options.planLabel, "plan");
      const leaf = { argument, path: writePath(at), json: value.json, label: value.label, from: null, value };
      leaves.push({ ...leaf, endorsed: null });
      return value.json;
    }
    case "reference": {
      const { from, path } = template.reference;
      const whole = options.given.get(from)!;
      const found = options.values.select(whole, path);
      // The text is the same whatever the value says: nobody learns anything from it.
      if (found === null) {
        throw new SentinelError("INPUT_INVALID", `What step ${from} gave has nothing at ${writePath(path)}.`);
      }
      const endorsed = found.label.integrity === "trusted" ? null : options.endorse(argument, found);
      const value = endorsed?.value ?? found;
      const leaf = { argument, path: writePath(at), json: value.json, label: value.label, from, value };
      leaves.push({ ...leaf, endorsed: endorsed?.by ?? null });
      return value.json;
    }
  }
}
