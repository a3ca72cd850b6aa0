import { SentinelError } from "../../../../shared/errors.ts";
import type { Label } from "../../base/labels.ts";
import { type PolicyBook, PolicyFile } from "../policy/tool-policy.ts";
import type { Json } from "./json.ts";
import { type Plan, parsePlan } from "./plan.ts";
import { createRun, type RunPorts, type TaskRun } from "./task-run.ts";
import { type AskedCall, newState, type TaskState } from "./task-state.ts";

/** Policies of a small office: what reads, what writes, what leaves. */
export const office: PolicyBook = PolicyFile.parse({
  version: 1,
  lists: { staff: ["ann@corp.example", "bob@corp.example"] },
  tools: {
    "mail/read": { effect: "read" },
    "mail/send": { effect: "external", endorse: { to: ["typed", { list: "staff" }] } },
    "files/read": { effect: "read", level: 2 },
    "notes/add": { effect: "write", trusted: ["title"] },
    "notes/wipe": { effect: "destructive", ask: "always" },
    "pay/*": { effect: "external", arguments: { type: "object", properties: { amount: { maximum: 100 } } } },
    "clock/now": { effect: "read", output: { integrity: "trusted", source: "tool" } },
    "hr/read": { effect: "read", output: { integrity: "trusted", readers: ["ann@corp.example"] } },
    "chat/say": { effect: "external", receivers: { arguments: ["to"] } },
  },
});

export interface Recorded {
  readonly calls: { tool: string; args: Readonly<Record<string, Json>>; origins: readonly string[] }[];
  readonly prompts: string[];
}

export interface FixtureOptions {
  readonly request?: string;
  readonly level?: number;
  readonly strict?: boolean;
  readonly workerByInputs?: boolean;
  readonly policies?: PolicyBook;
  /** What a worker answers. */
  readonly work?: (step: string) => Json;
  /** What a tool gives. */
  readonly give?: (tool: string) => Json;
  readonly label?: Label;
  /** Sources in memory that tools take what they give from. */
  readonly origins?: Readonly<Record<string, readonly string[]>>;
  /** Rules by which the scan of answers finds something. */
  readonly echoes?: readonly string[];
  /** No answer fits, and rules found what is given. */
  readonly isByRule?: boolean;
  /** Answers end where they become too long. */
  readonly isCut?: boolean;
}

export interface Fixture extends Recorded {
  readonly plan: Plan;
  readonly state: TaskState;
  readonly failures: string[];
  run: TaskRun;
  /** As after a restart: from what was kept alone. */
  restart(): void;
  setLevel(level: number): void;
}

/** A run over tools and a worker that do as they are told. */
export function openRun(steps: readonly Json[], options: FixtureOptions = {}): Fixture {
  const { request = "do it", strict = false, workerByInputs = false, policies = office } = options;
  let level = options.level ?? 1;
  const plan = parsePlan({ summary: "", steps }, () => true);
  const state = newState(plan, {
    task: "t1",
    request,
    planner: "claude",
    strict,
    workerByInputs,
    level,
    policies,
  });
  const recorded: Recorded & { failures: string[] } = { calls: [], prompts: [], failures: [] };
  const ports: RunPorts = {
    work: async (step) => {
      recorded.prompts.push(step.id);
      const findings = (options.echoes ?? []).map((rule) => ({ rule, why: "" }));
      const scans = { flagged: findings.length > 0, results: { echo: { flagged: findings.length > 0, findings } } };
      const json = options.work?.(step.id) ?? "answer";
      return { json, scans, isByRule: options.isByRule ?? false, isCut: options.isCut ?? false };
    },
    call: async (tool, args, _, { origins }) => {
      recorded.calls.push({ tool, args, origins });
      const json = options.give?.(tool) ?? "given";
      if (json === "fail") throw new SentinelError("UNAVAILABLE", "The tool failed.");
      return { json, label: options.label ?? null, origins: options.origins?.[tool] ?? [] };
    },
    satisfies: (_, args) => !((args as { amount?: number }).amount! > 100),
    level: () => level,
    changed: async () => {},
    proofFailed: (step, why) => recorded.failures.push(`${step}: ${why}`),
  };
  const fixture: Fixture = {
    ...recorded,
    plan,
    state,
    run: createRun(plan, state, ports),
    restart() {
      const kept = JSON.parse(JSON.stringify(state)) as TaskState;
      fixture.run = createRun(plan, kept, ports);
      Object.assign(fixture, { state: kept });
    },
    setLevel: (next) => {
      level = next;
    },
  };
  return fixture;
}

let approvals = 0;

/** Approves what is asked, as it is shown. @returns how often was asked, and for which calls */
export async function finish(fixture: Fixture, approve: (asked: readonly AskedCall[]) => boolean = () => true) {
  const asks: string[][] = [];
  for (let i = 0; i < 50; i++) {
    const asked = await fixture.run.advance(AbortSignal.timeout(30_000));
    if (asked.length === 0) return asks;
    asks.push(asked.map(({ id }) => id));
    const calls = asked.map(({ id, tool, args }) => ({ id, tool, args }));
    if (approve(asked)) fixture.run.grant({ id: `approval-${++approvals}`, shown: { calls }, calls });
    else await fixture.run.deny(asked.map(({ id }) => id));
  }
  throw new Error("It asks for ever.");
}

export const llm = (id: string, prompt = "Say it", more: Record<string, Json> = {}): Json => ({
  id,
  type: "llm_task",
  prompt,
  output: "text",
  ...more,
});
export const call = (id: string, tool: string, args: Record<string, Json> = {}): Json => ({
  id,
  type: "tool_call",
  tool,
  args,
});
export const from = (id: string, path?: string): Json => (path === undefined ? { $from: id } : { $from: id, path });
/** As a prompt names an earlier step. */
export const of = (id: string) => `$\{${id}}`;
