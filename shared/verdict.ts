import { z } from "zod";
import { CustodyManifest, EvidenceKind, EvidencePackage, EvidenceProblem } from "./evidence.ts";
import { ByteSpan, PayloadClass, PayloadPrediction, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Score, Sha256 } from "./units.ts";

/** `simulate` at or above 0.75, `tag` at or above 0.50 (configurable), else `benign`. */
export const verdictKinds = ["simulate", "tag", "benign"] as const;
export const VerdictKind = z.enum(verdictKinds);
export type VerdictKind = z.infer<typeof VerdictKind>;

/** Whether the attack seems to have worked, judged from the response; beside the verdict, never part of its score. */
export const attackOutcomes = ["succeeded", "likely_succeeded", "unclear", "likely_failed", "not_available"] as const;
export const AttackOutcome = z.enum(attackOutcomes);
export type AttackOutcome = z.infer<typeof AttackOutcome>;

/** A payload of a session, with where it stood. Text is masked: secrets never leave the engine unasked. */
export const PayloadFinding = z.object({
  /** Index of the request's entry in its file. */
  request: z.number().int().min(0),
  place: Place,
  /** Parameter, header or cookie name, or JSON path; empty for a path segment. */
  name: z.string(),
  span: ByteSpan,
  /** The value as it stood (masked, at most 2,000 characters). */
  text: z.string(),
  /** After canonicalisation; equal to `text` when nothing was decoded. */
  canonical: z.string(),
  /** Names of the decodings applied, outermost first: `url`, `base64`, … */
  decodings: z.array(z.string()),
  prediction: PayloadPrediction,
  outcome: AttackOutcome,
  outcome_reason: z.string(),
  /** Other requests of the session that hold the same value at the same place; absent: none. */
  repeats: z
    .array(z.object({ request: z.number().int().min(0), outcome: AttackOutcome, outcome_reason: z.string() }))
    .optional(),
});
export type PayloadFinding = z.infer<typeof PayloadFinding>;

/** What the operator's own data says of a client's address; null: it does not tell. */
export const ClientOrigin = z.object({
  /** ISO 3166-1 code. */
  country: z.string().nullable(),
  /** Number of the autonomous system. */
  network: z.number().int().nullable(),
  /** Whether the address stands on the list of bad networks. */
  bad_reputation: z.boolean().nullable(),
});

/** One row of the verdict list. */
export const VerdictSummary = z.object({
  id: Id,
  evidence_id: Id,
  file_name: z.string(),
  /** Short name of the session in its evidence: "s3". */
  session: z.string(),
  verdict: VerdictKind,
  score: Score,
  payload_score: Score,
  behavioral_score: Score,
  class: PayloadClass,
  family: z.string().nullable(),
  outcome: AttackOutcome,
  client: z.string().nullable(),
  host: z.string().nullable(),
  /** Method and path of the request with the worst payload, or of the first request. Query stripped. */
  request_line: z.string(),
  /** The worst payload, masked, at most 200 characters; null for a session without one. */
  payload: z.string().nullable(),
  /** Place and name of the worst payload: "query id". */
  payload_place: z.string().nullable(),
  requests: z.number().int(),
  /** First and last request; null where the evidence has no clock. */
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  decided_at: Instant,
  /** Engine of the fleet that judged it; null: this one. */
  judged_by: z.string().nullable(),
  /** True: something of the session was not looked at, or is not kept; the verdict's `extent` says what. */
  left_out: z.boolean().optional(),
});
export type VerdictSummary = z.infer<typeof VerdictSummary>;

/** `null` value: this kind of evidence cannot tell. */
export const FeatureValue = z.object({ name: z.string(), value: z.number().nullable() });

export const ShapleyValue = z.object({
  feature: z.string(),
  /** The feature's value in this session; null: not available. */
  value: z.number().nullable(),
  /** Share of the score, in score points (same unit as `final_score`), signed. */
  contribution: z.number(),
});
export type ShapleyValue = z.infer<typeof ShapleyValue>;

/** Interventional Shapley values over the stored background sessions: base_value + Σ values = final_score. */
export const ShapSummary = z.object({
  base_value: z.number(),
  values: z.array(ShapleyValue),
  /**
   * The part of one value above that comes from calibration to the base rate of live traffic, and not from what the classifier said:
   * a step of its own in the waterfall.
   */
  calibration: z.object({ feature: z.string(), contribution: z.number() }).optional(),
});
export type ShapSummary = z.infer<typeof ShapSummary>;

export const Explanation = z.object({
  narrative: z.string(),
  top_features: z.array(ShapleyValue),
  shap_summary: ShapSummary,
});
export type Explanation = z.infer<typeof Explanation>;

