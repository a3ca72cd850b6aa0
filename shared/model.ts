import { z } from "zod";
import { ModelEvaluation, ModelFigures } from "./model-figures.ts";
import { PayloadClass, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

const count = z.number().int().min(0);

/** One epoch of one fit of a training. */
export const TrainingEpoch = z.object({
  /** Which fold of the cross-validation the fit leaves out, from 0 on; null: the fit of the model itself. */
  fold: count.nullable(),
  folds: count,
  /** From 1 on. */
  epoch: count,
  epochs: count,
  /** Mean loss, in [0, 1]. */
  loss: z.number(),
  /** F1 of "attack" on rows that this fit does not see; null: those are of one side only. */
  validation_f1: z.number().nullable(),
  /** Epochs of all fits so far, and altogether. */
  done: count,
  total: count,
});
export type TrainingEpoch = z.infer<typeof TrainingEpoch>;

/** What came out of a training, beside the model. */
export const TrainingRecord = z.object({
  seed: z.string(),
  /** Rows that it was fitted to, that set its calibration, and that could not be learned from, by reason. */
  fitted: count,
  validated: count,
  left_out: z.object({ contradiction: count, csrf: count, empty: count }),
  /** What set its probabilities: rows of the validation split, rows of the cross-validation, the model it went on from. */
  calibrated_on: z.enum(["validation", "out-of-fold", "start", "nothing"]),
  /** Classes of which too few rows were there to set the threshold of their conformal set. */
  classes_without_threshold: z.array(z.string()),
  cross_validation: ModelFigures,
  /** Rows whose label the cross-validation doubts; absent where that was not kept. */
  doubted: count.optional(),
  curve: z.array(TrainingEpoch),
  /** Seconds that it took. */
  seconds: z.number(),
});
export type TrainingRecord = z.infer<typeof TrainingRecord>;

/** What a model was combined from: updates of several engines. */
export const FederatedRecord = z.object({
  round: z.number().int().min(1),
  /** How they became one. */
  method: z.literal("geometric median"),
  /** L2 norm of the change in the public frame of the base. */
  norm: z.number(),
  /** Files that were combined: whose, what they cost their makers, and what each has in the result; shares sum to 1. */
  updates: z.array(
    z.object({ id: Sha256, key: z.string(), epsilon: z.number(), delta: z.number(), groups: count, share: z.number() }),
  ),
});
export type FederatedRecord = z.infer<typeof FederatedRecord>;

export const modelKinds = ["built-in", "classic", "onnx"] as const;

/** A payload model of the registry: what it is and where it comes from. Signed by the engine that registered it first. */
export const ModelMetadata = z.object({
  /** SHA-256 of its file, or over the three files of an ONNX folder. */
  id: Sha256,
  kind: z.enum(modelKinds),
  /** `shipped` with the application, `trained` here, taken from a `folder` of ONNX files, `combined` of several engines' updates. */
  origin: z.enum(["shipped", "trained", "folder", "combined"]),
  /** Null: before it was shipped. */
  created_at: Instant.nullable(),
  created_by: z.string(),
  /** Engine that made it. */
  node_id: z.string(),
  product: z.string(),
  /** The model that it went on from; null: from scratch, or not known. */
  parent: Sha256.nullable(),
  /** Version of the dataset that it was fitted to; null: not known. */
  dataset_version: z.string().nullable(),
  size_bytes: count,
  training: TrainingRecord.nullable(),
  /** Only of combined models. Absent and not null elsewhere: what was signed before there were any stays as it was. */
  federated: FederatedRecord.optional(),
});
export type ModelMetadata = z.infer<typeof ModelMetadata>;

/** A model as the registry lists it. */
export const ModelEntry = z.object({
  metadata: ModelMetadata,
  /** Ed25519 over the metadata, and the key it was made with; null for shipped models. */
  signature: z.object({ key: z.string(), value: z.string() }).nullable(),
  aliases: z.array(z.enum(["champion", "challenger"])),
  /** How it last did at its gates; null: it was not judged yet. */
  evaluation: ModelEvaluation.nullable(),
  /** A failed gate that an admin let pass; `reason` is null once its text was erased. */
  override: z.object({ by: z.string(), at: Instant, reason: z.string().nullable() }).nullable(),
  /** Whether it may decide: it is shipped, its gates passed, or they were overridden. */
  may_decide: z.boolean(),
  registered_at: Instant.nullable(),
  /** Version in the event log: what a change is based on. */
  version: count,
});
export type ModelEntry = z.infer<typeof ModelEntry>;

export const listModels = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/models",
  summary: "Payload models that are known, newest first, with metrics, lineage, gates and aliases",
  role: "viewer",
  callers: ["ui", "external"],
  input: z.strictObject({
    /** The newest so many of the registry; whatever has an alias is told in any case, and the shipped one. */
    limit: z.coerce.number().int().min(1).max(200).default(200),
  }),
  output: z.object({
    models: z.array(ModelEntry),
    /** Whether a larger limit would tell of more. */
    more: z.boolean(),
  }),
});

