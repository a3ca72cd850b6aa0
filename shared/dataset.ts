import { z } from "zod";
import { PayloadClass, Place, payloadClasses } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

export const splits = ["train", "validation", "test"] as const;
export const Split = z.enum(splits);
export type Split = z.infer<typeof Split>;

const Count = z.number().int().min(0);
const ByClass = z.partialRecord(z.enum(payloadClasses), Count);
const Reason = z.string().trim().min(1).max(2000);
const SampleText = z.string().min(1).max(65_536);

const PayloadSample = z.strictObject({
  sample_type: z.literal("payload"),
  /** The text, or the text with the place where it stood. */
  data: z.union([SampleText, z.strictObject({ payload: SampleText, place: Place.optional() })]),
  label: PayloadClass,
});
const SessionSample = z.strictObject({
  sample_type: z.literal("session"),
  /** A session that was judged here, or the features of one that was not. */
  data: z.union([
    z.strictObject({ verdict_id: Id }),
    z.strictObject({ features: z.record(z.string().max(100), z.number().nullable()) }),
  ]),
  label: PayloadClass,
});

export const addSample = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/dataset/add-sample",
  summary: "Add a labelled payload or session; the next dataset version holds it. Can be undone",
  role: "analyst",
  callers: ["ui", "external"],
  input: z.discriminatedUnion("sample_type", [PayloadSample, SessionSample]),
  output: z.object({
    id: Id,
    /** The newest version there is: the sample joins the one after it. Null: none was made yet. */
    dataset_version: Sha256.nullable(),
    event_id: Id,
  }),
});

export const addFalsePositive = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/dataset/add-false-positive",
  summary: "Report that a verdict or a payload is no attack; tracked until a model no longer takes it for one",
  role: "analyst",
  callers: ["ui", "external"],
  input: z.union([
    z.strictObject({ verdict_id: Id, reason: Reason.optional() }),
    z.strictObject({ payload: SampleText, place: Place.optional(), reason: Reason.optional() }),
  ]),
  output: z.object({ id: Id, event_id: Id }),
});

/** How good the rows of a version are. */
export const Quality = z.strictObject({
  /** 1: all classes that occur have as many rows; 0: one class only. Entropy over that of the seven classes. */
  balance: z.number().min(0).max(1),
  /** Rows whose text stands in another place, too. */
  repeated_texts: Count,
  /** Rows that have a near-duplicate. */
  near_duplicates: Count,
  /** Groups of near-duplicates that have several classes. */
  contradicting_groups: Count,
  /** Labelled samples that are not in it: their labellers disagree. */
  disagreements: Count,
  /** New samples that are not in it: near-duplicates of rows of two splits. */
  between_splits: Count,
  /** Labelled samples that are not in it: their text was erased. */
  erased: Count,
  /** Campaigns whose rows are in several splits. */
  divided_campaigns: Count,
  false_positives: Count,
  /** Days since the rows were labelled; null: there are none. */
  median_age_days: z.number().min(0).nullable(),
  oldest_age_days: z.number().min(0).nullable(),
});
export type Quality = z.infer<typeof Quality>;

/** How rows are spread. */
export const DatasetCounts = z.object({
  rows: Count,
  sessions: Count,
  by_class: ByClass,
  by_split: z.record(Split, Count),
  /** Rows of each class within each split, in the order of the list of classes. */
  by_split_class: z.record(Split, z.array(Count)),
  by_source: z.record(z.string(), Count),
});
export type DatasetCounts = z.infer<typeof DatasetCounts>;

/** Attack and ordinary rows below which a fit would tell of single rows: of each, in the training split of a version. */
export const leastOfEachSide = 5;

/** How often a labeller contradicts what the others say, or the model where it was sure. */
export const LabellerRecord = z.object({
  labeller: z.string(),
  labels: Count,
  /** Of those that anything can be held against. */
  judged: Count,
  contradictions: Count,
});

/** A burst of labels that contradicts the others or the model far beyond chance. */
export const SuspiciousBatch = z.object({
  labeller: z.string(),
  /** Of the labeller, where it is a file. */
  name: z.string(),
  from: Instant,
  to: Instant,
  labels: Count,
  judged: Count,
  contradictions: Count,
  /** What some of them say. */
  examples: z.array(z.object({ text: z.string().nullable(), label: PayloadClass, said: PayloadClass.nullable() })),
});
export type SuspiciousBatch = z.infer<typeof SuspiciousBatch>;

