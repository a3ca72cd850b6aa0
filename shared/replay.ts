import { z } from "zod";
import { CloseReason } from "./alert.ts";
import { PayloadClass } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Score, Sha256 } from "./units.ts";
import { VerdictKind } from "./verdict.ts";

/**
 * Which payload model judges in a replay: the one that decided then, the one that decides now, one that is shipped, or one that is
 * kept, by its hash.
 */
export const ReplayModel = z.union([z.enum(["as_decided", "current", "built-in", "classic"]), Sha256]);
export type ReplayModel = z.infer<typeof ReplayModel>;

/** Which behaviour model judges in a replay: the one that decided then, the one that decides now, or one that is kept, by its hash. */
export const ReplayBehaviour = z.union([z.enum(["as_decided", "current"]), Sha256]);

/** What is asked of a replay: everything that is not named stays as it was when each verdict was decided. */
export const ReplayQuestion = z.strictObject({
  payload_model: ReplayModel.default("as_decided"),
  behaviour_model: ReplayBehaviour.default("as_decided"),
  /** Sessions that began within; null: from the first, to the last, and those without a clock. */
  from: Instant.nullable().default(null),
  to: Instant.nullable().default(null),
  tag_threshold: Score.nullable().default(null),
  simulate_threshold: Score.nullable().default(null),
});
export type ReplayQuestion = z.infer<typeof ReplayQuestion>;

/** Sessions by what was decided (outer) and what the replay comes to (inner). */
const FlipMatrix = z.record(VerdictKind, z.record(VerdictKind, z.number().int()));

/** What an analyst had decided about the alert of a session. */
export const ReplayDecision = z.enum([...CloseReason.options, "open", "none"]);
export type ReplayDecision = z.infer<typeof ReplayDecision>;

export const ReplaySummary = z.object({
  evidence: z.number().int(),
  sessions: z.number().int(),
  /** Of them, those whose verdict, class and three scores have the same bits as then. */
  identical: z.number().int(),
  matrix: FlipMatrix,
  /** Flagged sessions that would not be, and sessions that would be flagged and were not, by what had been decided about their alert. */
  gone: z.record(ReplayDecision, z.number().int()),
  opened: z.number().int(),
  /** Largest difference of a score, in [0, 1]. */
  largest_difference: Score,
  /** Evidence that could not be replayed, or not under the same conditions, and why. */
  notes: z.array(z.object({ evidence_id: Id, file_name: z.string(), skipped: z.boolean(), reason: z.string() })),
});
export type ReplaySummary = z.infer<typeof ReplaySummary>;

export const Replay = z.object({
  /** The job's. */
  id: Id,
  question: ReplayQuestion,
  actor: z.string(),
  began_at: Instant,
  /** Null while it runs, or when it was broken off: the summary is then of what was done. */
  ended_at: Instant.nullable(),
  summary: ReplaySummary,
});
export type Replay = z.infer<typeof Replay>;

/** A session that would be decided otherwise. */
export const ReplayFlip = z.object({
  n: z.number().int(),
  verdict_id: Id,
  file_name: z.string(),
  session: z.string(),
  client: z.string().nullable(),
  request_line: z.string(),
  payload: z.string().nullable(),
  decision: ReplayDecision,
  before: z.object({ verdict: VerdictKind, score: Score, class: PayloadClass }),
  after: z.object({ verdict: VerdictKind, score: Score, class: PayloadClass }),
});
export type ReplayFlip = z.infer<typeof ReplayFlip>;

export const flipDirections = ["gone", "opened", "other"] as const;

export const startReplay = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/replays",
  summary:
    "Judge the stored evidence of a period again, with other models or other thresholds: a job, which can be cancelled and " +
    "resumed. Stored verdicts and alerts stay as they are",
  role: "analyst",
  callers: ["ui"],
  input: ReplayQuestion,
  output: z.object({ job_id: Id }),
});

export const listReplays = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/replays",
  summary: "The latest replays, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(Replay),
});

export const listReplayFlips = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/replays/:id/flips",
  summary: "Sessions that a replay decides otherwise: alerts that would be gone, alerts that would open, other changes",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({
    id: Id,
    direction: z.enum(flipDirections),
    limit: PageSize,
    after: z.coerce.number().int().min(0).default(0),
  }),
  output: z.object({ items: z.array(ReplayFlip), next: z.number().int().nullable() }),
});

export const listReplayModels = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/replays/models",
  summary: "Payload and behaviour models that a replay can judge with",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    payload: z.array(z.object({ model: ReplayModel, hash: Sha256, label: z.string() })),
    behaviour: z.array(z.object({ hash: Sha256, label: z.string() })),
  }),
});
