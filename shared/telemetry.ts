import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, Score } from "./units.ts";

const measure = z.number().min(0).max(1e15);

/** What a service measured of one of its own requests. Further numbers count where the operator declared them as features. */
export const FlowSample = z.looseObject({
  /** Milliseconds. */
  latency: measure,
  input_length: measure,
  errors: measure,
  /** Path of the request; becomes a template, and its query is dropped, before anything is kept. */
  route: z.string().min(1).max(2000),
  /** Becomes a keyed pseudonym before anything is kept. */
  user_id: z.union([z.string().max(500), z.number()]).nullish(),
  /** ISO 8601, or seconds or milliseconds since the epoch. */
  timestamp: z.union([z.string().max(64), z.number()]).nullish(),
});
export type FlowSample = z.infer<typeof FlowSample>;

export const flowActions = ["throttle", "freeze"] as const;
export const FlowAction = z.enum(flowActions);
export type FlowAction = z.infer<typeof FlowAction>;

export const FlowThreat = z.object({
  status: z.literal("THREAT_DETECTED"),
  action: FlowAction,
  /** By rule, in plain words. */
  reason: z.string(),
  /** How isolated the sample is, in [0, 1]; above 0.5 is more than average. */
  prediction_score: Score,
  /** 1 − conformal p-value. */
  confidence: Score,
  /** Present where the answer came without the fitted model. */
  degraded: z.literal(true).optional(),
});
export type FlowThreat = z.infer<typeof FlowThreat>;

export const FlowAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("OK"), degraded: z.literal(true).optional() }),
  FlowThreat,
]);
export type FlowAnswer = z.infer<typeof FlowAnswer>;

export const analyzeFlow = defineRoute({
  method: "POST",
  path: "/analyze-flow",
  summary: "Judge one telemetry sample; learns what is ordinary from those that are",
  role: "viewer",
  callers: ["ui", "external"],
  open: true,
  rate: "telemetry",
  maxBytes: 16_384,
  input: FlowSample,
  output: FlowAnswer,
});

/** Samples that one call may bring: they are judged at a stroke, and nothing else is done meanwhile. */
const mostFlows = 200;

export const analyzeFlows = defineRoute({
  method: "POST",
  path: "/analyze-flow/batch",
  summary: "Judge several telemetry samples in their order, for services that have many; one answer each",
  role: "viewer",
  callers: ["ui", "external"],
  rate: "telemetry",
  maxBytes: 1_048_576,
  input: z.strictObject({ samples: z.array(FlowSample).min(1).max(mostFlows) }),
  output: z.object({ answers: z.array(FlowAnswer) }),
});

/** Whom an override is about: a route template, or a user by id (never kept) or pseudonym. */
const subjectKinds = ["route", "user"] as const;

export const FlowOverride = z.object({
  id: Id,
  kind: z.enum(subjectKinds),
  /** Route template, or pseudonym of the user. */
  subject: z.string(),
  /** `allow` answers OK whatever the sample; the others answer so whatever the sample. */
  action: z.enum(["allow", ...flowActions]),
  /** null: erased. */
  reason: z.string().nullable(),
  actor: z.string(),
  at: Instant,
  /** When the model judges again; null: never by itself. */
  expires_at: Instant.nullable(),
  /** To change it from. */
  version: z.number().int(),
});
export type FlowOverride = z.infer<typeof FlowOverride>;

export const listFlowOverrides = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/telemetry/overrides",
  summary: "Routes and users whose telemetry an analyst judges instead of the model",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(FlowOverride),
});

export const setFlowOverride = defineRoute({
  method: "PUT",
  path: "/api/v1/sentinel/telemetry/overrides",
  summary: "Decide for a route or a user; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    subject: z.union([
      z.strictObject({ route: z.string().min(1).max(2000) }),
      z.strictObject({ user_id: z.string().min(1).max(500) }),
      z.strictObject({ pseudonym: z.string().regex(/^u_[0-9a-f]{32}$/) }),
    ]),
    action: FlowOverride.shape.action,
    reason: z.string().max(500).default(""),
    expires_at: FlowOverride.shape.expires_at.default(null),
    /** Version that the person saw; left out: whatever it is now. */
    base_version: z.number().int().min(0).optional(),
  }),
  output: z.object({ override: FlowOverride, event_id: Id }),
});

export const clearFlowOverride = defineRoute({
  method: "DELETE",
  path: "/api/v1/sentinel/telemetry/overrides/:id",
  summary: "Let the model judge a route or a user again; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ event_id: Id }),
});

export const TelemetryState = z.object({
  history_size: z.number().int(),
  trained: z.boolean(),
  /** Samples of the window that the model was fitted to, and how many of them calibrate it. */
  model: z
    .object({
      samples: z.number().int(),
      calibration: z.number().int(),
      fitted_at: Instant,
      /** Engines whose samples it was made from. */
      engines: z.number().int().min(1),
    })
    .nullable(),
  /** How far ordinary values reach, all routes together, in the feature's unit. null: that side does not count. */
  ranges: z.array(
    z.object({
      feature: z.string(),
      unit: z.string(),
      median: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
    }),
  ),
  /** Whether ordinary values have moved since the reference was taken; training is held while they have. */
  drift: z.object({
    reference_at: Instant.nullable(),
    features: z.array(
      z.object({
        feature: z.string(),
        /** Template of the route that moved; null: all routes together. */
        route: z.string().nullable(),
        share_beyond: z.number(),
        reference_share: z.number(),
      }),
    ),
  }),
  /** Routes by how they were answered since the start or the last rebase; those with most alarms first. At most 200. */
  routes: z.array(
    z.object({
      route: z.string(),
      samples: z.number().int(),
      throttled: z.number().int(),
      frozen: z.number().int(),
      last_answer: z.enum(["OK", ...flowActions]),
      last_at: Instant,
      /** Milliseconds, of the samples that are learned; null: none is. */
      latency: z.object({ median: z.number(), p95: z.number() }).nullable(),
    }),
  ),
  /** Minutes of the last hour that had samples, oldest first. */
  minutes: z.array(
    z.object({
      from: Instant,
      samples: z.number().int(),
      throttled: z.number().int(),
      frozen: z.number().int(),
    }),
  ),
  /** Newest answers that were not OK, newest first. */
  recent: z.array(
    FlowThreat.omit({ status: true }).extend({
      id: Id,
      at: Instant,
      route: z.string(),
      pseudonym: z.string().nullable(),
      /** The reason in the local model's words, once somebody asked for them: no evidence. null: nobody did. */
      words: z.string().nullable(),
    }),
  ),
});
export type TelemetryState = z.infer<typeof TelemetryState>;

export const telemetryState = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/telemetry",
  summary: "What telemetry has learned, whether it drifts, and its newest alarms",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: TelemetryState,
});

export const rebaseTelemetry = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/telemetry/rebase",
  summary: "Accept what telemetry shows from now on as ordinary: it learns anew. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ reason: z.string().max(500).default("") }),
  output: z.object({ event_id: Id }),
});
