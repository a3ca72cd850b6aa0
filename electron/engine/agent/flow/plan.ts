import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { isRecord, type Json, takeJson } from "./json.ts";
import { parsePath, type ValuePath } from "./value-path.ts";

/** A whole earlier value, or what is at a path in it, as an argument of a tool. */
export interface Reference {
  readonly from: string;
  readonly path: ValuePath;
}

/** What an argument is made of: never text with something pasted into it, so that each part keeps its label. */
export type Template =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "list"; readonly items: readonly Template[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Template])[] };

/** A piece of a prompt: as the planner wrote it, or an earlier step's whole answer. */
export type PromptPart = { readonly text: string } | { readonly from: string };

export interface LlmStep {
  readonly id: string;
  readonly type: "llm_task";
  readonly prompt: readonly PromptPart[];
  readonly output: "text" | "json";
  /** JSON Schema of the answer. */
  readonly schema: Json | null;
}

export interface ToolStep {
  readonly id: string;
  readonly type: "tool_call";
  readonly tool: string;
  readonly args: readonly (readonly [string, Template])[];
}

export type PlanStep = LlmStep | ToolStep;

export interface Plan {
  readonly summary: string;
  readonly steps: readonly PlanStep[];
  /** As it was submitted: what is hashed, shown and checked. */
  readonly source: Json;
}

const idForm = /^[A-Za-z0-9_-]{1,64}$/;
const mostSteps = 100;
/** UTF-16 units of the JSON of a plan. */
const longestPlan = 262_144;

const Step = z.discriminatedUnion("type", [
  z.strictObject({
    id: z.string().regex(idForm),
    type: z.literal("llm_task"),
    prompt: z.string().min(1),
    output: z.enum(["text", "json"]),
    schema: z.record(z.string(), z.unknown()).optional(),
  }),
  z.strictObject({
    id: z.string().regex(idForm),
    type: z.literal("tool_call"),
    tool: z.string().min(1).max(200),
    args: z.record(z.string(), z.unknown()).default({}),
  }),
]);
const Submitted = z.strictObject({ summary: z.string().max(4000), steps: z.array(Step).min(1).max(mostSteps) });

/**
 * A plan as `submit_plan` gives it, checked whole: shapes, sizes, ids, references to earlier steps alone (so that there is no circle),
 * tools that exist.
 * @param hasTool whether there is a tool of this name
 * @throws SentinelError INPUT_INVALID saying what is wrong and where, fit to be shown to the planner
 */
export function parsePlan(given: unknown, hasTool: (name: string) => boolean): Plan {
  const source = takeJson(given, "The plan");
  if (JSON.stringify(source).length > longestPlan) refuse(`it is longer than ${longestPlan} characters`);
  const parsed = Submitted.safeParse(source);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    refuse(`${issue.path.join(".") || "it"}: ${issue.message}`);
  }
  const earlier = new Set<string>();
  const steps = parsed.data.steps.map((step): PlanStep => {
    if (earlier.has(step.id)) refuse(`two steps have the id ${step.id}`);
    const where = `step ${step.id}`;
    const known = (id: string) => {
      if (!earlier.has(id)) refuse(`${where} refers to ${quote(id)}, which is no earlier step`);
      return id;
    };
    const read =
      step.type === "llm_task"
        ? {
            id: step.id,
            type: step.type,
            prompt: splitPrompt(step.prompt, known),
            output: step.output,
            schema: step.schema === undefined ? null : (step.schema as Json),
          }
        : {
            id: step.id,
            type: step.type,
            tool: knownTool(step.tool, where, hasTool),
            args: Object.entries(step.args).map(
              ([name, arg]) => [name, readTemplate(arg as Json, where, known)] as const,
            ),
          };
    earlier.add(step.id);
    return read;
  });
  return { summary: parsed.data.summary, steps, source };
}

function knownTool(tool: string, where: string, hasTool: (name: string) => boolean): string {
  if (!hasTool(tool)) refuse(`${where} calls ${quote(tool)}, which is no tool`);
  return tool;
}

/** Splits at `${id}`; whatever else a prompt holds stands as it is. */
function splitPrompt(prompt: string, known: (id: string) => string): PromptPart[] {
  const parts: PromptPart[] = [];
  let end = 0;
  for (const match of prompt.matchAll(/\$\{([^}]*)\}/g)) {
    if (match.index > end) parts.push({ text: prompt.slice(end, match.index) });
    parts.push({ from: known(match[1]!) });
    end = match.index + match[0].length;
  }
  if (end < prompt.length) parts.push({ text: prompt.slice(end) });
  return parts;
}

function readTemplate(arg: Json, where: string, known: (id: string) => string): Template {
  if (Array.isArray(arg)) {
    return settle(
      { kind: "list", items: (arg as readonly Json[]).map((item) => readTemplate(item, where, known)) },
      arg,
    );
  }
  if (!isRecord(arg)) return { kind: "literal", value: arg };
  if (Object.hasOwn(arg, "$from")) return { kind: "reference", reference: readReference(arg, where, known) };
  const members = Object.entries(arg).map(
    ([name, member]) => [name, readTemplate(member as Json, where, known)] as const,
  );
  return settle({ kind: "object", members }, arg);
}

/** What refers to nothing is one literal. */
function settle(template: Template, arg: Json): Template {
  const parts =
    template.kind === "list" ? template.items : template.kind === "object" ? template.members.map(([, m]) => m) : [];
  return parts.every(({ kind }) => kind === "literal") ? { kind: "literal", value: arg } : template;
}

function readReference(arg: Record<string, unknown>, where: string, known: (id: string) => string): Reference {
  const { $from: from, path, ...others } = arg;
  if (typeof from !== "string" || Object.keys(others).length > 0) {
    refuse(`${where} has a reference that is not {"$from": id, "path"?: text}`);
  }
  if (path === undefined) return { from: known(from), path: [] };
  const steps = typeof path === "string" ? parsePath(path) : null;
  if (steps === null) refuse(`${where} has a path that is not like a.b[0]`);
  return { from: known(from), path: steps };
}

/** The ids of the steps that a step needs. */
export function needsOf(step: PlanStep): ReadonlySet<string> {
  const needs = new Set<string>();
  if (step.type === "llm_task") for (const part of step.prompt) "from" in part && needs.add(part.from);
  else for (const [, template] of step.args) addNeeds(template, needs);
  return needs;
}

function addNeeds(template: Template, needs: Set<string>): void {
  if (template.kind === "reference") needs.add(template.reference.from);
  else if (template.kind === "list") for (const item of template.items) addNeeds(item, needs);
  else if (template.kind === "object") for (const [, member] of template.members) addNeeds(member, needs);
}

const quote = (text: string) => JSON.stringify(text.slice(0, 80));

function refuse(why: string): never {
  throw new SentinelError("INPUT_INVALID", `The plan cannot be used: ${why}.`);
}
