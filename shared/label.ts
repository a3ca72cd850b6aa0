import { z } from "zod";
import { Estimate } from "./model-figures.ts";
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

/** Why a task is shown: what its label is expected to improve. */
export const taskReasons = ["torn", "contradicted", "conflict", "new", "familiar", "audit"] as const;
export const TaskReason = z.object({
  /**
   * `torn`: the model cannot tell `classes` apart; `contradicted`: payloads and behaviour say opposite things; `conflict`: near-duplicates are
   * labelled otherwise, as `classes`; `new`: nothing like it is labelled; `familiar`: what is like it is labelled as the model says;
   * `audit`: drawn at random, whatever the model says.
   */
  kind: z.enum(taskReasons),
  classes: z.array(PayloadClass),
  /** Unlabelled near-duplicates that were seen, itself among them. */
  alike: z.number().int().min(1),
  /** Labels of its near-duplicates, and how many of them are not what the model says. */
  labelled: z.number().int().min(0),
  otherwise: z.number().int().min(0),
});
export type TaskReason = z.infer<typeof TaskReason>;

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
  /** Null: it waits for a second word, not for a first one. */
  why: TaskReason.nullable(),
});
export type LabelTask = z.infer<typeof LabelTask>;

/** What the labelling screen works through. */
export const labelQueues = ["payloads", "sessions", "disagreements", "flagged"] as const;
export const LabelQueue = z.enum(labelQueues);
export type LabelQueue = z.infer<typeof LabelQueue>;

const Count = z.number().int().min(0);

/** What the random draws say: how much the detector missed. */
export const MissedAttacks = z.object({
  /** Draws, among what was called benign, that the estimate is of; 0: not known yet. */
  drawn: Count,
  attacks: Count,
  /** Draws among them that nobody has said, or not all alike, what they are; the interval takes in whatever they may be. */
  open: Count,
  /** Share of attacks among what was called benign, with its exact 95 % interval; null: not known yet. */
  share: Estimate.nullable(),
  /** Whether everything was drawn: then the ends differ only by what is open. */
  is_all: z.boolean(),
  /** Of the first `needed` draws, those that are labelled; fewer are needed where there are no more. */
  begun: Count,
  needed: Count,
  /** Sessions that were called benign; null: of values it is not counted. */
  population: Count.nullable(),
});
export type MissedAttacks = z.infer<typeof MissedAttacks>;

/** One thing that tells whether more labels are worth it. */
export const stopSigns = ["gain", "agreement", "confirmed"] as const;
export const StopSign = z.object({
  /**
   * `gain`: F1 that the last trainings gained over the model that decided then, on the same rows; `agreement`: of a model with the one before
   * it (Cohen's kappa); `confirmed`: recent labels that say what the model had said.
   */
  name: z.enum(stopSigns),
  /** Null: there is nothing yet to tell it from. */
  figure: Estimate.nullable(),
  /** A gain below it, an agreement or a share from it on, speaks for stopping. */
  bound: z.number(),
  /** Trainings, or labels, that it is told from, and how many it takes. */
  of: Count,
  needed: Count,
  /** Null: not known yet. */
  speaks_for_stopping: z.boolean().nullable(),
});
export type StopSign = z.infer<typeof StopSign>;

/** Whether more labels are worth it. */
export const StopAdvice = z.object({ advice: z.enum(["go_on", "enough", "unknown"]), signs: z.array(StopSign) });
export type StopAdvice = z.infer<typeof StopAdvice>;

export const nextLabels = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/labels/next",
  summary:
    "What to label next: payloads or sessions without a label, by what a label is worth, with random draws; disagreements; what was flagged",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({
    queue: LabelQueue,
    /** 0: nothing but the progress. */
    limit: z.coerce.number().int().min(0).max(50).default(20),
    cursor: z.string().max(100).optional(),
  }),
  output: z.object({
    items: z.array(LabelTask),
    next: z.string().nullable(),
    /** Of payloads and sessions: how much is missed, and whether more labels are worth it. */
    progress: z.object({ missed: MissedAttacks, advice: StopAdvice }).nullable(),
  }),
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
