import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Sha256 } from "./units.ts";

/** Kinds of evidence the readers know. */
export const evidenceKinds = [
  "har",
  "package",
  "access_log",
  "raw_request",
  "burp_xml",
  "modsecurity_log",
  "aws_waf_log",
  "cloudflare_log",
] as const;
export const EvidenceKind = z.enum(evidenceKinds);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

/** Signature over the RFC 8785 canonical form of the content. `value` is base64. */
export const EvidenceSignature = z.strictObject({
  alg: z.enum(["ed25519", "hmac-sha256"]),
  key_id: z.string().min(1).max(200),
  value: z.string().min(1).max(2000),
});

/** A request of a package's request list: what a program saw of one HTTP exchange. Unknown stays absent. */
export const PackageRequest = z.looseObject({
  method: z.string().max(40),
  url: z.string().max(1_048_576),
  http_version: z.string().max(20).optional(),
  headers: z.union([z.record(z.string(), z.string()), z.array(z.tuple([z.string(), z.string()]))]).optional(),
  body: z.string().optional(),
  client_address: z.string().max(200).optional(),
  started_at: z.string().max(60).optional(),
  duration_ms: z.number().min(0).optional(),
  response: z
    .looseObject({
      status: z.number().int().min(0).max(999),
      headers: z.union([z.record(z.string(), z.string()), z.array(z.tuple([z.string(), z.string()]))]).optional(),
      body: z.string().optional(),
      size: z.number().min(0).optional(),
    })
    .optional(),
});

export const EvidencePackage = z
  .strictObject({
    har: z.looseObject({}).optional(),
    requests: z.array(PackageRequest).optional(),
    metadata: z.looseObject({}).default({}),
    /** SHA-256 of the RFC 8785 canonical form of `har` or `requests`. */
    sha256: Sha256,
    signature: EvidenceSignature.optional(),
  })
  .refine((p) => (p.har === undefined) !== (p.requests === undefined), "exactly one of har and requests");
export type EvidencePackage = z.infer<typeof EvidencePackage>;

/** What went wrong at one place of a piece of evidence; the rest was read. */
export const EvidenceProblem = z.object({
  code: z.string(),
  /** Line, entry or byte where it happened, in words: "entry 17", "line 3"; both count from 1. */
  place: z.string(),
  message: z.string(),
});
export type EvidenceProblem = z.infer<typeof EvidenceProblem>;

/** Entries that are no HTTP requests, by the scheme of their URL ("data", "blob", … or "other"). */
export const PassedOver = z.record(z.string(), z.number().int().min(1));

/** The same content brought once more: nothing was stored but this. */
export const CustodyArrival = z.object({
  brought_by: z.string(),
  brought_at: Instant,
  channel: z.string(),
  file_name: z.string(),
});
export type CustodyArrival = z.infer<typeof CustodyArrival>;

/** Chain of custody of one piece of evidence. */
export const CustodyManifest = z.object({
  brought_by: z.string(),
  brought_at: Instant,
  /** How it came: "dropped file", "watched folder", "api", "pasted", "command line". */
  channel: z.string(),
  file_name: z.string(),
  size_bytes: z.number(),
  sha256: Sha256,
  checks: z.array(z.object({ check: z.string(), result: z.enum(["passed", "failed", "absent"]), detail: z.string() })),
  /** Recording's clock minus the clocks of the servers that answered, milliseconds; null where the evidence does not tell. */
  clock_offset_ms: z.number().nullable(),
  recorded_by: z.string().nullable(),
  /** Entries of the recording that are no HTTP requests, and were not judged; absent: none, or they were not counted. */
  passed_over: PassedOver.optional(),
  /** Who brought the same content again, newest first, at most 50; absent: nobody, or it was not asked for. */
  again: z.array(CustodyArrival).optional(),
  /**
   * What an evidence package says of itself, as JSON, secrets masked, at most 4,000 characters. Neither its hash nor its signature covers
   * that: whoever handed the package on may have written it. Absent: nothing, or it was not asked for.
   */
  metadata: z.string().optional(),
});
export type CustodyManifest = z.infer<typeof CustodyManifest>;

/** `at_fleet`: an engine of the fleet has it and told its verdicts; its content is not here. */
export const EvidenceStatus = z.enum(["stored", "analysing", "analysed", "failed", "withdrawn", "at_fleet"]);

export const Evidence = z.object({
  id: Id,
  kind: EvidenceKind,
  file_name: z.string(),
  size_bytes: z.number(),
  status: EvidenceStatus,
  added_at: Instant,
  requests: z.number().int(),
  sessions: z.number().int(),
  /** Requests already known from earlier evidence. */
  overlapping: z.number().int(),
  problems: z.array(EvidenceProblem),
  problem_count: z.number().int(),
  custody: CustodyManifest,
  /** Whether somebody said that retention must not erase it. */
  pinned: z.boolean(),
  /** Version of the evidence in the event log: what a withdrawal is based on. */
  version: z.number().int().min(0),
});
export type Evidence = z.infer<typeof Evidence>;

export const listEvidence = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/evidence",
  summary: "Stored evidence, newest first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ limit: PageSize, before: z.string().optional() }),
  output: z.object({ items: z.array(Evidence), next: z.string().nullable() }),
});

export const getEvidence = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/evidence/:id",
  summary: "One piece of evidence with its custody manifest",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Evidence,
});

/** Upload: the body is the file, as bytes. Answers at once with the job that stores and analyses it. */
export const importEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/evidence",
  summary: "Import one file; progress and outcome are the job's",
  role: "analyst",
  callers: ["ui"],
  body: "raw",
  maxBytes: 4 * 1024 ** 3,
  input: z.strictObject({
    file_name: z.string().max(400).default("pasted request"),
    channel: z.enum(["dropped file", "dialog", "pasted", "command line"]).default("dropped file"),
  }),
  output: z.object({ job_id: Id }),
});

/** The sample evidence that ships with the application. */
export const importSamples = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/evidence/samples",
  summary: "Import the sample evidence",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ job_ids: z.array(Id) }),
});

export const pinEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/evidence/:id/pin",
  summary: "Say that retention must not erase evidence, or take that back; either can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, pinned: z.boolean(), base_version: z.number().int().min(0) }),
  output: z.object({ event_id: Id }),
});

export const fetchEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/evidence/:id/fetch",
  summary: "Fetch evidence that lies at the fleet, and judge it here; progress and outcome are the job's",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ job_id: Id }),
});

export const withdrawEvidence = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/evidence/:id/withdraw",
  summary: "Take evidence and its verdicts out of view; can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int().min(0) }),
  output: z.object({ event_id: Id }),
});
