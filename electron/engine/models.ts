import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import { parseBehaviour, serializeBehaviour } from "./detect/anomaly/behaviour-file.ts";
import type { BehaviourModel } from "./detect/anomaly/behaviour-model.ts";
import { createHeuristicBehaviour } from "./detect/anomaly/fit-behaviour.ts";
import { sessionSuspicions } from "./detect/anomaly/session-suspicions.ts";
import { loadClassifier } from "./detect/classifier/payload-model.ts";
import { featureSchema } from "./detect/features/session-features.ts";
import type { PayloadClassifier } from "./detect/payload.ts";
import { parseSequence } from "./detect/sequence/sequence-file.ts";
import type { SequenceModel } from "./detect/sequence/sequence-model.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { type PayloadReference, readPayloadReference, writePayloadReference } from "./learn/drift/payload-reference.ts";

/** What a payload model had before it when it was made. */
export interface KeptReference {
  readonly reference: PayloadReference;
  /** Whether it came with the product: then it is of other applications. */
  readonly isShipped: boolean;
}

/** The models that decide, and every earlier one that stored verdicts were decided by. */
export interface Models {
  /** The shipped payload model. */
  readonly classifier: PayloadClassifier;
  readonly payloadPath: string;
  /** Keeps a copy of another payload model in one file, so that its verdicts can be explained later. */
  keepPayload(path: string, hash: string): Promise<void>;
  /** What decides about behaviour now: the shipped model until `switchBehaviour` names another. */
  readonly behaviour: BehaviourModel;
  readonly behaviourBytes: Uint8Array;
  /** Why the shipped behaviour model cannot be used, so that limits that are written down stand in its place; null: it can. */
  readonly behaviourProblem: string | null;
  /** What says how unusual the order of requests is, and its file; null: none is shipped. */
  readonly sequence: { readonly model: SequenceModel; readonly bytes: Uint8Array } | null;
  /** Hash of the shipped behaviour model. */
  readonly shippedBehaviour: string;
  /** Keeps a model's file by its hash, whole or not at all. @returns the hash. @throws SentinelError MODEL_UNREADABLE */
  keepBehaviour(bytes: Uint8Array): Promise<string>;
  /** From now on this one decides. @throws SentinelError NOT_FOUND, MODEL_UNREADABLE; then nothing has changed */
  switchBehaviour(hash: string): Promise<void>;
  /** The behaviour model of an earlier verdict. @throws SentinelError NOT_FOUND when its file is gone */
  behaviourOf(hash: string): Promise<BehaviourModel>;
  /** The same as its file. @throws SentinelError NOT_FOUND when it is gone */
  behaviourBytesOf(hash: string): Promise<Uint8Array>;
  /** Its file, where it can judge today's sessions. @throws SentinelError NOT_FOUND, MODEL_UNREADABLE */
  behaviourForToday(hash: string): Promise<Uint8Array>;
  /** Hashes of all behaviour models that are kept. */
  keptBehaviours(): Promise<string[]>;
  /**
   * What a payload model had before it when it was made: shipped beside the model, or kept as `payload-reference-HASH.json`; null: nothing
   * is known of that. @throws SentinelError MODEL_UNREADABLE
   */
  payloadReferenceOf(hash: string): Promise<KeptReference | null>;
  /** Keeps what a payload model had before it, for as long as the model. */
  keepPayloadReference(reference: PayloadReference): Promise<void>;
  /** The payload model of an earlier verdict: a file, or the folder of a transformer. @throws SentinelError NOT_FOUND when it is gone */
  payloadOf(hash: string): Pick<DeployedPayload, "kind" | "path" | "hash">;
  /** Hashes of all payload models that are kept. */
  keptPayloads(): Promise<string[]>;
}

/**
 * Loads the shipped models and keeps a copy of each in the data directory, by hash: an old verdict can be explained and
 * reproduced after the application brought newer models.
 *
 * @param shipped folder with `payload.bin` and `behaviour.json`
 * @param kept folder of the data directory
 * @throws SentinelError MODEL_UNREADABLE
 */