export const getModelCard = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/models/:id/card",
  summary: "The card of a model, as Markdown",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256 }),
  output: z.object({ markdown: z.string() }),
});

export const trainPayloadClassifier = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/train/payload-classifier",
  summary: "Train a payload model on a dataset version, judge it by the gates and register it; progress is the job's",
  role: "analyst",
  callers: ["ui", "external"],
  input: z.strictObject({
    /** Null or absent: the newest. */
    dataset_version: z.string().max(200).nullable().default(null),
    seed: z
      .union([z.string().max(200), z.number()])
      .transform(String)
      .default("sentinel"),
    /** Whether it goes on from the model that decides, or begins anew. */
    start: z.enum(["champion", "scratch"]).default("champion"),
  }),
  output: z.object({ job_id: Id }),
});

export const trainRows = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/train/rows",
  summary: "Train on labelled rows of a JSON Lines file instead of a dataset version",
  role: "analyst",
  callers: ["ui"],
  body: "raw",
  maxBytes: 512 * 1024 ** 2,
  input: z.strictObject({
    file_name: z.string().max(400).default("rows.jsonl"),
    seed: z.string().max(200).default("sentinel"),
    start: z.enum(["champion", "scratch"]).default("champion"),
  }),
  output: z.object({
    job_id: Id,
    rows: count,
    /** Lines that are not used, and the first hundred of them; the others are taken. */
    refused: count,
    problems: z.array(z.object({ line: z.number().int(), what: z.string() })),
  }),
});

export const evaluateModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/evaluate",
  summary: "Judge a model by its gates again, beside the model that decides now",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256, dataset_version: z.string().max(200).nullable().default(null) }),
  output: z.object({ job_id: Id }),
});

export const addModelFolder = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/folder",
  summary: "Register the ONNX model of a folder as a candidate; its files are copied",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ folder: z.string().min(1).max(4000) }),
  output: z.object({ id: Sha256, event_id: Id.nullable() }),
});

export const overrideGates = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/override",
  summary: "Let a model decide although a gate failed; the reason is in the log. Can be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256, reason: z.string().trim().min(10).max(2000), base_version: count }),
  output: z.object({ event_id: Id }),
});

export const setModelAlias = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/alias",
  summary: "Make a model the champion, which decides, or the challenger, or no challenger any more. Can be undone",
  role: "approver",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256, alias: z.enum(["champion", "challenger"]), on: z.boolean().default(true) }),
  output: z.object({ event_id: Id }),
});

export const withdrawModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/withdraw",
  summary: "Take a model out of the registry; its file stays for the verdicts that it made. Can be undone",
  role: "approver",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256, base_version: count }),
  output: z.object({ event_id: Id }),
});

export const exportModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/export",
  summary:
    "A model with its card as one signed file for another machine; the log records who took it. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Sha256 }),
  output: z.custom<AsyncIterable<Uint8Array>>(() => true),
});

export const importModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/import",
  summary: "Take in a model file that another engine exported; refused unless every byte and its signature hold",
  role: "admin",
  callers: ["ui"],
  body: "raw",
  maxBytes: 8 * 1024 ** 3,
  input: z.strictObject({}),
  output: z.object({ id: Sha256, event_id: Id.nullable() }),
});

export const getModelKey = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/models/key",
  summary: "Public key that this engine signs models with",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({ key: z.string(), fingerprint: z.string() }),
});

/** A row whose label the cross-validation of a training doubts. */
export const DoubtedLabel = z.object({
  sample_id: Id,
  /** Null: it was erased, or stands in the file that was trained on, which is not kept. */
  text: z.string().nullable(),
  place: Place.nullable(),
  label: PayloadClass,
  /** What a model that was not fitted to it takes it for, and the probability that it gives the label. */
  likely: PayloadClass,
  probability: z.number().min(0).max(1),
  /** Where the label came from. */
  source: z.string(),
});
export type DoubtedLabel = z.infer<typeof DoubtedLabel>;

export const getDoubtedLabels = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/train/jobs/:id/doubts",
  summary: "Rows of a training whose label its cross-validation doubts, the likeliest to be wrong first",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({
    /** How many there are; at most a hundred are told. */
    count,
    rows: z.array(DoubtedLabel),
  }),
});

export const getTrainingCurve = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/train/jobs/:id",
  summary: "Epochs of a training that runs, or ran since the engine was started",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: z.object({ epochs: z.array(TrainingEpoch) }),
});
