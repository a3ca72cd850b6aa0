import { z } from "zod";
import { Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { RuleExclusion } from "./rule.ts";
import { Id, Instant, PageSize, Score, Sha256 } from "./units.ts";

/**
 * What a hit is. `attack`: an alert closed as true positive, or a label, says so. `benign`: an alert closed as false positive, or a
 * label, says so. `sample`: an attack that the rule was made of, or one built like it, which proves nothing of what it was not made of and
 * counts for nothing. `ordinary`: nobody and nothing flagged it, which counts against the rule until somebody says otherwise. `undecided`: of
 * an alert that is open, a duplicate or an allowed test, which counts for nothing. `missed`: a known attack that the rule looks at and
 * does not match. `excluded`: what the exclusion in question takes out.
 */
export const hitKinds = ["attack", "sample", "missed", "benign", "ordinary", "undecided", "excluded"] as const;
export const HitKind = z.enum(hitKinds);
export type HitKind = z.infer<typeof HitKind>;

const Count = z.number().int().min(0);

export const KindCount = z.object({
  /** Values in requests that earlier evidence does not have already. */
  hits: Count,
  /** Near-duplicates counting once. */
  groups: Count,
});

/** What a request is that a rule hits: an attack as soon as one of its hits is, false where all are benign or ordinary. */
export const requestKinds = ["attack", "undecided", "false"] as const;
export const RequestKind = z.enum(requestKinds);
export type RequestKind = z.infer<typeof RequestKind>;

/** Which of two versions of a rule hits a request: the one that was tried, or the one that it was compared with. */
export const flipSides = ["tried", "other"] as const;

/** Requests that the one version of a rule hits and the other does not, and those that both hit. */
export const RuleFlips = z.object({
  /** The version that it was compared with. */
  version: z.number().int(),
  both: Count,
  only: z.record(z.enum(flipSides), z.record(RequestKind, Count)),
});
export type RuleFlips = z.infer<typeof RuleFlips>;

export const BacktestSummary = z.object({
  evidence: Count,
  /** Of the period, looked at. */
  requests: Count,
  kinds: z.record(HitKind, KindCount),
  /** Of each day in UTC: requests that the rule hits. `day` is empty where the evidence tells no time. */
  days: z.array(z.object({ day: z.string(), attack: Count, undecided: Count, false: Count })),
  /** Known attacks among what the exclusion takes out: must be none. */
  excluded_attacks: Count,
  /** attack groups / (attack groups + benign and ordinary groups); null: none of them. */
  precision: Score.nullable(),
  /** Its exact one-sided lower 95 % bound. */
  confidence: Score,
  /** Requests hit that are benign or ordinary, of all that are neither known attacks nor undecided, with the exact upper 95 % bound. */
  false_hits: Count,
  others: Count,
  fp_upper: Score,
  /** Null: no other version was asked for. */
  flips: RuleFlips.nullable(),
  notes: z.array(z.object({ evidence_id: Id, reason: z.string() })),
});
export type BacktestSummary = z.infer<typeof BacktestSummary>;

export const BacktestQuestion = z.strictObject({
  id: Id,
  /** Version of the rule; null: as it is now. */
  version: z.number().int().min(1).nullable().default(null),
  /** Another version of it: which requests only one of the two hits is counted and listed. */
  against: z.number().int().min(1).nullable().default(null),
  /** Requests of this time; both null: the last days that the settings say. */
  from: Instant.nullable().default(null),
  to: Instant.nullable().default(null),
  /** An exclusion to be tried. */
  exclusion: RuleExclusion.nullable().default(null),
});
export type BacktestQuestion = z.infer<typeof BacktestQuestion>;

export const Backtest = z.object({
  /** The job's. */
  id: Id,
  rule_id: Id,
  /** Version of the rule that was tried. */
  version: z.number().int(),
  /** Of what was tried, whenever it ends. */
  definition_hash: Sha256,
  /** Whether the rule is another one now. */
  is_outdated: z.boolean(),
  exclusion: RuleExclusion.nullable(),
  from: Instant.nullable(),
  to: Instant.nullable(),
  actor: z.string(),
  began_at: Instant,
  /** Null while it runs, or when it was broken off. */
  ended_at: Instant.nullable(),
  summary: BacktestSummary,
});
export type Backtest = z.infer<typeof Backtest>;

export const startBacktest = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/rules/:id/backtests",
  summary:
    "Try a rule, a version of it, or an exclusion on stored requests: a job, which can be cancelled and resumed. As it is now and over " +
    "the usual days, it is what the policy decides by",
  role: "analyst",
  callers: ["ui"],
  input: BacktestQuestion,
  output: z.object({ job_id: Id }),
});

export const listBacktestGroups = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/backtests/:id/groups",
  summary: "Hits of one kind, near-duplicates together, the most frequent first, each with an example",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, kind: HitKind, limit: PageSize }),
  output: z.array(
    z.object({
      path: z.string(),
      place: Place,
      name: z.string(),
      hits: Count,
      example: z.object({
        evidence_id: Id,
        request: z.number().int(),
        /** Secrets masked. */
        text: z.string(),
        verdict_id: Id.nullable(),
      }),
    }),
  ),
});

export const listBacktestHits = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/backtests/:id/hits",
  summary: "Requests that the rule would have acted on, in the order of their evidence; the first thousands are listed",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, limit: PageSize, after: z.coerce.number().int().min(0).default(0) }),
  output: z.object({
    items: z.array(
      z.object({
        n: z.number().int(),
        kind: HitKind,
        evidence_id: Id,
        request: z.number().int(),
        at: Instant.nullable(),
        method: z.string(),
        path: z.string(),
        status: z.number().int().nullable(),
        verdict_id: Id.nullable(),
      }),
    ),
    next: z.number().int().nullable(),
  }),
});

export const listBacktestFlips = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/backtests/:id/flips",
  summary: "Requests that only one of the two versions of a rule would have acted on; the first thousands are listed",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, side: z.enum(flipSides), limit: PageSize }),
  output: z.array(
    z.object({
      n: z.number().int(),
      kind: RequestKind,
      evidence_id: Id,
      request: z.number().int(),
      at: Instant.nullable(),
      method: z.string(),
      path: z.string(),
      verdict_id: Id.nullable(),
    }),
  ),
});
