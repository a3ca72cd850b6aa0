import { z } from "zod";
import { ApprovalKind } from "./approval.ts";
import { Backtest } from "./backtest.ts";
import { AttackClass, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { RuleDefinition, RuleExclusion } from "./rule.ts";
import { Id, Instant, Score, Sha256 } from "./units.ts";

/**
 * How far a rule has come. `off`: taken back; `proposed`: does nothing; `log`: what it matches is written down and passes; `tag`: passes
 * with a mark; `block`: what the rule's action says.
 */
export const ruleStages = ["off", "proposed", "log", "tag", "block"] as const;
export const RuleStage = z.enum(ruleStages);
export type RuleStage = z.infer<typeof RuleStage>;

/** What the policy says of a rule by its confidence. */
export const RulePolicy = z.enum(["apply", "propose", "log_only"]);
export type RulePolicy = z.infer<typeof RulePolicy>;

/** Why a version of a rule came to be. */
export const RuleCause = z.enum([
  "made",
  "edited",
  "measured",
  "policy",
  "asked",
  "approved",
  "rolled_back",
  "excluded",
  "exclusion_removed",
  "renewed",
]);
export type RuleCause = z.infer<typeof RuleCause>;

/** An exclusion of a rule, with who asked for it. */
export const OwnExclusion = RuleExclusion.extend({ id: Id, by: z.string(), at: Instant });
export type OwnExclusion = z.infer<typeof OwnExclusion>;

/** What a back-test says of exactly one definition with its exclusions. */
export const RuleMeasure = z.strictObject({
  backtest_id: Id,
  /** Of what was measured: it is outdated once the rule's own is another. */
  definition_hash: Sha256,
  at: Instant,
  from: Instant.nullable(),
  to: Instant.nullable(),
  requests: z.number().int(),
  attacks_caught: z.number().int(),
  attacks_missed: z.number().int(),
  false_hits: z.number().int(),
  undecided: z.number().int(),
  /** Lower 95 % bound of the precision, groups of near-duplicates counting once. */
  confidence: Score,
  /** Upper 95 % bound of the share of other requests that it hits. */
  fp_upper: Score,
});
export type RuleMeasure = z.infer<typeof RuleMeasure>;

export const RuleDecision = z.strictObject({ policy: RulePolicy, reason: z.string() });
export type RuleDecision = z.infer<typeof RuleDecision>;

/** A confirmed attack that a rule was made of. */
export const RuleSampleView = z.object({
  id: Id,
  class: AttackClass,
  family: z.string().nullable(),
  place: Place,
  evidence_id: Id.nullable(),
  verdict_id: Id.nullable(),
  simulation_id: Id.nullable(),
  /** Null once its evidence was erased. */
  value: z.object({ text: z.string(), name: z.string(), method: z.string(), path: z.string() }).nullable(),
});
export type RuleSampleView = z.infer<typeof RuleSampleView>;

export const RuleSummary = z.object({
  id: Id,
  number: z.number().int(),
  version: z.number().int(),
  name: z.string(),
  class: AttackClass,
  stage: RuleStage,
  definition: RuleDefinition,
  exclusions: z.number().int(),
  measured: RuleMeasure.nullable(),
  /** Whether it was changed since it was measured, or that was more than 30 days ago. */
  is_outdated: z.boolean(),
  decision: RuleDecision.nullable(),
  /** Why it does more than its confidence allows; null: it does not. It is lowered by a person alone. */
  too_far: z.string().nullable(),
  /** What waits for somebody's word about it. */
  approvals: z.array(z.object({ id: Id, kind: ApprovalKind })),
  saved_by: z.string(),
  saved_at: Instant,
});
export type RuleSummary = z.infer<typeof RuleSummary>;

/** What would come next, and what it takes. */
export const RuleNextStep = z.object({
  to: RuleStage,
  needs: z.enum(["backtest", "nothing", "approval", "more_confidence", "rearm"]),
  why: z.string(),
});

export const Rule = RuleSummary.extend({
  exclusions: z.array(OwnExclusion),
  definition_hash: Sha256,
  capec: z.array(z.number().int()),
  cwe: z.array(z.number().int()),
  /** Techniques of MITRE ATT&CK. */
  attack: z.array(z.string()),
  samples: z.array(RuleSampleView),
  made_by: z.string(),
  made_at: Instant,
  next: RuleNextStep.nullable(),
  backtests: z.array(Backtest),
});
export type Rule = z.infer<typeof Rule>;

/** Where samples are taken from: an alert closed as true positive, or findings that somebody names. */
export const SampleSource = z.strictObject({
  alerts: z.array(Id).max(100).default([]),
  findings: z
    .array(z.strictObject({ verdict_id: Id, finding: z.number().int().min(0).max(10_000) }))
    .max(500)
    .default([]),
  simulations: z.array(Id).max(100).default([]),
});
export type SampleSource = z.infer<typeof SampleSource>;

const Offer = z.object({
  definition: RuleDefinition,
  /** Name that it would get. */
  name: z.string(),
  samples: z.array(RuleSampleView),
  /** How many more attacks of its group are kept aside, so that a back-test can prove it by them. */
  aside: z.number().int(),
});

export const generateRuleOffers = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/generate",
  summary:
    "Rules that confirmed attacks make: each matches all of its samples and no ordinary value that is known. Nothing is stored",
  role: "analyst",
  callers: ["ui"],
  input: SampleSource,
  output: z.object({
    /** For each group of samples what is offered, the most general first. */
    groups: z.array(z.array(Offer)),
    unruled: z.array(z.object({ samples: z.array(RuleSampleView), reason: z.string() })),
    /** How many ordinary values a rule was held against. */
    benign: z.number().int(),
  }),
});

