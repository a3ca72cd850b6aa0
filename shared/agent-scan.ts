import { z } from "zod";
import { defineRoute } from "./route.ts";

/** Names of the scanners, in the order in which they are shown. */
export const scannerNames = ["injection", "code", "echo", "credentials", "personal_data", "links", "blobs"] as const;

/** Largest body of a scan, bytes. */
const mostScanned = 2 * 1024 ** 2;

const ScanFinding = z.object({
  /** Stable name of the rule or model that found it. */
  rule: z.string(),
  why: z.string(),
  /** Where, in UTF-16 offsets of the text; absent where it is about the whole. */
  start: z.number().int().min(0).optional(),
  end: z.number().int().min(0).optional(),
  score: z.number().min(0).max(1).optional(),
});

const ScanResult = z.object({ flagged: z.boolean(), findings: z.array(ScanFinding) });

export const scanText = defineRoute({
  method: "POST",
  path: "/scan",
  summary:
    "Look through a text for injected instructions, credentials, personal data, links that carry data away, and encoded blobs. " +
    "Nothing of it is stored or logged, and no finding quotes it; a scanner that fails flags",
  role: "viewer",
  callers: ["ui", "external"],
  maxBytes: mostScanned,
  rate: "agent",
  input: z.strictObject({
    text: z.string(),
    /** What surrounds the text or what it is for, in words. */
    context: z.string().max(10_000).optional(),
    /** Programming language, where it is known. */
    language: z.string().max(40).optional(),
    /** `input` (default): something to be read; `prompt`: what somebody typed; `output`: what a worker answered. */
    kind: z.enum(["input", "prompt", "output"]).default("input"),
    /** What the worker was given, where the text is its answer. */
    input: z.string().optional(),
  }),
  output: z.object({
    /** True when any scanner found something, or did not do its work. */
    flagged: z.boolean(),
    /** By scanner. */
    results: z.partialRecord(z.enum(scannerNames), ScanResult),
  }),
});
