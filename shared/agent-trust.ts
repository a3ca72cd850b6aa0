import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

const Level = z.number().int().min(0).max(4);

/** A red-team run in figures. */
export const RedTeamSummary = z.object({
  at: Instant,
  /** Trust level that it was run at. */
  level: Level,
  cases: z.number().int(),
  failed: z.number().int(),
  /** Of the policies and scanners that it was run with. */
  hash: Sha256,
});
export type RedTeamSummary = z.infer<typeof RedTeamSummary>;

export const AgentTrust = z.object({
  /** 0: every plan needs an approval; 1: listed actions do not; 2: files are read, too; 3: the workspace is written; 4: commands in the sandbox. */
  level: Level,
  /** When the count towards the next level began anew; null: never. */
  since: Instant.nullable(),
  /** Completed since then without incident, and how many the next level asks for. */
  tasks: z.number().int(),
  tasks_needed: z.number().int(),
  /** Counted, and nothing more: a denial never lowers the level. */
  denials: z.number().int(),
  incident_count: z.number().int(),
  /** What the operator's configuration last set; null: nothing. */
  configured: Level.nullable(),
  can_raise: z.boolean(),
  criteria: z.array(
    z.object({ name: z.enum(["below_highest", "tasks", "red_team"]), met: z.boolean(), told: z.string() }),
  ),
  red_team: RedTeamSummary.nullable(),
  /** What lowered the level, or raised it: the last hundred, the last first. */
  changes: z.array(
    z.object({
      seq: z.number().int(),
      kind: z.enum(["failed_proof", "panic", "failed_red_team", "report", "raised", "unraised", "configured"]),
      /** The reason that was given, or what happened; empty where the kind says all. */
      detail: z.string(),
      actor: z.string(),
      level_before: Level,
      level_after: Level,
      at: Instant,
    }),
  ),
});
export type AgentTrust = z.infer<typeof AgentTrust>;

export const getAgentTrust = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/agent/trust",
  summary: "How far the agent is trusted, what the next level asks for, and what lowered it",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: AgentTrust,
});

const Reason = z.string().trim().min(1).max(2000);

export const raiseAgentTrust = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/agent/trust/raise",
  summary: "Raise the agent's trust level by one, where its criteria are met. Can be undone until the next incident",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ reason: Reason }),
  /** With the event that did it. */
  output: AgentTrust.extend({ event_id: Id }),
});

export const reportAgent = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/agent/trust/report",
  summary: "Report that the agent did what it should not have: lowers its trust level by one at once. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ reason: Reason }),
  output: AgentTrust,
});

/** One attack, and whether it got anywhere. */
export const RedTeamCaseOutcome = z.object({
  id: z.string(),
  category: z.string(),
  title: z.string(),
  /** How the worker behaved. */
  worker: z.string(),
  held: z.boolean(),
  /** What went wrong; nothing hostile stands in it. */
  wrong: z.array(z.string()).readonly(),
});
export type RedTeamCaseOutcome = z.infer<typeof RedTeamCaseOutcome>;

export const startRedTeam = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/agent/red-team",
  summary: "Attack the agent with the red-team suite at its present trust level; a case that fails lowers the level",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ job_id: Id }),
});

export const getRedTeam = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/agent/red-team",
  summary: "The last red-team runs, the last first, and each case of the last",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    runs: z.array(RedTeamSummary),
    cases: z.array(RedTeamCaseOutcome),
    /** Job of the run that goes on; null: none. */
    job_id: Id.nullable(),
  }),
});

/** What one tool of the agent may do, as the policy files have it now. */
export const ToolPolicyView = z.object({
  /** Or `server/*`: all of a server that are not named. */
  tool: z.string(),
  effect: z.enum(["read", "write", "external", "destructive"]),
  /** Lowest trust level at which it is called at all. */
  level: z.number().int(),
  /** Arguments that have to be trusted for a call without asking. Of a read none has to. */
  trusted: z.union([z.literal("all"), z.array(z.string())]),
  /** Asked for also where all is trusted. */
  is_always_asked: z.boolean(),
  /** Who comes to know the arguments: everyone, these, or whom these arguments name. */
  receivers: z.union([
    z.literal("everyone"),
    z.object({ who: z.array(z.string()) }),
    z.object({ arguments: z.array(z.string()) }),
  ]),
  /** Who may come to know what it gives, and whether that is trusted. */
  output: z.object({
    trust_level: z.enum(["trusted", "untrusted"]),
    readers: z.union([z.literal("everyone"), z.array(z.string()).readonly()]),
  }),
  /** Whether Claude is told of it; that of another program is where it is named exactly. */
  is_offered: z.boolean(),
});
export type ToolPolicyView = z.infer<typeof ToolPolicyView>;

export const listToolPolicies = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/agent/policies",
  summary: "What each tool of the agent may do, as the policy files have it now, and files that cannot be used",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    items: z.array(ToolPolicyView),
    /** What they name is denied. */
    problems: z.array(z.object({ file: z.string(), why: z.string() })),
  }),
});
