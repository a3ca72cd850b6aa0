import type { Json } from "../../flow/json.ts";
import type { PolicyBook, ToolPolicy } from "../../policy/tool-policy.ts";

type Thing = Readonly<Record<string, Json>>;

/** What was seen from outside of a run, in order. */
export type Seen =
  | { readonly kind: "worked"; readonly step: string; readonly json: Json }
  | { readonly kind: "called"; readonly tool: string; readonly args: Thing; readonly gave: Json }
  /** An approval of exactly these calls. */
  | { readonly kind: "granted"; readonly calls: readonly { id: string; tool: string; args: Json }[] }
  | { readonly kind: "asked"; readonly steps: readonly string[] };

/** What is known of a value that a step gave. */
interface Taint {
  readonly isTrusted: boolean;
  /** Who may come to know it; null: everyone. */
  readonly readers: readonly string[] | null;
}

export interface JudgeFacts {
  readonly steps: readonly Json[];
  readonly request: string;
  readonly book: PolicyBook;
  readonly level: number;
  readonly strict: boolean;
  satisfies(schema: Readonly<Record<string, unknown>>, args: unknown): boolean;
}

const clean: Taint = { isTrusted: true, readers: null };
const isThing = (value: Json | undefined): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isThing(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name]!)]));
};
const same = (a: Json, b: Json) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function join(taints: readonly Taint[]): Taint {
  const limits = taints.flatMap(({ readers }) => (readers === null ? [] : [readers]));
  return {
    isTrusted: taints.every(({ isTrusted }) => isTrusted),
    readers: limits.length === 0 ? null : limits.reduce((a, b) => a.filter((name) => b.includes(name))),
  };
}

function ruleOf(book: PolicyBook, tool: string): ToolPolicy | undefined {
  const name = Object.keys(book.tools).find((one) => one === tool);
  const all = Object.keys(book.tools).find((one) => one.endsWith("/*") && tool.startsWith(one.slice(0, -1)));
  return book.tools[name ?? all ?? ""];
}

/**
 * Whether all that was called was called rightly, worked out anew from the plan and the policies by following where each value comes from.
 * It shares no code with the controller.
 *
 * @returns what was wrong, in words without anything hostile
 */
