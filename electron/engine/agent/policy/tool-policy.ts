import { z } from "zod";
import { integrities, type Label, mayRead, Readers, type ValueSource, valueSources } from "../../base/labels.ts";
import type { Leaf } from "../flow/resolve-arguments.ts";

const Names = z.array(z.string().min(1).max(200)).max(100);

/** What one tool may do. Whatever is not said is the strictest. */
export const ToolPolicy = z.strictObject({
  /** What a call does to the world: nothing; something that can be taken back; something that leaves this machine; something for good. */
  effect: z.enum(["read", "write", "external", "destructive"]),
  /** What the planner is told of another program's tool: the operator's words, never those of its server. */
  description: z.string().max(1000).optional(),
  /** Lowest trust level at which it is called at all. */
  level: z.number().int().min(0).max(4).default(0),
  /** Arguments that have to be trusted for a call without asking: all, or these. Of a read none has to. */
  trusted: z.union([z.literal("all"), Names]).default("all"),
  /** Who comes to know the arguments: everyone, these, or whom the named arguments name. Nobody, where nothing leaves the machine. */
  receivers: z
    .union([z.literal("everyone"), z.strictObject({ who: Names }), z.strictObject({ arguments: Names })])
    .optional(),
  /** Untrusted texts that are as good as trusted: those the user typed, or entries of a list, by argument. */
  endorse: z
    .record(z.string(), z.array(z.union([z.literal("typed"), z.strictObject({ list: z.string() })])))
    .default({}),
  /** Asked for also where all is trusted. */
  ask: z.enum(["untrusted", "always"]).default("untrusted"),
  /** JSON Schema that the arguments have to satisfy; else the call is denied. */
  arguments: z.record(z.string(), z.unknown()).optional(),
  /** What comes back. */
  output: z
    .strictObject({
      integrity: z.enum(integrities).default("untrusted"),
      readers: Readers.default("everyone"),
      source: z.enum(valueSources).default("tool"),
    })
    .default({ integrity: "untrusted", readers: "everyone", source: "tool" }),
  /** What it looks at or changes: calls that have nothing in common can be done in any order. The tool's server, where nothing is said. */
  state: Names.optional(),
});
export type ToolPolicy = z.infer<typeof ToolPolicy>;

/** One policy file. */
export const PolicyFile = z.strictObject({
  version: z.literal(1),
  /** Texts that are trusted, by the name of their list. */
  lists: z.record(z.string(), z.array(z.string().max(1000)).max(10_000)).default({}),
  /** By name; `server/*` stands for those of a server that are not named. */
  tools: z.record(z.string().min(1).max(200), ToolPolicy).default({}),
});
export type PolicyFile = z.infer<typeof PolicyFile>;

/** All files as one. */
export interface PolicyBook {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly tools: Readonly<Record<string, ToolPolicy>>;
}

/** @returns null for a tool that no policy names: it is never called */
export function policyOf(book: PolicyBook, tool: string): ToolPolicy | null {
  if (Object.hasOwn(book.tools, tool)) return book.tools[tool]!;
  const slash = tool.indexOf("/");
  const all = `${tool.slice(0, slash)}/*`;
  return slash > 0 && Object.hasOwn(book.tools, all) ? book.tools[all]! : null;
}

/** What a call touches. */
export function stateOf(policy: ToolPolicy | null, tool: string): readonly string[] {
  return policy?.state ?? [tool.includes("/") ? tool.slice(0, tool.indexOf("/")) : (tool.split(".")[0] ?? tool)];
}

/** An argument, or a part of one, that a call is asked for. */
export interface Blamed {
  readonly leaf: Leaf;
  readonly source: ValueSource;
  readonly why: string;
}

export interface CallDecision {
  readonly verdict: "allow" | "ask" | "deny";
  /** Name of what decided. */
  readonly rule: "no-policy" | "level" | "arguments" | "untrusted" | "readers" | "ask" | "allowed" | "read";
  /** In words without anything untrusted. */
  readonly reason: string;
  readonly blamed: readonly Blamed[];
}

