import { SentinelError } from "../../../../shared/errors.ts";
import type { ModelEntry, ModelMetadata } from "../../../../shared/model.ts";
import type { ModelEvaluation } from "../../../../shared/model-figures.ts";
import { type Clock, toInstant } from "../../base/clock.ts";
import { uuidv7 } from "../../base/ids.ts";
import { enginePrincipal, type Principal, requireRole } from "../../base/principals.ts";
import { entityVersion } from "../../store/event-table.ts";
import type { KeyStore } from "../../store/key-store.ts";
import type { Sealer } from "../../store/seal.ts";
import type { EventDraft, EventRow, Store } from "../../store/store.ts";
import { renderModelCard } from "./model-card.ts";
import type { ModelFiles } from "./model-files.ts";
import { exportModelFile, importModelFile } from "./model-package.ts";
import { keyFingerprint, modelKey, type Signature, signStatement } from "./model-signature.ts";
import { listedModels, modelById, mostListed, type Registered, type StoredModel } from "./model-state.ts";
import { createStoreCatalogue, draftFor } from "./store-catalogue.ts";

/** Name, in the key space `engine`, of the seed that signs models. */
const keyName = "models";

/** What a new model is, beside what the registry knows itself. */
export type NewModel = Omit<ModelMetadata, "created_at" | "created_by" | "node_id" | "product" | "size_bytes">;

export interface Registry {
  /** Registered models, newest first, then those that ship with the application. */
  list(): Promise<ModelEntry[]>;
  /** The newest so many, whatever has an alias, and the shipped one; `more`: whether a larger limit would tell of more. */
  page(limit: number): Promise<{ readonly models: ModelEntry[]; readonly more: boolean }>;
  /** @throws SentinelError NOT_FOUND */
  get(id: string): Promise<ModelEntry>;
  /** Its card as Markdown. @throws SentinelError NOT_FOUND */
  card(id: string): Promise<string>;
  /**
   * Registers a model whose files are kept already. Registering it again changes nothing.
   * @returns the event; null: it was registered before
   */
  register(model: NewModel, by: Principal): Promise<string | null>;
  /** Notes how it did at its gates; an override of an earlier judgement ends. @throws SentinelError NOT_FOUND */
  noteEvaluation(id: string, evaluation: ModelEvaluation, by: Principal): Promise<string>;
  /** @throws SentinelError FORBIDDEN, NOT_FOUND, CONFLICT when nothing failed, or the model moved on */
  override(id: string, reason: string, baseVersion: number, by: Principal): Promise<string>;
  /** @throws SentinelError NOT_FOUND, CONFLICT while it decides */
  withdraw(id: string, baseVersion: number, by: Principal): Promise<string>;
  /** The challenger; null: none is. */
  challenger(): Promise<string | null>;
  /** Makes a model the challenger, or none. @throws SentinelError NOT_FOUND, GATES_FAILED */
  setChallenger(id: string | null, by: Principal): Promise<string>;
  /** @throws SentinelError CONFLICT while a model decides, is on trial or is the challenger */
  requireUnused(id: string): Promise<void>;
  /** The model that may decide. @throws SentinelError NOT_FOUND, GATES_FAILED saying which */
  requireDeciding(id: string): Promise<ModelMetadata>;
  /** One file with everything. @throws SentinelError NOT_FOUND */
  export(id: string, by: Principal): Promise<AsyncIterable<Uint8Array>>;
  /** @param wanted the model that it must be. @throws SentinelError MODEL_REFUSED, MODEL_KEY_UNKNOWN, DISK_FULL */
  import(
    source: AsyncIterable<Uint8Array>,
    by: Principal,
    wanted?: string,
  ): Promise<{ id: string; eventId: string | null }>;
  /** Whether the files of a model are here: other engines register models, too. */
  hasFiles(model: Pick<ModelMetadata, "id" | "kind">): boolean;
  /** The file that an export gives, for the shelf; `isOwn`: this engine signed the model. @throws SentinelError NOT_FOUND */
  pack(id: string): Promise<{ readonly isOwn: boolean; readonly open: () => AsyncIterable<Uint8Array> }>;
  /** Notes, once, that a model is put on the shelf. */
  noteShelved(id: string, place: { readonly address: string; readonly sha256: string }): Promise<void>;
  /** The public key that this engine signs models with. */
  key(): { key: string; fingerprint: string };
  /** Signs a federated update with it. */
  signUpdate(statement: unknown): Signature;
  readonly files: ModelFiles;
}

