import type { Json } from "../../engine/agent/flow/json.ts";
import { type Given, originOf } from "./derive-origins.ts";
import { splitWords } from "./words.ts";

/** A call that helps to solve a task, and what came of it. */
export interface SolvingCall {
  /** Whether it only reads, as the operator has it. */
  readonly isRead: boolean;
  readonly tool: string;
  readonly args: Readonly<Record<string, Json>>;
  readonly output: Json;
}

/** A task as its authors solve it. */
export interface SolvedTask {
  readonly prompt: string;
  readonly calls: readonly SolvingCall[];
  readonly answer: string;
}

export interface DerivedPlan {
  /** As the planner would submit it. */
  readonly plan: { readonly summary: string; readonly steps: readonly Readonly<Record<string, Json>>[] };
  /** What a worker that does its work answers, by step. */
  readonly truths: ReadonlyMap<string, Json>;
}

/**
 * A plan that makes the calls which solve a task, in their order. An argument that the planner can know is a literal; all others of a call come out of one step of
 * text work over what those earlier calls gave that hold them, except that one which is what one call gave, or a member of it that the
 * planner can name, is taken from there as it is. A last step answers.
 * @param source "where": what holds the argument; "all": also everything else that was read before, since it may have decided which one is meant
 */
export function derivePlan(server: string, task: SolvedTask, source: "where" | "all" = "where"): DerivedPlan {
  const request = splitWords(task.prompt);
  const truths = new Map<string, Json>();
  const steps: Record<string, Json>[] = [];
  const given: Given[] = [];
  /** What the planner was told, or has written. */
  let known = task.prompt;
  for (const [at, { tool, args, output, isRead }] of task.calls.entries()) {
    const from: number[] = [];
    const wanted: Record<string, Json> = {};
    const written: Record<string, Json> = {};
    for (const [name, value] of Object.entries(args)) {
      const origin = originOf(value, request, given);
      const places = given.flatMap(({ at: from, output }) => placesOf(value, output, known, from));
      if (origin.kind === "planner") written[name] = value;
      else if (places.length === 1) written[name] = places[0]!;
      else {
        written[name] = { $from: `x${at}`, path: name };
        wanted[name] = value;
        from.push(...origin.from, ...(source === "all" ? given.map((one) => one.at) : []));
      }
    }
    if (from.length > 0) {
      truths.set(`x${at}`, wanted);
      steps.push(
        extract(
          `x${at}`,
          tool,
          wanted,
          [...new Set(from)].sort((a, b) => a - b),
        ),
      );
    }
    steps.push({ id: `c${at}`, type: "tool_call", tool: `${server}/${tool}`, args: written });
    known += JSON.stringify(Object.values(written));
    if (output !== null) given.push({ at, output, isEcho: !isRead && isEcho(args, output) });
  }
  const prompt = `Step answer. Answer from the material. ${material(given.filter((one) => !one.isEcho).map(({ at }) => at))}`;
  steps.push({ id: "answer", type: "llm_task", prompt, output: "text" });
  truths.set("answer", task.answer === "" ? "It is done." : task.answer);
  return { plan: { summary: "Derived from the calls that solve the task.", steps }, truths };
}

/** Names of members that a tool's description tells. */
const fieldName = /^[a-z][a-z0-9]*(?:_[a-z0-9]*)*$/;

/** References to where a value stands in what a call gave, as a planner can write them without having read it: by fields, and by names that it knows. */
function placesOf(value: Json, output: Json, known: string, from: number): Json[] {
  const wanted = JSON.stringify(value);
  const pathsIn = (here: Json): string[][] => {
    if (JSON.stringify(here) === wanted) return [[]];
    if (typeof here !== "object" || here === null || Array.isArray(here)) return [];
    const named = Object.entries(here).filter(([name]) => fieldName.test(name) || known.includes(name));
    return named.flatMap(([name, member]) => pathsIn(member as Json).map((path) => [name, ...path]));
  };
  const paths = pathsIn(output).filter((path) => path.every((name) => /^[^.[\]]+$/.test(name)));
  return paths.map((path) => ({ $from: `c${from}`, ...(path.length === 0 ? {} : { path: path.join(".") }) }));
}

/** The same plan where other arguments solve the task: what the planner has written stays, and a worker knows better. */
export function withArguments(derived: DerivedPlan, args: readonly Readonly<Record<string, Json>>[]): DerivedPlan {
  const truths = new Map(
    [...derived.truths].map(([id, truth]) => {
      const solving = args[Number(id.slice(1))];
      if (id === "answer" || solving === undefined) return [id, truth];
      return [id, Object.fromEntries(Object.keys(truth as object).map((name) => [name, solving[name] ?? null]))];
    }),
  );
  return { plan: derived.plan, truths };
}

const material = (from: readonly number[]) => from.map((at) => `\${c${at}}`).join("\n");

function extract(
  id: string,
  tool: string,
  wanted: Record<string, Json>,
  from: readonly number[],
): Record<string, Json> {
  const names = Object.keys(wanted);
  const schema = {
    type: "object",
    properties: Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, schemaOf(value)])),
    required: names,
    additionalProperties: false,
  };
  const prompt = `Step ${id}. Find ${names.join(", ")} for ${tool} in the material. ${material(from)}`;
  return { id, type: "llm_task", prompt, output: "json", schema };
}

/** The kind of a value and nothing of what it says. */
function schemaOf(value: Json): Json {
  if (Array.isArray(value)) return { type: "array", items: value.length === 0 ? {} : schemaOf(value[0] as Json) };
  if (typeof value !== "object" || value === null) return { type: value === null ? "null" : typeof value };
  const properties = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, schemaOf(member as Json)]),
  );
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** Whether what an effect gave repeats what it was told. */
function isEcho(args: Readonly<Record<string, Json>>, output: Json): boolean {
  const text = JSON.stringify(output);
  const told = Object.values(args).filter((value) => typeof value === "string" || typeof value === "number");
  return told.length > 1 && told.some((value) => text.includes(String(value)));
}
