import { z } from "zod";
import { AttackIds } from "./attack-ids.ts";
import { defineRoute } from "./route.ts";
import { Score } from "./units.ts";

/** The seven classes of the contract. */
export const payloadClasses = [
  "sql_injection",
  "xss",
  "command_injection",
  "path_traversal",
  "xxe",
  "csrf",
  "benign",
] as const;
export const PayloadClass = z.enum(payloadClasses);
export type PayloadClass = z.infer<typeof PayloadClass>;

/** What an attack may be. */
export const AttackClass = PayloadClass.exclude(["benign"]);
export type AttackClass = z.infer<typeof AttackClass>;

/** Where in a request an attacker-controlled value stood. */
export const places = [
  "query",
  "query_name",
  "path_segment",
  "form",
  "json",
  "xml",
  "multipart",
  "file_name",
  "cookie",
  "header",
  "body",
] as const;
export const Place = z.enum(places);
export type Place = z.infer<typeof Place>;

/** Half-open range of UTF-8 byte offsets into the request as shown (request line, headers, blank line, body). */
export const ByteSpan = z.object({ start: z.number().int().min(0), end: z.number().int().min(0) });
export type ByteSpan = z.infer<typeof ByteSpan>;

/** The part of a payload's own text that decided, in UTF-16 offsets of the payload as given, with its weight (log-odds, signed). */
export const EvidenceSpan = z.object({ start: z.number().int(), end: z.number().int(), weight: z.number() });

export const PayloadPrediction = z.object({
  class: PayloadClass,
  /** Calibrated probability that `class` is right. */
  confidence: Score,
  probabilities: z.record(PayloadClass, Score),
  /** Finer than `class`: ssti, nosql_injection, ldap_injection, …; absent when it says no more than the class. */
  family: z.string().optional(),
  /** What CAPEC, CWE and ATT&CK call it; absent for benign. */
  ids: AttackIds.optional(),
  spans: z.array(EvidenceSpan).optional(),
  /**
   * Conformal set of classes at the configured error rate; anything but `class` alone needs an analyst: none, several, or another
   * one, since each class has a threshold of its own.
   */
  set: z.array(PayloadClass).optional(),
  /** True when the value was longer than the work budget and only windows of it were judged. */
  truncated: z.boolean().optional(),
  /** Who judged: the model, or the rules in its place. */
  tier: z.enum(["model", "rules"]).optional(),
  /** True when the model could not answer and the rules did. */
  degraded: z.literal(true).optional(),
  /** The model that judged; absent where the rules did in its place. */
  model_hash: z.string().optional(),
});
export type PayloadPrediction = z.infer<typeof PayloadPrediction>;

const payloadText = z.string().max(1_048_576);

export const predictPayload = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/predict-payload",
  summary: "Class and calibrated confidence of one payload or a list",
  role: "viewer",
  callers: ["ui", "external"],
  maxBytes: 16 * 1_048_576,
  input: z.union([
    z.strictObject({ payload: payloadText }),
    z.strictObject({ payloads: z.array(payloadText).max(10_000) }),
  ]),
  output: z.union([PayloadPrediction, z.array(PayloadPrediction)]),
});