export interface RegistryOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly files: ModelFiles;
  readonly nodeId: string;
  /** Name and version of the product. */
  readonly product: string;
  /** Models that ship with the application. */
  readonly shipped: readonly ModelMetadata[];
  /** Hash of the model that decides now. */
  readonly champion: () => string;
  /** Hash of the model on trial; null: none is. */
  readonly onTrial: () => string | null;
  /** Keys of other engines, as the setting names them. */
  readonly trustedKeys: () => Promise<readonly string[]>;
}

/** Makes the signing key at the first start. */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { store, sealer, clock, files, shipped } = options;
  const seed = (await options.keys.get("engine", keyName)) ?? (await options.keys.create("engine", keyName));
  const ownKey = modelKey(seed);
  const catalogue = createStoreCatalogue({ store, nodeId: options.nodeId, shipped: shipped.map(({ id }) => id) });

  async function stored(id: string): Promise<StoredModel> {
    const found = await store.read(modelById, id);
    if (found === null || found.withdrawn)
      throw new SentinelError("NOT_FOUND", `There is no model ${id} in the registry.`);
    return found;
  }

  async function toEntry(model: StoredModel, challenger: string | null): Promise<ModelEntry> {
    const { override } = model;
    return {
      metadata: model.metadata,
      signature: model.signature,
      aliases: aliasesOf(model.id, challenger),
      evaluation: model.evaluation,
      override:
        override === null ? null : { by: override.by, at: override.at, reason: await sealer.unseal(override.reason) },
      may_decide: mayDecide(model),
      registered_at: model.registeredAt,
      version: model.version,
    };
  }

  function toShippedEntry(metadata: ModelMetadata, challenger: string | null): ModelEntry {
    return {
      metadata,
      signature: null,
      aliases: aliasesOf(metadata.id, challenger),
      evaluation: null,
      override: null,
      may_decide: true,
      registered_at: null,
      version: 0,
    };
  }

  function aliasesOf(id: string, challenger: string | null): ModelEntry["aliases"] {
    return [
      ...(id === options.champion() ? (["champion"] as const) : []),
      ...(id === challenger ? (["challenger"] as const) : []),
    ];
  }

  const challengerNow = async () => (await catalogue.alias("challenger")).modelId;

  async function get(id: string): Promise<ModelEntry> {
    const own = shipped.find((one) => one.id === id);
    if (own !== undefined) return toShippedEntry(own, await challengerNow());
    return await toEntry(await stored(id), await challengerNow());
  }

  async function append(draft: EventDraft, by: Principal): Promise<EventRow> {
    return (await store.append([draft], by))[0]!;
  }

  async function requireUnused(id: string): Promise<void> {
    if (id !== options.champion() && id !== options.onTrial() && id !== (await challengerNow())) return;
    throw new SentinelError(
      "CONFLICT",
      "The model decides, is on trial or is the challenger: give that to another one first.",
    );
  }

  async function registerSigned(registered: Registered, by: Principal): Promise<string | null> {
    const { id } = registered.metadata;
    if (shipped.some((one) => one.id === id)) return null;
    return await catalogue.register(registered, by);
  }

  async function page(limit: number): Promise<{ models: ModelEntry[]; more: boolean }> {
    const challenger = await challengerNow();
    // One more than is asked for tells whether there are more.
    const models = await store.read(listedModels, Math.min(mostListed, limit + 1));
    const listed = models.slice(0, limit);
    for (const id of [options.champion(), challenger]) {
      if (id === null || listed.some((model) => model.id === id)) continue;
      const named = await store.read(modelById, id);
      if (named !== null && !named.withdrawn) listed.push(named);
    }
    const entries = await Promise.all(listed.map((model) => toEntry(model, challenger)));
    return {
      models: [...entries, ...shipped.map((metadata) => toShippedEntry(metadata, challenger))],
      more: models.length > limit,
    };
  }

  return {
    files,
    page,
    list: async () => (await page(mostListed)).models,
    get,
    card: async (id) => renderModelCard(await get(id)),
    async register(model, by) {
      const metadata: ModelMetadata = {
        ...model,
        created_at: toInstant(clock.now()),
        created_by: by.actor,
        node_id: options.nodeId,
        product: options.product,
        size_bytes: await files.sizeOf(model),
      };
      return await registerSigned({ metadata, signature: signStatement(seed, "sentinel-model", metadata) }, by);
    },
    async noteEvaluation(id, evaluation, by) {
      return await catalogue.evaluate(id, evaluation, by);
    },
    async override(id, reason, baseVersion, by) {
      // SECURITY: gates are what stands between a poisoned dataset and the verdicts.
      requireRole(by, "admin");
      const { evaluation } = await stored(id);
      if (evaluation === null || evaluation.passed) {
        throw new SentinelError(
          "CONFLICT",
          evaluation === null
            ? "The model was not judged yet: there is no failed gate to override."
            : "Every gate passed: there is nothing to override.",
        );
      }
      const payload = { reason: await sealer.seal(`payload model ${id}`, reason), evaluated_at: evaluation.at };
      const inverse = { kind: "payload_model.override_removed", payload: {} };
      return (await append(draftFor(id, baseVersion, "gates_overridden", payload, inverse), by)).id;
    },
    async withdraw(id, baseVersion, by) {
      await stored(id);
      await requireUnused(id);
      return await catalogue.withdraw(id, baseVersion, by);
    },
    challenger: challengerNow,
    requireUnused,
    async setChallenger(id, by) {
      if (id !== null) requireMayDecide(await get(id));
      return await catalogue.setAlias("challenger", { from: await challengerNow(), to: id }, by);
    },
    async requireDeciding(id) {
      const entry = await get(id);
      requireMayDecide(entry);
      return entry.metadata;
    },
    async export(id, by) {
      const { metadata, signature } = await stored(id);
      files.partsOf(metadata);
      // SECURITY: what leaves this machine is in the log before its first byte is sent. An entity of its own: what was sent does not
      // stand in the way of taking back what was done to the model.
      const entity = { entityType: "payload_model_export", entityId: uuidv7(clock), baseVersion: 0 };
      await append({ ...entity, kind: "payload_model.exported", payload: { model_id: id }, inverse: null }, by);
      return exportModelFile(files, { metadata, signature }, seed);
    },
    hasFiles: (model) => files.has(model),
    async pack(id) {
      const { metadata, signature } = await stored(id);
      files.partsOf(metadata);
      return { isOwn: signature.key === ownKey, open: () => exportModelFile(files, { metadata, signature }, seed) };
    },
    async noteShelved(id, { address, sha256 }) {
      // SECURITY: what leaves this machine is in the log before its first byte is sent.
      const entity = { entityType: "payload_model_shelf", entityId: `${id}/${sha256}` };
      if ((await store.read(entityVersion, entity)) > 0) return;
      const draft = { ...entity, baseVersion: 0, kind: "payload_model.shelved", payload: { model_id: id, address } };
      await append({ ...draft, inverse: null }, enginePrincipal);
    },
    async import(source, by, wanted) {
      const trusted = new Set([ownKey, ...(await options.trustedKeys())]);
      const registered = await importModelFile(files, source, (key) => trusted.has(key), wanted);
      return { id: registered.metadata.id, eventId: await registerSigned(registered, by) };
    },
    key: () => ({ key: ownKey, fingerprint: keyFingerprint(ownKey) }),
    signUpdate: (statement) => signStatement(seed, "sentinel-federated-update", statement),
  };
}

function mayDecide({ evaluation, override }: Pick<StoredModel, "evaluation" | "override">): boolean {
  return evaluation !== null && (evaluation.passed || override !== null);
}

/** @throws SentinelError GATES_FAILED naming the gates */
function requireMayDecide({ metadata, may_decide, evaluation }: ModelEntry): void {
  if (may_decide) return;
  const failed = evaluation?.gates.filter(({ verdict }) => verdict === "failed").map(({ name }) => name) ?? [];
  throw new SentinelError(
    "GATES_FAILED",
    evaluation === null
      ? `The model ${metadata.id.slice(0, 12)} was not judged by its gates yet: evaluate it first.`
      : `The model ${metadata.id.slice(0, 12)} may not decide: it failed ${failed.join(", ")}.`,
    { gates: failed },
  );
}