/** A call with its arguments as they are. */
export interface Call {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly leaves: readonly Leaf[];
  /** What decided that the call is made; matters in strict mode alone. */
  readonly control: Label;
}

const deny = (rule: CallDecision["rule"], reason: string): CallDecision => ({
  verdict: "deny",
  rule,
  reason,
  blamed: [],
});

/** Why a tool cannot be called whatever it is given; null: that depends. */
export function deniedOutright(tool: string, policy: ToolPolicy | null, level: number): CallDecision | null {
  // SECURITY: deny by default.
  if (policy === null) return deny("no-policy", `No policy that can be read names the tool ${tool}.`);
  if (level >= policy.level) return null;
  return deny("level", `${tool} is for trust level ${policy.level} and above; it is ${level}.`);
}

/**
 * Whether a call may be made. Denied by default: without a policy, below its level, with arguments that it does not take. Asked for when an
 * effect depends on what is not trusted, or when somebody would come to know what they may not. Nothing is decided by what a text says.
 *
 * @param satisfies whether arguments fit a JSON Schema
 */
export function decideCall(
  call: Call,
  policy: ToolPolicy | null,
  level: number,
  satisfies: (schema: Readonly<Record<string, unknown>>, args: unknown) => boolean,
): CallDecision {
  const { tool, leaves, control } = call;
  const denial = deniedOutright(tool, policy, level);
  if (policy === null || denial !== null) return denial!;
  if (policy.arguments !== undefined && !satisfies(policy.arguments, call.args)) {
    return deny("arguments", `The arguments are not what the policy lets ${tool} take.`);
  }
  const mustBe = policy.effect === "read" ? [] : policy.trusted;
  const isSteered = ({ label, argument }: Leaf) =>
    label.integrity === "untrusted" && (mustBe === "all" || mustBe.includes(argument));
  const receivers = whoReceives(policy, call.args);
  const blamed = leaves.flatMap((leaf): Blamed[] => {
    const why = [
      ...(isSteered(leaf) ? ["It comes from text that is not trusted."] : []),
      ...(mayRead(leaf.label.readers, receivers) ? [] : ["Not all who would come to know it may."]),
    ];
    return why.length === 0 ? [] : [{ leaf, source: leaf.label.sources.at(-1) ?? "tool", why: why.join(" ") }];
  });
  if (leaves.some(isSteered))
    return { verdict: "ask", rule: "untrusted", reason: "An argument is not trusted.", blamed };
  if (policy.effect !== "read" && control.integrity === "untrusted") {
    return { verdict: "ask", rule: "untrusted", reason: "Untrusted text decides whether this is done.", blamed };
  }
  if (blamed.length > 0) return { verdict: "ask", rule: "readers", reason: "It would tell others.", blamed };
  if (policy.ask === "always") return { verdict: "ask", rule: "ask", reason: `${tool} is always asked for.`, blamed };
  const rule = policy.effect === "read" ? "read" : "allowed";
  return { verdict: "allow", rule, reason: "The policy lets it be done.", blamed };
}

/** What is not said is everyone where something leaves this machine, and else nobody. */
export function receiversOf({ receivers, effect }: ToolPolicy): NonNullable<ToolPolicy["receivers"]> {
  return receivers ?? (effect === "external" ? "everyone" : { who: [] });
}

/** Who comes to know what is handed to a tool. */
export function whoReceives(policy: ToolPolicy, args: Readonly<Record<string, unknown>>): Readers {
  const receivers = receiversOf(policy);
  if (receivers === "everyone") return receivers;
  if ("who" in receivers) return receivers.who;
  const named = receivers.arguments.flatMap((name) => (Object.hasOwn(args, name) ? args[name] : []));
  // What is no name could be anybody.
  return named.every((name) => typeof name === "string") ? (named as string[]) : "everyone";
}