export const createRule = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules",
  summary: "Keep a rule that was offered; it does nothing until it was back-tested and let in. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    name: z.string().min(1).max(120),
    definition: RuleDefinition,
    source: SampleSource,
    /** Ids of those samples that it is made of. */
    samples: z.array(Id).min(1).max(500),
  }),
  output: z.object({ id: Id }),
});

export const listRules = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/rules",
  summary: "All rules, the furthest stage first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    items: z.array(RuleSummary),
    /** After panic nothing is applied by itself, and nothing raised, until an admin re-arms. */
    held: z.object({ at: Instant }).nullable(),
  }),
});

export const getRule = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/rules/:id",
  summary: "One rule with its samples, exclusions, back-tests and the step that would come next",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Rule,
});

export const editRule = defineRoute({
  method: "PUT",
  path: "/api/v1/sentinel/rules/:id",
  summary:
    "Change name or definition; another definition, another end included, goes back to the stage proposed, and must match all samples. " +
    "Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    base_version: z.number().int(),
    name: z.string().min(1).max(120),
    definition: RuleDefinition,
  }),
  output: z.object({ event_id: Id }),
});

export const ruleHistory = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/rules/:id/history",
  summary: "Versions of a rule, the last first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.array(
    z.object({
      version: z.number().int(),
      event_id: Id,
      at: Instant,
      by: z.string(),
      /** Null: an undo, or its removal. */
      because: RuleCause.nullable(),
      /** Null: removed. */
      rule: z
        .object({
          name: z.string(),
          stage: RuleStage,
          definition: RuleDefinition,
          exclusions: z.array(OwnExclusion),
          decision: RuleDecision.nullable(),
          confidence: Score.nullable(),
        })
        .nullable(),
      undoable: z.boolean(),
    }),
  ),
});

export const stageRule = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/stage",
  summary:
    "Lower a rule at once, or raise it by one step: log by the policy, tag and block by an approval, which is asked for. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int(), to: RuleStage.exclude(["proposed"]) }),
  output: z.object({ event_id: Id.nullable(), approval_id: Id.nullable() }),
});

export const renewRule = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/renew",
  summary:
    "Let a rule end at another time; it stays at its stage. Earlier at once; later, where it acts, as the policy says: by an approval, " +
    "which is asked for, once it marks or blocks. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int(), expires_at: Instant.nullable() }),
  output: z.object({ event_id: Id.nullable(), approval_id: Id.nullable() }),
});

export const removeRule = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/remove",
  summary: "Remove a rule, once it is off or was never let in. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int() }),
  output: z.object({ event_id: Id }),
});

export const ruleFormats = ["seclang", "json", "sigma"] as const;
export type RuleFormat = (typeof ruleFormats)[number];

export const exportRule = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/rules/:id/export",
  summary: "A rule for another engine, and in words where that engine would not do the same",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, format: z.enum(ruleFormats) }),
  output: z.object({ file_name: z.string(), text: z.string(), differences: z.array(z.string()) }),
});

export const rearmResponse = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/response/rearm",
  summary: "After panic, let rules be applied and raised again. Cannot be undone; panic holds them again",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ reason: z.string().min(1).max(2000) }),
  output: z.object({ event_id: Id }),
});