export async function openModels(shipped: string, kept: string): Promise<Models> {
  const { path: payloadPath, bytes: payloadBytes, classifier } = await loadPayloadModel(shipped);
  const { model: shippedModel, bytes: behaviourBytes, problem } = await loadBehaviour(join(shipped, "behaviour.json"));
  let current = { model: shippedModel, bytes: behaviourBytes };
  const sequence = await loadSequence(join(shipped, "sequence.json"));
  const shippedReference = await loadPayloadReference(join(shipped, "payload-reference.json"));
  await mkdir(kept, { recursive: true, mode: 0o700 });
  await keep(join(kept, `payload-${createHash("sha256").update(payloadBytes).digest("hex")}.bin`), payloadBytes);
  await keep(join(kept, `behaviour-${shippedModel.hash}.json`), behaviourBytes);
  const files = new Map<string, Uint8Array>([[shippedModel.hash, behaviourBytes]]);

  async function behaviourBytesOf(hash: string): Promise<Uint8Array> {
    const known = files.get(hash);
    if (known !== undefined) return known;
    const path = join(kept, `behaviour-${hash}.json`);
    if (!/^[0-9a-f]{64}$/.test(hash) || !existsSync(path)) {
      throw new SentinelError("NOT_FOUND", "The behaviour model of this verdict is not kept any more.");
    }
    const bytes = await readFile(path);
    files.set(hash, bytes);
    return bytes;
  }

  /** Hashes in the names of kept files. */
  async function keptOf(name: RegExp): Promise<string[]> {
    const names = await readdir(kept);
    return names.flatMap((file) => name.exec(file)?.slice(1).find(Boolean) ?? []).sort();
  }

  return {
    classifier,
    payloadPath,
    get behaviour() {
      return current.model;
    },
    get behaviourBytes() {
      return current.bytes;
    },
    behaviourProblem: problem,
    sequence,
    shippedBehaviour: shippedModel.hash,
    behaviourBytesOf,
    async behaviourForToday(hash) {
      const bytes = await behaviourBytesOf(hash);
      parseForToday(bytes);
      return bytes;
    },
    keptBehaviours: () => keptOf(/^behaviour-([0-9a-f]{64})\.json$/),
    behaviourOf: async (hash) =>
      hash === current.model.hash ? current.model : parseBehaviour(await behaviourBytesOf(hash)),
    async keepBehaviour(bytes) {
      const { hash } = parseForToday(bytes);
      await keep(join(kept, `behaviour-${hash}.json`), bytes);
      files.set(hash, bytes);
      return hash;
    },
    keepPayload: async (path, hash) => keep(join(kept, `payload-${hash}.bin`), await readModel(path)),
    async payloadReferenceOf(hash) {
      if (shippedReference !== null && hash === shippedReference.model) {
        return { reference: shippedReference, isShipped: true };
      }
      const path = join(kept, `payload-reference-${hash}.json`);
      if (!/^[0-9a-f]{64}$/.test(hash) || !existsSync(path)) return null;
      return { reference: readPayloadReference(await readFile(path)), isShipped: false };
    },
    keepPayloadReference: (reference) =>
      keep(join(kept, `payload-reference-${reference.model}.json`), writePayloadReference(reference)),
    payloadOf(hash) {
      const [file, folder] = [join(kept, `payload-${hash}.bin`), join(kept, `onnx-${hash}`)];
      const isHash = /^[0-9a-f]{64}$/.test(hash);
      if (isHash && existsSync(file)) return { kind: "built-in", path: file, hash };
      if (isHash && existsSync(folder)) return { kind: "onnx", path: folder, hash };
      throw new SentinelError("NOT_FOUND", "The payload model of this verdict is not kept any more.");
    },
    keptPayloads: () => keptOf(/^(?:payload-([0-9a-f]{64})\.bin|onnx-([0-9a-f]{64}))$/),
    async switchBehaviour(hash) {
      if (hash === current.model.hash) return;
      const bytes = await behaviourBytesOf(hash);
      current = { model: parseForToday(bytes), bytes };
    },
  };
}

/** A model that can judge today's sessions. */
function parseForToday(bytes: Uint8Array): BehaviourModel {
  const model = parseBehaviour(bytes);
  if (model.schema.some((name, i) => name !== featureSchema[i]?.name)) {
    throw new SentinelError(
      "MODEL_UNREADABLE",
      "The behaviour model is for other session features than this version's.",
    );
  }
  return model;
}

/**
 * The shipped behaviour model; where its file is missing or refused, one grown from the table of suspicions alone: payloads go on being
 * judged, and behaviour is judged with less. It is kept by its hash like any other, so that its verdicts reproduce.
 */
async function loadBehaviour(
  path: string,
): Promise<{ model: BehaviourModel; bytes: Uint8Array; problem: string | null }> {
  try {
    const bytes = await readModel(path);
    return { model: parseForToday(bytes), bytes, problem: null };
  } catch (error) {
    if (!(error instanceof SentinelError) || error.code !== "MODEL_UNREADABLE") throw error;
    const schema = featureSchema.map(({ name }) => name);
    const model = createHeuristicBehaviour(schema, sessionSuspicions);
    return { model, bytes: serializeBehaviour(model), problem: error.message };
  }
}

/** The shipped payload classifier alone: all that a payload's class depends on. @throws SentinelError MODEL_UNREADABLE */
export async function loadPayloadModel(shipped: string) {
  const path = join(shipped, "payload.bin");
  const bytes = await readModel(path);
  return { path, bytes, classifier: loadClassifier(bytes) };
}

/** Null where the file is not there: sessions are then not scored over time. */
async function loadSequence(path: string): Promise<Models["sequence"]> {
  if (!existsSync(path)) return null;
  const bytes = await readModel(path);
  return { model: parseSequence(bytes), bytes };
}

/** Null where the file is not there: what the model says is then held against nothing. */
async function loadPayloadReference(path: string): Promise<PayloadReference | null> {
  return existsSync(path) ? readPayloadReference(await readModel(path)) : null;
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SentinelError("MODEL_UNREADABLE", `The model file ${path} cannot be read.`, undefined, error);
  }
}

/** Whole or not at all: a crash leaves no half-written model under its name. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  if (existsSync(path)) return;
  await writeFile(`${path}.tmp`, bytes, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}
