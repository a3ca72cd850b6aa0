import { z } from "zod";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

const count = z.number().int().min(0);

/** An update as this engine keeps it: one that it made, or one of another engine. It holds weights and no text. */
export const FederatedUpdate = z.object({
  /** SHA-256 of its file. */
  id: Sha256,
  is_own: z.boolean(),
  /** Model that it is a change of. */
  base: Sha256,
  /** How often models of this line were combined before, and one. */
  round: z.number().int().min(1),
  /** Key that signed it, and its fingerprint. */
  key: z.string(),
  fingerprint: z.string(),
  /** Privacy that it cost whoever made it: the group-level ε at δ, and the same as zCDP. */
  epsilon: z.number(),
  delta: z.number(),
  rho: z.number(),
  /** Groups that it was made of, with noise: known to a few. */
  groups: count,
  /** L2 norm, in the public frame of the base. */
  norm: z.number(),
  made_at: Instant,
  /** When it was made or taken in here. */
  at: Instant,
  by: z.string(),
  /** Version of the dataset that it was made of; null for another engine's: it does not say. */
  dataset_version: z.string().nullable(),
  /** Whether this engine has its base. */
  is_base_known: z.boolean(),
  size_bytes: count,
});
export type FederatedUpdate = z.infer<typeof FederatedUpdate>;

/** What all updates of this engine together may tell of one group of rows, and have told. */
export const PrivacyBudget = z.object({
  /** As the settings have it: ε at δ; 0: no update may be made. */
  epsilon: z.number(),
  delta: z.number(),
  /** ε of all updates together. Less than the sum of theirs. */
  spent: z.number(),
  /** The largest ε that one more update may have. */
  left: z.number(),
  /** Updates that were made. */
  updates: count,
});
export type PrivacyBudget = z.infer<typeof PrivacyBudget>;

export const Federation = z.object({
  budget: PrivacyBudget,
  /** Model that the next update would be a change of; null: what decides has no linear part. */
  base: z
    .object({
      id: Sha256,
      round: z.number().int().min(1),
      /** Whether this engine trained it on its own rows, without noise: then no update is made of it. */
      is_of_own_rows: z.boolean(),
    })
    .nullable(),
  /** The newest first. */
  updates: z.array(FederatedUpdate),
  /** Updates of one base that are needed at least. */
  fewest_peers: count,
  /** Key that this engine signs with, which others have to trust. */
  key: z.string(),
  fingerprint: z.string(),
});
export type Federation = z.infer<typeof Federation>;

export const getFederation = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/federation",
  summary: "Updates of this engine and of others, and the privacy budget",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: Federation,
});

export const makeFederatedUpdate = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/federation/updates",
  summary: "Make an update for other engines of the labelled rows; spends privacy budget. Cannot be undone",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({
    /** What this update alone may tell of one group of rows: ε at the δ of the settings. */
    epsilon: z.number().min(0.1).max(20),
    /** Null or absent: the newest. */
    dataset_version: z.string().max(200).nullable().default(null),
  }),
  output: z.object({ job_id: Id }),
});

export const takeFederatedUpdate = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/federation/updates/:id/file",
  summary: "The signed file of an update that this engine made; the log records who took it. Cannot be undone",
  role: "admin",
  callers: ["ui"],
  reply: "bytes",
  input: z.strictObject({ id: Sha256 }),
  output: z.custom<AsyncIterable<Uint8Array>>(() => true),
});

export const importFederatedUpdate = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/federation/import",
  summary: "Take in an update of another engine; refused unless every byte and its signature hold. Can be undone",
  role: "admin",
  callers: ["ui"],
  body: "raw",
  maxBytes: 64 * 1024,
  input: z.strictObject({}),
  output: z.object({ id: Sha256, event_id: Id }),
});

export const combineFederatedUpdates = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/federation/combine",
  summary: "Combine updates of several engines by a robust mean into a model, and register it as a candidate",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ updates: z.array(Sha256).min(1).max(1000) }),
  output: z.object({ job_id: Id }),
});
