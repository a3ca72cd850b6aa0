import { z } from "zod";
import { ModelMetadata } from "./model.ts";
import { defineRoute } from "./route.ts";
import { Id, Instant, Sha256 } from "./units.ts";

/** A model whose file lies on the shelf that engines share. */
export const ShelvedModel = z.object({
  id: Sha256,
  /** Of its file, bytes. */
  size_bytes: z.number().int().min(0),
  /** When it was put there. */
  at: Instant,
  /** `s3://BUCKET/KEY`. */
  address: z.string(),
  /** Whether the files of the model are here, too. */
  here: z.boolean(),
});
export type ShelvedModel = z.infer<typeof ShelvedModel>;

/** How a model did at its gates, as an engine told the others. */
export const CatalogueEvaluation = z.object({
  node_id: z.string(),
  at: Instant,
  passed: z.boolean(),
  dataset_version: z.string(),
});
export type CatalogueEvaluation = z.infer<typeof CatalogueEvaluation>;

/** A model of the catalogue that engines share. Its signature holds; whether its key is trusted here is another question. */
export const CatalogueModel = z.object({
  metadata: ModelMetadata,
  signed_with: z.string(),
  /** Engine that told of it first. */
  node_id: z.string(),
  registered_at: Instant,
  /** The last one of each engine. */
  evaluations: z.array(CatalogueEvaluation),
});
export type CatalogueModel = z.infer<typeof CatalogueModel>;

export const CatalogueAlias = z.object({
  alias: z.enum(["champion", "challenger"]),
  model_id: Sha256.nullable(),
  /** Who set it, and when. */
  node_id: z.string(),
  at: Instant,
});
export type CatalogueAlias = z.infer<typeof CatalogueAlias>;

export const listModelsElsewhere = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/models/elsewhere",
  summary: "Models on the shelf, and in the catalogue, that engines share; asks both now",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    /** Null: there is no shelf. */
    shelf: z
      .object({
        address: z.string(),
        models: z.array(ShelvedModel),
        /** Why they are not told, in words. */
        problem: z.string().nullable(),
      })
      .nullable(),
    /** Null: there is no catalogue. */
    catalogue: z
      .object({
        /** `postgres://HOST:PORT/DATABASE`. */
        address: z.string(),
        models: z.array(CatalogueModel),
        aliases: z.array(CatalogueAlias),
        /** Rows that are left out: their signature does not hold, or another version wrote them. */
        refused: z.number().int(),
        problem: z.string().nullable(),
        /** An alias that this engine set after another one did: the other engine's stands there. */
        conflict: z.string().nullable(),
      })
      .nullable(),
    /** Registered here, but the files are not here. */
    missing: z.array(Sha256),
  }),
});

export const fetchModel = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/models/:id/fetch",
  summary: "Fetch a model from the shelf; refused unless every byte and its signature hold, as a file that is brought",
  role: "admin",
  callers: ["ui"],
  input: z.strictObject({ id: Sha256 }),
  output: z.object({ job_id: Id }),
});