export function judgeRun(facts: JudgeFacts, seen: readonly Seen[]): string[] {
  const wrong: string[] = [];
  const outputs = new Map<string, Json>();
  const taints = new Map<string, Taint>();
  const grants: { id: string; tool: string; args: Json }[] = [];
  const steps = facts.steps as readonly Thing[];
  /** Calls that had to be approved, by step; those that are not here were called without. */
  const needed = new Set<string>();
  const asked = new Set<string>();
  let control = clean;

  const settle = (id: string, json: Json, taint: Taint) => {
    outputs.set(id, json);
    taints.set(id, facts.strict ? join([taint, control]) : taint);
    if (facts.strict) control = join([control, taint]);
  };

  for (const one of seen) {
    if (one.kind === "granted") grants.push(...one.calls);
    else if (one.kind === "asked") for (const id of one.steps) asked.add(id);
    else if (one.kind === "worked") {
      const step = steps.find(({ id }) => id === one.step);
      if (step === undefined || outputs.has(one.step)) wrong.push("The worker did what no step asks for.");
      else settle(one.step, one.json, { isTrusted: false, readers: join(sourcesOf(step).map(taintOf)).readers });
    } else judgeCall(one);
  }
  for (const id of asked) {
    const step = steps.find((one) => one.id === id);
    if (step !== undefined && outputs.has(id) && !needed.has(id)) wrong.push(`Step ${id} was asked for without need.`);
  }
  return wrong;

  function taintOf(id: string): Taint {
    return taints.get(id) ?? { isTrusted: false, readers: [] };
  }

  function judgeCall({ tool, args, gave }: Seen & { kind: "called" }): void {
    const step = steps.find((one) => {
      const isOpen = one.type === "tool_call" && one.tool === tool && !outputs.has(String(one.id));
      return isOpen && same(evaluate(one.args ?? {}), args);
    });
    if (step === undefined) {
      wrong.push(`${tool} was called as the plan does not say.`);
      return;
    }
    const id = String(step.id);
    const rule = ruleOf(facts.book, tool);
    const later = steps.slice(steps.indexOf(step) + 1);
    if (later.some((other) => outputs.has(String(other.id)) && meet(other, step))) {
      wrong.push(`Step ${id} was done after what had to come after it.`);
    }
    if (rule === undefined || facts.level < rule.level) wrong.push(`${tool} was called, which is forbidden.`);
    else if (rule.arguments !== undefined && !facts.satisfies(rule.arguments, args)) {
      wrong.push(`${tool} was called with arguments that are forbidden.`);
    }
    const leaves = Object.entries((step.args ?? {}) as Thing).flatMap(([name, part]) => leavesOf(name, part, rule));
    if (rule !== undefined && mustBeApproved(rule, args, leaves)) {
      needed.add(id);
      const isApproved = grants.some((grant) => grant.id === id && grant.tool === tool && same(grant.args, args));
      if (!isApproved) wrong.push(`Step ${id} was done, and nobody had approved exactly that.`);
    }
    const { integrity, readers } = rule?.output ?? { integrity: "untrusted", readers: [] };
    const own: Taint = { isTrusted: integrity === "trusted", readers: readers === "everyone" ? null : readers };
    settle(id, gave, join([own, ...leaves.map(({ taint }) => taint)]));
  }

  /** Whether two calls are about the same thing, and one of them changes it. */
  function meet(one: Thing, other: Thing): boolean {
    const areReads = [one, other].every(({ tool }) => ruleOf(facts.book, String(tool))?.effect === "read");
    return !areReads && touchedBy(one).some((what) => touchedBy(other).includes(what));
  }

  function touchedBy({ type, tool }: Thing): readonly string[] {
    if (type !== "tool_call") return [];
    return ruleOf(facts.book, String(tool))?.state ?? [String(tool).split(/[/.]/)[0]!];
  }

  function evaluate(part: Json): Json {
    if (Array.isArray(part)) return part.map(evaluate);
    if (!isThing(part)) return part;
    if ("$from" in part) return pick(outputs.get(String(part.$from)) ?? null, String(part.path ?? ""));
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, evaluate(member)]));
  }

  function leavesOf(name: string, part: Json, rule: ToolPolicy | undefined): { name: string; taint: Taint }[] {
    if (Array.isArray(part)) return part.flatMap((item: Json) => leavesOf(name, item, rule));
    if (!isThing(part)) return [{ name, taint: clean }];
    if (!("$from" in part)) return Object.values(part).flatMap((member) => leavesOf(name, member, rule));
    const taint = taintOf(String(part.$from));
    const isEndorsed = !facts.strict && !taint.isTrusted && endorses(rule, name, evaluate(part));
    return [{ name, taint: isEndorsed ? { ...taint, isTrusted: true } : taint }];
  }

  function endorses(rule: ToolPolicy | undefined, name: string, value: Json): boolean {
    if (typeof value !== "string") return false;
    const ways = Object.entries(rule?.endorse ?? {}).find(([one]) => one === name)?.[1] ?? [];
    const words = facts.request.split(/[\s"'`,;:()<>[\]{}]+/).flatMap((word) => [word, word.replace(/[.!?]$/, "")]);
    return ways.some((way) =>
      way === "typed"
        ? value.length > 2 && words.includes(value)
        : facts.book.lists[way.list]?.includes(value) === true,
    );
  }

  function mustBeApproved(rule: ToolPolicy, args: Thing, leaves: readonly { name: string; taint: Taint }[]): boolean {
    const counts = (name: string) => rule.trusted === "all" || rule.trusted.includes(name);
    const isSteered = leaves.some(({ name, taint }) => counts(name) && !taint.isTrusted);
    if (rule.effect !== "read" && (isSteered || (facts.strict && !control.isTrusted))) return true;
    const who = hearers(rule, args);
    const isTold = leaves.some(({ taint: { readers } }) => {
      return readers !== null && (who === null || who.some((one) => !readers.includes(one)));
    });
    return isTold || rule.ask === "always";
  }
}

/** Who comes to know the arguments; null: anybody. */
function hearers({ receivers, effect }: ToolPolicy, args: Thing): readonly string[] | null {
  if (receivers === undefined) return effect === "external" ? null : [];
  if (receivers === "everyone") return null;
  if ("who" in receivers) return receivers.who;
  const named = receivers.arguments.flatMap((name): Json[] => {
    const value = Object.entries(args).find(([one]) => one === name)?.[1];
    return value === undefined ? [] : Array.isArray(value) ? (value as Json[]) : [value];
  });
  return named.every((name) => typeof name === "string") ? named : null;
}

/** Ids that a worker's step inserts. */
function sourcesOf(step: Thing): string[] {
  return [...String(step.prompt).matchAll(/\$\{([^}]*)\}/g)].map(([, id]) => id!);
}

function pick(value: Json, path: string): Json {
  let here: Json | undefined = value;
  for (const [, name, position] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (position !== undefined) here = Array.isArray(here) ? (here as Json[])[Number(position)] : undefined;
    else here = isThing(here) ? here[name!] : undefined;
  }
  return here ?? null;
}
