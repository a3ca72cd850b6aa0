// SECURITY: follows what the controller did without any of its code, so that no mistake can hide itself. It imports nothing but a hash
// function and the shape of what it is given; canonical JSON, labels, paths and policies are read here once more. It stays under 200 lines.
import { createHash } from "node:crypto";
import type { TaskFacts } from "./task-facts.ts";

type Any = null | boolean | number | string | Any[] | { [name: string]: Any };
type Thing = { [name: string]: Any };
type Done = { labels: Map<string, Lab>; control: Lab; previous: string | null };
type Lab = { integrity: string; readers: "everyone" | string[]; sources: string[] };

const sources = ["user", "claude", "qwen", "web", "file", "tool", "memory"];
const isThing = (value: Any | undefined): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const own = (thing: unknown, name: string): Any | undefined =>
  isThing(thing as Any) && Object.hasOwn(thing as Thing, name) ? (thing as Thing)[name] : undefined;

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isThing(value as Any)) return JSON.stringify(value);
  const members = Object.entries(value as Thing).filter(([, member]) => member !== undefined);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}
const hash = (value: unknown) => createHash("sha256").update(canonical(value)).digest("hex");
const same = (a: unknown, b: unknown) => canonical(a) === canonical(b);

function join(...labels: Lab[]): Lab {
  const limits = labels.flatMap(({ readers }) => (readers === "everyone" ? [] : [readers]));
  const readers = limits.length === 0 ? null : limits.reduce((a, b) => a.filter((name) => b.includes(name)));
  return {
    integrity: labels.every(({ integrity }) => integrity === "trusted") ? "trusted" : "untrusted",
    readers: readers === null ? "everyone" : [...new Set(readers)].sort(),
    sources: sources.filter((source) => labels.some((label) => label.sources.includes(source))),
  };
}

function at(value: Any | undefined, path: string): Any | undefined {
  let here = value;
  for (const [, name, position] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    here = position === undefined ? own(here, name!) : Array.isArray(here) ? here[Number(position)] : undefined;
  }
  return here;
}

/** Who comes to know what is handed to a tool. */
function receivers(policy: Thing, args: Thing): "everyone" | string[] {
  const given = policy.receivers ?? (policy.effect === "external" ? "everyone" : { who: [] });
  if (!isThing(given)) return "everyone";
  const named = given.who ?? (given.arguments as string[]).flatMap((name) => own(args, name) ?? []);
  return (named as Any[]).every((name) => typeof name === "string") ? (named as string[]) : "everyone";
}
const edge = "\\s\"'`,;:()<>[\\]{}";
/** Whether a text stands in a request as a word or phrase of its own. */
const isTyped = (text: string, request: string) =>
  new RegExp(`(?<=^|[${edge}])${text.replace(/[^\w\s]/g, "\\$&")}(?=[.!?]?(?:$|[${edge}]))`).test(request);

