import { z } from "zod";
import { GateCounters, GateDeed, GateKey, GateStage } from "./gatekeeper-protocol.ts";
import { Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant } from "./units.ts";

const count = z.number().int().min(0);

/** A gatekeeper's rule beside what this engine wants there. */
export const EnforcedRule = z.object({
  id: Id,
  number: count,
  name: z.string(),
  version: z.number().int(),
  stage: GateStage,
  /** Waits to be sent, or could not be. */
  waits: z.object({ since: Instant, attempts: count, problem: z.string().nullable(), held: z.boolean() }).nullable(),
});
export type EnforcedRule = z.infer<typeof EnforcedRule>;

/** How what a gatekeeper enforces differs from what it should. */
export const GateDifference = z.object({
  rule: z.string(),
  is: z.enum(["missing", "unknown", "other_version", "other_content"]),
  there: GateStage.nullable(),
  here: GateStage.nullable(),
});

export const Gatekeeper = z.object({
  id: Id,
  version: z.number().int(),
  name: z.string(),
  address: z.string(),
  key: GateKey,
  fingerprint: z.string(),
  is_public: z.boolean(),
  by: z.string(),
  at: Instant,
  /**
   * `in_step`: it enforces what it should; `waiting`: something is on its way; `held`: panic holds what waits; `differs`: it does not
   * enforce what it should, and is set right; `away`: it does not answer.
   */
  state: z.enum(["in_step", "waiting", "held", "differs", "away"]),
  problem: z.string().nullable(),
  answered_at: Instant.nullable(),
  compared_at: Instant.nullable(),
  /** When it is tried again. */
  next_at: Instant.nullable(),
  /** Its clock less this one's, milliseconds. */
  clock_offset_ms: z.number().int(),
  differences: z.array(GateDifference),
  /** What it took, and what waits for it. */
  rules: z.array(EnforcedRule),
  waiting: count,
  /** Since it started, as it says itself; null: it never answered. */
  counters: GateCounters.nullable(),
  started_at: Instant.nullable(),
});
export type Gatekeeper = z.infer<typeof Gatekeeper>;

/** A request that a rule matched. */
export const RuleHitExample = z.object({
  id: Id,
  rule: z.string(),
  gatekeeper: z.string(),
  version: z.number().int(),
  deed: GateDeed,
  at: Instant,
  method: z.string(),
  path: z.string(),
  place: Place,
  name: z.string(),
  excerpt: z.string(),
  client: z.string().nullable(),
  verdict: z.enum(["false_positive", "attack"]).nullable(),
  judged_by: z.string().nullable(),
  entity_version: count,
});
export type RuleHitExample = z.infer<typeof RuleHitExample>;

/** Far more hits than before: told, and nothing is disarmed for it. */
export const HitFlood = z.object({ rule: z.string(), since: Instant, last_minutes: count, usual: z.number() });
export type HitFlood = z.infer<typeof HitFlood>;

export const GatekeeperOverview = z.object({
  items: z.array(Gatekeeper),
  /** Key of this engine, which a gatekeeper has to be given. */
  engine_key: GateKey,
  engine_fingerprint: z.string(),
  /** Panic holds every push that does more to requests. */
  is_held: z.boolean(),
  floods: z.array(HitFlood),
  /** The last hits of every rule. */
  hits: z.array(RuleHitExample),
});
export type GatekeeperOverview = z.infer<typeof GatekeeperOverview>;

export const listGatekeepers = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/gatekeepers",
  summary: "Gatekeepers, what is in force there, what waits, and the last hits",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: GatekeeperOverview,
});

export const saveGatekeeper = defineRoute({
  method: "PUT",
  path: "/api/v1/sentinel/gatekeepers",
  summary: "Add or change a gatekeeper that rules are pushed to. Can be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({
    /** Absent: a new one. */
    id: Id.optional(),
    /** Version that was seen; 0 for a new one. */
    base_version: count,
    name: z.string().trim().min(1).max(80),
    /** Its control listener: `http://127.0.0.1:8082`. */
    address: z.string().max(300),
    /** Its public key, which it prints when it starts. */
    key: GateKey,
    /** Whether its address may lie outside of this machine and private networks; then only with TLS. */
    is_public: z.boolean().default(false),
  }),
  output: z.object({ id: Id, event_id: Id }),
});

export const removeGatekeeper = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/gatekeepers/:id/remove",
  summary: "Push no rules to a gatekeeper any more; it goes on with those it has. Can be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int() }),
  output: z.object({ event_id: Id }),
});

export const compareGatekeeper = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/gatekeepers/:id/compare",
  summary: "Ask a gatekeeper now what it enforces, and set right what differs",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Gatekeeper,
});

export const listRuleHits = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/gatekeepers/hits/:rule",
  summary: "What one rule matched at the gatekeepers: by time, and a few examples",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ rule: Id, hours: z.coerce.number().int().min(1).max(2160).default(24) }),
  output: z.object({
    /** Length of one step, minutes. */
    step_minutes: count,
    /** Steps in which anything was matched, the oldest first. */
    steps: z.array(z.object({ at: Instant, logged: count, tagged: count, challenged: count, blocked: count })),
    total: count,
    examples: z.array(RuleHitExample),
    flood: HitFlood.nullable(),
  }),
});

export const judgeRuleHit = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/gatekeepers/hits/:id/judge",
  summary:
    "Say what a hit was. A false positive lowers its rule to the stage log at once. Can be undone; the rule is raised again by hand",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: count, verdict: z.enum(["false_positive", "attack"]) }),
  output: z.object({ event_id: Id, lowered: z.boolean() }),
});
