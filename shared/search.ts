import { z } from "zod";
import { PayloadClass } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, PageSize, Score } from "./units.ts";
import { VerdictKind } from "./verdict.ts";

const SearchText = z.string().max(2000).default("");

/** One request of a search, benign or not. Text is masked. */
export const FoundRequest = z.object({
  /** Stays the same for as long as its evidence is there. */
  id: Id,
  evidence_id: Id,
  file_name: z.string(),
  /** Index of its entry in the file. */
  request: z.number().int().min(0),
  /** "s3". */
  session: z.string(),
  /** Of its session; null while that is still being analysed. */
  verdict: z.object({ id: Id, verdict: VerdictKind, score: Score }).nullable(),
  started_at: Instant.nullable(),
  client: z.string().nullable(),
  method: z.string(),
  host: z.string().nullable(),
  /** Path and query as sent, the query at most 300 characters. */
  target: z.string(),
  status: z.number().int().nullable(),
  /** Null: no value of it was judged an attack. */
  worst: z.object({ class: PayloadClass, confidence: Score, family: z.string().nullable() }).nullable(),
});
export type FoundRequest = z.infer<typeof FoundRequest>;

export const searchRequests = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/search",
  summary:
    "Requests of all evidence in view that match a query, benign ones included: newest evidence first, its last request first. " +
    "A page may hold fewer than asked for, even none, while `next` tells that there is more to look through",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ q: SearchText, limit: PageSize, cursor: z.string().max(40).optional() }),
  output: z.object({ items: z.array(FoundRequest), next: z.string().nullable() }),
});

export const startScan = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/search/scan",
  summary:
    "Look for a text through headers and bodies of stored evidence, which no index holds: a job, which can be cancelled. " +
    "What it found is asked for by the query `scan:` and the job's id. Secrets are not searched",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ text: z.string().min(1).max(500), evidence_id: Id.optional() }),
  output: z.object({ job_id: Id }),
});

/** How much matches. Where `exact` is false there is more: the numbers are at least so large, and the times within. */
export const SearchCounts = z.object({
  requests: z.number().int(),
  /** Of them, those with a value that was judged an attack. */
  flagged: z.number().int(),
  sessions: z.number().int(),
  first_seen: Instant.nullable(),
  last_seen: Instant.nullable(),
  exact: z.boolean(),
});
export type SearchCounts = z.infer<typeof SearchCounts>;

export const searchCounts = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/search/counts",
  summary:
    "How many requests match a query, how many of them are flagged, in how many sessions, and when they were seen",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ q: SearchText }),
  output: SearchCounts,
});
