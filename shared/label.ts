import { z } from "zod";
import { PayloadClass, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, Score } from "./units.ts";

export const excludeLabels = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/labels/exclude",
  summary: "Take out everything that a labeller said between two moments; undo brings it back",
  role: "approver",
  callers: ["ui"],
  input: z.strictObject({ labeller: z.string().min(1).max(400), from: Instant, to: Instant }),
  output: z.object({ event_id: Id, labels: z.number().int().min(0) }),
});

export const sampleKinds = ["payload", "session"] as const;
export const SampleKind = z.enum(sampleKinds);
export type SampleKind = z.infer<typeof SampleKind>;

/** What somebody says that a sample is. */
export const SaidLabel = z.object({
  labeller: z.string(),
  label: PayloadClass.nullable(),
  at: Instant,
  source: z.string(),
  flagged: z.boolean(),
  resolves: z.boolean(),
  note: z.string().nullable(),
});
export type SaidLabel = z.infer<typeof SaidLabel>;

/** Something to label, or to look at again. */
export const LabelTask = z.object({
  sample_id: Id,
  kind: SampleKind,
  /** Masked; for a session its request line. Null once it was erased. */
  text: z.string().nullable(),
  /** Decoded, where that says more. */
  canonical: z.string().nullable(),
  place: Place.nullable(),
  /** Name of the parameter, header or cookie. */
  name: z.string().nullable(),
  request_line: z.string().nullable(),
  host: z.string().nullable(),
  /** The session that it is, or that it stood in; null: it was brought by itself. */
  verdict_id: Id.nullable(),
  /** Number of its finding in that session. */
  finding: z.number().int().nullable(),
  /** What the model says. */
  said: z.object({ class: PayloadClass, confidence: Score }).nullable(),
  /** Of a session: its score, requests, and the features that moved the score most. */
  session: z
    .object({
      score: Score,
      requests: z.number().int(),
      client: z.string().nullable(),
      started_at: Instant.nullable(),
      payload: z.string().nullable(),
    })
    .nullable(),
  labels: z.array(SaidLabel),
});
export type LabelTask = z.infer<typeof LabelTask>;

/** What the labelling screen works through. */
export const labelQueues = ["payloads", "sessions", "disagreements", "flagged"] as const;
export const LabelQueue = z.enum(labelQueues);
export type LabelQueue = z.infer<typeof LabelQueue>;

export const nextLabels = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/labels/next",
  summary: "What to label next: payloads or sessions without a label, disagreements, or what was flagged",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    queue: LabelQueue,
    limit: z.coerce.number().int().min(1).max(50).default(20),
    cursor: z.string().max(100).optional(),
  }),
  output: z.object({ items: z.array(LabelTask), next: z.string().nullable() }),
});

export const setLabel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/labels",
  summary: "Say what a sample is, or flag it for others; one label for each labeller. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z
    .strictObject({
      sample_id: Id,
      /** Where the sample is found that nobody has labelled yet. */
      verdict_id: Id.optional(),
      finding: z.number().int().min(0).optional(),
      /** Null: flagged without a word of what it is. */
      label: PayloadClass.nullable(),
      flagged: z.boolean().default(false),
      /** Settles a disagreement. */
      resolves: z.boolean().default(false),
      note: z.string().trim().min(1).max(2000).optional(),
    })
    .refine(({ label, flagged }) => label !== null || flagged, "neither a label nor a flag is given")
    .refine(({ label, resolves }) => label !== null || !resolves, "a resolution says what it is"),
  output: z.object({ event_id: Id }),
});