/** Whether a value is of the types, members, choices and bounds of a JSON Schema. What else one can say is the controller's alone. */
function fits(schema: Any | undefined, value: Any): boolean {
  if (!isThing(schema) || "$ref" in schema || (value === null && schema.nullable === true)) return schema !== false;
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const isKind = (type: Any) => type === kind || (type === "integer" && Number.isInteger(value));
  if (schema.type !== undefined && ![schema.type].flat().some(isKind)) return false;
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => same(one, value))) return false;
  if ("const" in schema && !same(schema.const, value)) return false;
  if (typeof value === "number") return !(value < (schema.minimum as number)) && !(value > (schema.maximum as number));
  if (Array.isArray(value)) return value.every((item) => Array.isArray(schema.items) || fits(schema.items, item));
  if (!isThing(value)) return true;
  const other = schema.patternProperties === undefined ? schema.additionalProperties : undefined;
  if (((schema.required ?? []) as string[]).some((name) => own(value, name) === undefined)) return false;
  return Object.entries(value).every(([name, one]) => fits(own(schema.properties, name) ?? other, one));
}
const argumentOf = (path: string) => path.split(/[.[]/)[0]!;
const isTainted = ({ integrity }: Lab) => integrity !== "trusted";

class Wrong extends Error {}
const must = (holds: boolean, why: string) => {
  if (!holds) throw new Wrong(why);
};

/**
 * Follows the proofs of a task from its first step.
 * @returns null when each is exactly what has to be; else the step, and what is wrong with it
 */
export function checkProofs(facts: TaskFacts, proofs: readonly unknown[]): { step: string; why: string } | null {
  const nobody: Lab = { integrity: "trusted", readers: "everyone", sources: [] };
  const done: Done = { labels: new Map(), control: nobody, previous: null };
  for (const proof of proofs) {
    try {
      const wanted = follow(facts, proof as Thing, done);
      for (const name of new Set([...Object.keys(wanted), ...Object.keys(proof as Thing)])) {
        must(same(own(wanted, name) ?? null, own(proof, name) ?? null), `Its ${name} is not what follows.`);
        must(Object.hasOwn(wanted, name), `It has ${name}, which no proof has.`);
      }
      const output = wanted.output as Thing | null;
      // What is not done yet is the last.
      must(output !== null || proof === proofs.at(-1), "Others were done before it.");
      if (output !== null) done.labels.set(wanted.step as string, output.label as Lab);
      if (output !== null && facts.strict) done.control = join(done.control, output.label as Lab);
      done.previous = hash(proof);
    } catch (error) {
      return { step: String(own(proof, "step")), why: error instanceof Wrong ? error.message : "It is no proof." };
    }
  }
  return null;
}

/** The proof that a step has to have. */
function follow(facts: TaskFacts, proof: Thing, { labels, control, previous }: Done): Thing {
  const name = proof.step as string;
  const step = (facts.plan as { steps: Thing[] }).steps.find(({ id }) => id === name)!;
  must(step !== undefined && !labels.has(name), "It is no step of the plan, or was done before.");
  const tool = String(step.tool);
  const isCall = step.type === "tool_call";
  const policy = (own(facts.policies.tools, tool) ?? own(facts.policies.tools, `${tool.split("/")[0]}/*`)) as Thing;
  must(!isCall || isThing(policy), "No policy lets its tool be called.");
  const inputs: Thing[] = [];
  const written = join({ integrity: "trusted", readers: "everyone", sources: [facts.planner] }, control);

  /** The value that a part of the arguments stands for; its label goes into the inputs. */
  function evaluate(part: Any, path: string): Any {
    if (isThing(part) && "$from" in part) {
      const from = part.$from as string;
      const label = labels.get(from)!;
      const value = at(facts.outputs.get(from)?.json as Any, (part.path ?? "") as string)!;
      must(label !== undefined && value !== undefined, `It uses what step ${from} has not given.`);
      const endorsed = own((proof.inputs as Any[])[inputs.length], "endorsed") ?? null;
      must(endorsed === null || endorses(value, path, endorsed), `Nothing trusted stands for ${path}.`);
      const user = { ...join(label, control), integrity: "trusted", sources: ["user"] };
      inputs.push({ path, from, label: endorsed === null ? join(label, control) : user, endorsed });
      return value;
    }
    if (!canonical(part).includes('"$from":')) {
      inputs.push({ path, from: null, label: written, endorsed: null });
      return part;
    }
    if (Array.isArray(part)) return part.map((item, i) => evaluate(item, `${path}[${i}]`));
    const members = Object.entries(part as Thing);
    return Object.fromEntries(members.map(([key, item]) => [key, evaluate(item, `${path}.${key}`)]));
  }
  function endorses(value: Any, path: string, by: Any): boolean {
    const ways = (own(policy.endorse, argumentOf(path)) ?? []) as Any[];
    if (facts.strict || typeof value !== "string" || !ways.some((way) => same(way, by))) return false;
    if (by === "typed") return value.length > 2 && isTyped(value, facts.request);
    return ((own(facts.policies.lists, (by as Thing).list as string) ?? []) as Any[]).includes(value);
  }

  let call: Any = (step.prompt ?? null) as Any;
  if (isCall) {
    const args = Object.entries((step.args ?? {}) as Thing).map(([key, part]) => [key, evaluate(part, key)] as const);
    call = { tool, args: Object.fromEntries(args) };
    must(same(call, facts.calls.get(name)), "Another call was made than the plan says.");
  } else {
    for (const [, from] of String(step.prompt).matchAll(/\$\{([^}]*)\}/g)) {
      must(labels.has(from!), `It uses what step ${from} has not given.`);
      inputs.push({ path: "prompt", from: from!, label: join(labels.get(from!)!, control), endorsed: null });
    }
  }
  const level = facts.levels.get(name)!;
  const given = inputs.map(({ label }) => label as Lab);
  must(!isCall || level >= (policy.level as number), "Its tool is for a higher trust level.");
  must(!isCall || fits(policy.arguments, own(call, "args")!), "Its policy does not let it take these arguments.");
  let approval: Thing | null = null;
  const named = own(proof.decision, "approval") ?? null;
  if ((isCall && needsApproval()) || named !== null) {
    const id = String(own(named!, "id"));
    const granted = facts.approvals.get(id);
    must(granted !== undefined, "Somebody had to approve it, and nobody did.");
    const isShown = granted!.calls.some((one) => same(one, { id: name, ...(call as Thing) }));
    must(isCall && isShown, "Another call was approved.");
    approval = { id, shown: hash(granted!.shown) };
  }
  const decision = { verdict: approval === null ? "allowed" : "approved", approval };

  function needsApproval(): boolean {
    const counts = (i: number) =>
      policy.trusted === "all" || (policy.trusted as string[]).includes(argumentOf(inputs[i]!.path as string));
    if (policy.effect !== "read" && [control, ...given.filter((_, i) => counts(i))].some(isTainted)) return true;
    const who = receivers(policy, (call as Thing).args as Thing);
    const tells = ({ readers }: Lab) =>
      readers !== "everyone" && (who === "everyone" || who.some((one) => !readers.includes(one)));
    return given.some(tells) || policy.ask === "always";
  }

  const output = proof.output === null ? undefined : facts.outputs.get(name);
  must(proof.output === null || output !== undefined, "It has given nothing.");
  const worker = { integrity: facts.workerByInputs ? "trusted" : "untrusted", readers: "everyone", source: "qwen" };
  const promised = (isCall ? policy.output : worker) as Thing;
  const least = { ...promised, sources: [promised.source as string] } as Lab;
  const declared = (output?.declared ?? least) as Lab;
  must(same(join(declared, least), join(declared)), "What came back is labelled better than its policy says.");
  return {
    ...{ version: 1, task: facts.task, step: name, type: step.type, level, strict: facts.strict },
    ...{ plan: hash(facts.plan), policy: isCall ? hash(policy) : null, call: hash(call), inputs, control, decision },
    output: output === undefined ? null : { hash: hash(output.json), label: join(declared, ...given, control) },
    previous,
  } as Thing;
}
