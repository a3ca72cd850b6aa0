import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

export const makeAlertReport = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/:id/report",
  summary: "A signed, self-contained HTML report of an alert; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Id }),
  output: z.instanceof(Uint8Array),
});

export const exportFormats = ["csv", "json", "jsonl"] as const;
export const ExportFormat = z.enum(exportFormats);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const exportAlerts = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/alerts/export",
  summary: "Exactly the alerts that match a query now, as a file; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ q: z.string().max(2000).default(""), format: ExportFormat }),
  output: z.custom<AsyncIterable<Uint8Array>>(() => true),
});

export const makeCaseReport = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/report",
  summary: "A signed, self-contained HTML report of a case; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Id }),
  output: z.instanceof(Uint8Array),
});

/**
 * `csv`: its alerts; `json`: everything; `stix`: a STIX 2.1 bundle; `har`: the requests of the worst session of each alert, secrets
 * masked.
 */
export const caseExportFormats = ["csv", "json", "stix", "har"] as const;
export const CaseExportFormat = z.enum(caseExportFormats);
export type CaseExportFormat = z.infer<typeof CaseExportFormat>;

/** Alerts of a case that go into one file; the worst come first, and what is left out is said. */
export const mostExportedOfCase = 100_000;

export const exportCase = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/cases/:id/export",
  summary: "A case as a file for other programs; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Id, format: CaseExportFormat }),
  output: z.custom<AsyncIterable<Uint8Array>>(() => true),
});

/** The key that reports of this engine are signed with, to be shared apart from them. */
export const getReportKey = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/reports/key",
  summary: "The public key of this engine's reports, and its fingerprint",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ key: z.string(), fingerprint: z.string() }),
});

export const checkReport = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/reports/check",
  summary: "Whether a report is as it was signed, and by which key",
  role: "viewer",
  callers: ["ui"],
  body: "raw",
  maxBytes: 64 * 1_048_576,
  input: z.strictObject({
    /** Absent: this engine's own. */
    key: z
      .string()
      .regex(/^ed25519:[A-Za-z0-9_-]{43}$/)
      .optional(),
  }),
  output: z.object({
    /** `valid`: signed by the expected key and not changed since; `other_key`: whole, but signed by another one. */
    verdict: z.enum(["valid", "changed", "other_key", "no_report"]),
    key: z.string().nullable(),
    fingerprint: z.string().nullable(),
  }),
});

/** A report that was put on the shelf that engines share. */
export const ShelvedReport = z.object({
  /** Of its file. */
  sha256: Sha256,
  /** `s3://BUCKET/KEY`. */
  address: z.string(),
  bytes: z.number().int(),
  /** `alert ID` or `case ID`. */
  about: z.string(),
  at: Instant,
  by: z.string(),
  /** Whether the shelf said that it has it. */
  kept: z.boolean(),
});
export type ShelvedReport = z.infer<typeof ShelvedReport>;

export const listShelvedReports = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/reports/shelf",
  summary: "Reports of this engine that were put on the shelf, newest first",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    /** Whether each report that is taken is kept. */
    is_on: z.boolean(),
    items: z.array(ShelvedReport),
    more: z.boolean(),
  }),
});

export const fetchShelvedReport = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/reports/shelf/:id",
  summary: "A report from the shelf, whole and as it was signed; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  /** By the SHA-256 of its file. */
  input: z.strictObject({ id: Sha256 }),
  output: z.instanceof(Uint8Array),
});
