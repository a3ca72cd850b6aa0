import { z } from "zod";
import { defineRoute } from "./route.ts";

const milliseconds = z.number().min(0).nullable();

/** How the payload model is served, over all threads that judge payloads, since it was deployed. */
export const ModelServerHealth = z.object({
  /** `degraded`: the model does not answer, or is not the one that was chosen. */
  status: z.enum(["healthy", "degraded"]),
  /** Who answers now. */
  tier: z.enum(["model", "rules"]),
  model: z.object({
    kind: z.enum(["built-in", "classic", "onnx"]),
    hash: z.string(),
    /** What computes: "javascript", or the provider of the ONNX runtime: "cpu", "cuda", "coreml", "dml". */
    provider: z.string(),
    /** Quicker ones that are installed and could not be used, each with why; null: none. */
    passed_over: z.string().nullable(),
    /** Why it is not the model that the setting names; null: it is. */
    problem: z.string().nullable(),
  }),
  /** Milliseconds; null before the first of its kind. */
  latency: z.object({
    count: z.number().int(),
    p50_ms: milliseconds,
    p95_ms: milliseconds,
    p99_ms: milliseconds,
    cached_count: z.number().int(),
    cached_p50_ms: milliseconds,
    cached_p95_ms: milliseconds,
  }),
  cache: z.object({
    /** Texts that each thread keeps. */
    capacity: z.number().int(),
    ttl_seconds: z.number(),
    hits: z.number().int(),
    misses: z.number().int(),
    /** Null before the first look-up. */
    hit_rate: z.number().min(0).max(1).nullable(),
  }),
  /** Of the thread that is worst off. */
  breaker: z.object({
    state: z.enum(["closed", "half_open", "open"]),
    errors: z.number().int(),
    calls: z.number().int(),
    retry_in_ms: z.number().min(0),
    opened: z.number().int(),
    /** Share of errors at which it opens. */
    threshold: z.number(),
    failures_total: z.number().int(),
    /** Payloads that the rules judged in the model's place. */
    degraded_total: z.number().int(),
  }),
  canary: z.object({
    /** Hash of the model on trial; null: there is none. */
    challenger: z.string().nullable(),
    percent: z.number().min(0).max(100),
  }),
});
export type ModelServerHealth = z.infer<typeof ModelServerHealth>;

export const getModelServerHealth = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/model-server/health",
  summary: "How the payload model is served: latency, cache, circuit breaker, canary",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({}),
  output: ModelServerHealth,
});
