import { RE2JS } from "re2js";
import { SentinelError } from "../../../../shared/errors.ts";
import { isRecord, type Json } from "./json.ts";
import type { Plan } from "./plan.ts";

/**
 * Instructions of a compiled pattern: a match costs up to so many steps a character. SECURITY: linear time alone lets a repetition of some
 * thousand optional letters, over the longest answer, take seconds.
 */
const mostInstructions = 250;

/**
 * A regular expression of a JSON Schema, matched in time that grows with the text alone (RE2). SECURITY: a planner writes it, and what a
 * hostile worker answers is matched by it: one that backtracks could hold the engine for hours.
 *
 * As ECMAScript's, but `.` takes every character but a line feed, and `\s` the white space of ASCII alone.
 * @throws Error for what RE2 has not (looking around, references back), and for what is too long
 */
export function compileLinear(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  if (compiled.programSize() > mostInstructions) throw new Error("It repeats or offers too much.");
  // Ajv takes two that read the same for one.
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}

/** What is wrong with the patterns of a JSON Schema, in words; null: nothing. */
export function refusePatterns(schema: Json): string | null {
  for (const pattern of patternsIn(schema)) {
    try {
      compileLinear(pattern);
    } catch {
      return `the pattern ${JSON.stringify(pattern.slice(0, 80))} is not matched here: patterns may neither look around nor refer back, and are compiled to at most ${mostInstructions} instructions`;
    }
  }
  return null;
}

/**
 * Looks at the patterns of a new plan's schemas before anything is done by it.
 * @throws SentinelError INPUT_INVALID naming the step and the pattern, fit to be shown to the planner
 */
export function requireLinearPatterns({ steps }: Plan): void {
  for (const step of steps) {
    if (step.type !== "llm_task" || step.schema === null) continue;
    const why = refusePatterns(step.schema);
    if (why === null) continue;
    throw new SentinelError("INPUT_INVALID", `The plan cannot be used: in the schema of step ${step.id}, ${why}.`);
  }
}

/** Members of a schema whose values are no schemas. */
const data: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

function patternsIn(schema: Json): string[] {
  if (Array.isArray(schema)) return (schema as readonly Json[]).flatMap(patternsIn);
  if (!isRecord(schema)) return [];
  return Object.entries(schema).flatMap(([name, member]) => {
    if (name === "pattern" && typeof member === "string") return [member];
    if (name === "patternProperties" && isRecord(member))
      return [...Object.keys(member), ...patternsIn(member as Json)];
    return data.has(name) ? [] : patternsIn(member as Json);
  });
}