/** Everything needed to compute the verdict again, bit for bit. */
export const VerdictProvenance = z.object({
  model_hash: z.string(),
  anomaly_hash: z.string(),
  config_hash: z.string(),
  enrichment_hash: z.string(),
  extractor_version: z.string(),
  evidence_sha256: Sha256,
  weights: z.object({ payload: z.number(), behavior: z.number() }),
  thresholds: z.object({ tag: Score, simulate: Score }),
  /** Error rate that was chosen for the classes which are not ruled out, where it was not 0.05. A model whose file knows one rate alone kept to that. */
  class_set_error_rate: z.number().optional(),
  /** Parts that feature flags withheld from the session; absent: none. */
  withheld: z.array(z.string()).optional(),
});

/** How much of a session was looked at, and how much of what was found is kept. */
export const VerdictExtent = z.object({
  /** Different values that are attacks; the findings are the worst of them, at most 50. */
  payloads_found: z.number().int(),
  /** Values of which only a part was judged: they are longer, or nested deeper, than is read. */
  values_cut: z.number().int(),
  /** Requests with more than 2,000 values, which are not all judged one by one. */
  requests_crowded: z.number().int(),
  /** Requests of whose body the evidence has only the beginning. */
  bodies_cut: z.number().int(),
  /** Bytes that these bodies lack, as far as their Content-Length tells. */
  bytes_missing: z.number().int(),
});
export type VerdictExtent = z.infer<typeof VerdictExtent>;

/** A feature of the session beside the same feature of ordinary sessions: quantiles of the reference. */
export const FeatureInContext = z.object({
  name: z.string(),
  label: z.string(),
  unit: z.string(),
  meaning: z.string(),
  value: z.number().nullable(),
  reference: z.object({ p05: z.number(), p50: z.number(), p95: z.number(), max: z.number() }).nullable(),
  /** Share of reference sessions whose value is at most this one; null: not available. */
  percentile: z.number().min(0).max(1).nullable(),
});
export type FeatureInContext = z.infer<typeof FeatureInContext>;

/** The verdict of one session on the wire (`POST analyze`). */
export const Verdict = z.object({
  verdict_id: Id,
  session: z.string(),
  verdict: VerdictKind,
  final_score: Score,
  payload_score: Score,
  behavioral_score: Score,
  class: PayloadClass,
  family: z.string().nullable(),
  outcome: AttackOutcome,
  requests: z.number().int(),
  payload_predictions: z.array(PayloadFinding),
  features: z.array(FeatureValue),
  explain: Explanation,
  provenance: VerdictProvenance,
  /** Absent: it was not counted, as in verdicts of earlier versions. */
  extent: VerdictExtent.optional(),
});
export type Verdict = z.infer<typeof Verdict>;

export const analyzeEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/analyze",
  summary: "Analyse an evidence package; the worst session's verdict and all of them",
  role: "analyst",
  callers: ["ui", "external"],
  maxBytes: 64 * 1_048_576,
  input: z.strictObject({ evidence: EvidencePackage }),
  output: z.object({
    verdict: Verdict,
    verdicts: z.array(Verdict),
    /** What of the package could not be read, the first of `problem_count`. */
    problems: z.array(EvidenceProblem),
    problem_count: z.number().int(),
  }),
});

export const explainVerdict = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/explain",
  summary: "Why a verdict is what it is, or why a session was not flagged",
  role: "viewer",
  callers: ["ui", "external"],
  maxBytes: 64 * 1_048_576,
  input: z.union([z.strictObject({ verdict_id: Id }), z.strictObject({ evidence: EvidencePackage })]),
  output: Explanation,
});

/** Filters of the verdict list; all must hold. */
export const VerdictFilter = z.strictObject({
  verdict: VerdictKind.optional(),
  class: PayloadClass.optional(),
  evidence_id: Id.optional(),
  min_score: z.coerce.number().min(0).max(1).default(0),
  /** Session start at or after, before. */
  after: Instant.optional(),
  before: Instant.optional(),
  /** Substring of payload, request line, host or client; case-insensitive. */
  text: z.string().max(500).optional(),
});
export type VerdictFilter = z.infer<typeof VerdictFilter>;

export const listVerdicts = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts",
  summary: "Verdicts, newest decided first, keyset-paged",
  role: "viewer",
  callers: ["ui"],
  input: VerdictFilter.extend({ limit: PageSize, cursor: z.string().max(200).optional() }),
  output: z.object({ items: z.array(VerdictSummary), next: z.string().nullable() }),
});

export const verdictCounts = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/counts",
  summary: "How many verdicts match, by verdict and class, and over time",
  role: "viewer",
  callers: ["ui"],
  input: VerdictFilter,
  output: z.object({
    total: z.number().int(),
    by_verdict: z.record(VerdictKind, z.number().int()),
    by_class: z.record(PayloadClass, z.number().int()),
    /** Buckets of session start time; empty when no evidence has a clock. */
    timeline: z.array(
      z.object({ start: Instant, width_ms: z.number(), counts: z.record(VerdictKind, z.number().int()) }),
    ),
  }),
});