export const datasetStats = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/dataset/stats",
  summary: "The newest version by class, split and source, its quality, and what the labels say now",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({}),
  output: DatasetCounts.extend({
    /** Null: no version was made yet; then all counts of versions are 0. */
    dataset_version: Sha256.nullable(),
    made_at: Instant.nullable(),
    quality: Quality.nullable(),
    /** As they stand now, whether a version holds them or not. */
    labels: z.object({
      samples: Count,
      by_class: ByClass,
      disagreements: Count,
      flagged: Count,
      /** Samples that were labelled, or labelled otherwise, since the version was made. */
      since_version: Count,
      labellers: z.array(LabellerRecord),
      suspicious: z.array(SuspiciousBatch),
    }),
  }),
});

export const DatasetVersionSummary = z.object({
  id: Sha256,
  parent: Sha256.nullable(),
  by: z.string(),
  at: Instant,
  /** Null: none was given, or it was erased. */
  why: z.string().nullable(),
  counts: DatasetCounts,
  quality: Quality,
});
export type DatasetVersionSummary = z.infer<typeof DatasetVersionSummary>;

export const listDatasets = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/datasets",
  summary: "Dataset versions, the last made first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(DatasetVersionSummary),
});

export const makeDataset = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/datasets",
  summary: "Make a version of everything that is labelled and agreed on; a job. Can be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ why: Reason.optional() }),
  output: z.object({ job_id: Id }),
});

export const datasetChanges = ["added", "removed", "relabelled", "moved"] as const;

export const diffDatasets = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/datasets/diff",
  summary: "What one dataset version has that another has not: added, removed, relabelled, moved to another split",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ from: Sha256, to: Sha256 }),
  output: z.object({
    counts: z.record(z.enum(datasetChanges), Count),
    /** Added less removed rows of each class. */
    by_class: z.array(z.object({ class: PayloadClass, from: Count, to: Count })),
    /** At most 50 of each kind. */
    rows: z.array(
      z.object({
        change: z.enum(datasetChanges),
        id: Id,
        /** Null once it was erased. */
        text: z.string().nullable(),
        from: z.object({ label: PayloadClass, split: Split }).nullable(),
        to: z.object({ label: PayloadClass, split: Split }).nullable(),
      }),
    ),
  }),
});

export const datasetFormats = ["csv", "json", "jsonl"] as const;
export const DatasetFormat = z.enum(datasetFormats);
export type DatasetFormat = z.infer<typeof DatasetFormat>;

export const exportDataset = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/datasets/:id/export",
  summary: "A dataset version as a file; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Sha256, format: DatasetFormat, split: Split.optional() }),
  output: z.custom<AsyncIterable<Uint8Array>>(() => true),
});

const FileName = z.string().min(1).max(255);

export const importDataset = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/datasets/import",
  summary:
    "Bring labelled payloads as CSV, JSON or JSON Lines; a job. What cannot be read is told by line. Can be undone",
  role: "analyst",
  callers: ["ui"],
  body: "raw",
  maxBytes: 512 * 1_048_576,
  input: z.strictObject({ file_name: FileName, format: DatasetFormat }),
  output: z.object({ job_id: Id, import_id: Id }),
});

export const DatasetImport = z.object({
  id: Id,
  /** Version in the event log. */
  version: z.number().int(),
  /** Null once it was erased. */
  file_name: z.string().nullable(),
  format: DatasetFormat,
  bytes: Count,
  rows: Count,
  refused: Count,
  problems: z.array(z.object({ line: z.number().int(), problem: z.string() })),
  by: z.string(),
  at: Instant,
});
export type DatasetImport = z.infer<typeof DatasetImport>;

export const listDatasetImports = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/datasets/imports",
  summary: "Files of labelled payloads that were brought, the last first, with the lines that could not be read",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(DatasetImport),
});

export const withdrawDatasetImport = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/datasets/imports/:id/withdraw",
  summary: "Take the rows of an imported file out; undo brings them back",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id, base_version: z.number().int().min(0) }),
  output: z.object({ event_id: Id }),
});

/** A reported false positive, from the report to the model that no longer takes it for an attack. */
export const TrackedFalsePositive = z.object({
  id: Id,
  sample_id: Id,
  by: z.string(),
  at: Instant,
  reason: z.string().nullable(),
  verdict_id: Id.nullable(),
  /** Masked; null once it was erased. */
  text: z.string().nullable(),
  place: Place.nullable(),
  /** What the model took it for. */
  said: PayloadClass.nullable(),
  /** The first version that holds it; null: none yet. */
  dataset_version: Sha256.nullable(),
  /** The first that no longer takes it for an attack, of the model that decides and those that it goes on from; null: none. */
  model_id: Id.nullable(),
});
export type TrackedFalsePositive = z.infer<typeof TrackedFalsePositive>;

export const listFalsePositives = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/datasets/false-positives",
  summary: "Reported false positives, the last first, with the version that holds each and the model that fixes it",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.array(TrackedFalsePositive),
});
