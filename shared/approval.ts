import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Sha256 } from "./units.ts";

/** What can need somebody's word before it happens; `plan` and `tool_call` are the agent's, `promotion` is a step of a model on trial. */
export const approvalKinds = ["rule", "exclusion", "rollout", "renewal", "promotion", "plan", "tool_call"] as const;
export const ApprovalKind = z.enum(approvalKinds);
export type ApprovalKind = z.infer<typeof ApprovalKind>;

/** How much harm a wrong word does, the most first. */
export const approvalRisks = ["high", "medium", "low"] as const;
export const ApprovalRisk = z.enum(approvalRisks);
export type ApprovalRisk = z.infer<typeof ApprovalRisk>;

/**
 * `granted` until it is `used`, once; `superseded`: what it was asked for has changed since; `expired`: nobody said anything in time, or
 * nobody used it.
 */
export const approvalStates = ["pending", "granted", "denied", "used", "superseded", "withdrawn", "expired"] as const;
export const ApprovalState = z.enum(approvalStates);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const ApprovalSummary = z.object({
  id: Id,
  kind: ApprovalKind,
  /** What it is about: id of the rule, of the model, or of the task. */
  subject: Id,
  title: z.string(),
  risk: ApprovalRisk,
  state: ApprovalState,
  requested_by: z.string(),
  requested_at: Instant,
  expires_at: Instant,
  decided_by: z.string().nullable(),
  decided_at: Instant.nullable(),
  /** SHA-256 of the canonical JSON of `shown`: what a word is bound to. */
  shown_hash: Sha256,
  /** Whether the caller may decide; if not, why. */
  may_decide: z.boolean(),
  why_not: z.string().nullable(),
});
export type ApprovalSummary = z.infer<typeof ApprovalSummary>;

export const Approval = ApprovalSummary.extend({
  /** Exactly what is asked for; null once its text was erased. */
  shown: z.record(z.string(), z.unknown()).nullable(),
  reason: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;

export const listApprovals = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/approvals",
  summary: "What waits for somebody's word, the riskiest first; or what was decided, the last first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ decided: z.enum(["0", "1"]).default("0"), limit: PageSize }),
  output: z.object({ items: z.array(ApprovalSummary) }),
});

export const getApproval = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/approvals/:id",
  summary: "One approval with exactly what it is asked for",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Approval,
});

export const decideApproval = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/approvals/:id/decide",
  summary:
    "Grant or deny what was shown, named by its hash. Single use; refused (409) when it expired, was decided, or has changed since",
  role: "approver",
  callers: ["ui"],
  input: z.strictObject({ id: Id, granted: z.boolean(), shown_hash: Sha256, reason: z.string().max(2000).default("") }),
  output: Approval,
});