/** What the fleet said of a session, beside what is here. */
export const FleetVerdict = z.object({
  /** Engine that judged it. */
  node_id: z.string(),
  told_at: Instant,
  verdict: VerdictKind,
  score: Score,
  payload_score: Score,
  behavioral_score: Score,
  class: PayloadClass,
  /** Null: it was judged by the fleet alone. */
  here: z
    .object({
      /** Whether it was judged here to the same verdict, bit for bit. */
      same: z.boolean(),
      /** What it was judged by that is not the same, in words; empty though the verdicts differ: nothing that could be why. */
      differences: z.array(z.string()),
    })
    .nullable(),
  /** Null: the evidence is here. */
  evidence: z
    .object({
      /** Bytes; null: not told. */
      size: z.number().int().nullable(),
      /** Null: it can be fetched. Else why not. */
      problem: z.string().nullable(),
    })
    .nullable(),
});
export type FleetVerdict = z.infer<typeof FleetVerdict>;

export const getVerdict = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id",
  summary: "One session's verdict with findings, explanation, anomaly in context and provenance",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: VerdictSummary.extend({
    evidence_kind: EvidenceKind,
    /** Null: nothing is known of the client's address. */
    origin: ClientOrigin.nullable(),
    custody: CustodyManifest,
    findings: z.array(PayloadFinding),
    explanation: Explanation,
    /** Empty where the model whose reference it is is not here. */
    context: z.array(FeatureInContext),
    provenance: VerdictProvenance,
    /** Null: it was not counted, as in verdicts of earlier versions. */
    extent: VerdictExtent.nullable(),
    /** Null: the fleet said nothing of it. */
    fleet: FleetVerdict.nullable(),
  }),
});

/** One decision about a session, and by what it was made. */
export const SessionDecision = z.object({
  verdict_id: Id,
  decided_at: Instant,
  verdict: VerdictKind,
  score: Score,
  payload_score: Score,
  behavioral_score: Score,
  class: PayloadClass,
  model_hash: z.string(),
  anomaly_hash: z.string(),
  config_hash: z.string(),
  extractor_version: z.string(),
  tag_threshold: Score,
});
export type SessionDecision = z.infer<typeof SessionDecision>;

export const listDecisions = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/history",
  summary: "The decisions about the session of a verdict, newest first: this one, and those of earlier analyses",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ decisions: z.array(SessionDecision) }),
});

/** A stretch of the request as shown; `finding` numbers the finding whose span covers it. */
export const RequestSegment = z.object({
  text: z.string(),
  kind: z.enum(["plain", "payload", "secret"]),
  finding: z.number().int().nullable(),
  /** True for the part of a payload that spoke for the attack. */
  decisive: z.boolean(),
});

export const SessionRequest = z.object({
  request: z.number().int(),
  started_at: Instant.nullable(),
  duration_ms: z.number().nullable(),
  method: z.string(),
  /** Path and query with secrets masked; a long query is cut. The request itself has all of it. */
  target: z.string(),
  host: z.string().nullable(),
  status: z.number().int().nullable(),
  response_size: z.number().nullable(),
  worst: z.object({ class: PayloadClass, confidence: Score }).nullable(),
  overlaps_evidence: Id.nullable(),
});

export const listSessionRequests = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/requests",
  summary: "The requests of a session, in time order",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, limit: PageSize, offset: z.coerce.number().int().min(0).default(0) }),
  output: z.object({ items: z.array(SessionRequest), total: z.number().int() }),
});

export const getSessionRequest = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/verdicts/:id/requests/:request",
  summary: "One request and its response as text, payload spans marked, secrets masked",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, request: z.coerce.number().int().min(0) }),
  output: z.object({
    request: SessionRequest,
    /** Null: the evidence does not tell. */
    scheme: z.enum(["http", "https"]).nullable(),
    /** The request as it stood, cut into segments; concatenated they are the whole text. */
    segments: z.array(RequestSegment),
    cut: z.boolean(),
    response: z
      .object({ head: z.string(), body: z.string(), body_cut: z.boolean(), body_available: z.boolean() })
      .nullable(),
    findings: z.array(PayloadFinding),
    /**
     * Where the findings come from: `verdict`, kept with it; `model`, since the verdict keeps only the worst of its session, judged again
     * just now by the model that decided; `lost`: the request was flagged, and neither tells by what.
     */
    findings_from: z.enum(["verdict", "model", "lost"]),
  }),
});

export const revealSecrets = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/verdicts/:id/requests/:request/reveal",
  summary: "The same request with its secrets; the log records who asked. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, request: z.coerce.number().int().min(0), reason: z.string().max(500).default("") }),
  output: z.object({ segments: z.array(RequestSegment) }),
});
