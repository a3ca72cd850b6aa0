import { SentinelError } from "../../shared/errors.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Principal } from "./base/principals.ts";
import type { Base, FederatedBases } from "./federated-bases.ts";
import { readBounded, toKept } from "./federated-views.ts";
import { keptUpdates, receivedEntity, updateById, updateFile } from "./learn/federated/federated-tables.ts";
import { fewestPeers } from "./learn/federated/robust-mean.ts";
import { readUpdateFile, refused, type UpdateFile } from "./learn/federated/update-file.ts";
import { keyFingerprint } from "./learn/registry/model-signature.ts";
import { entityVersion } from "./store/event-table.ts";
import type { Store } from "./store/store.ts";

/** Updates of other engines: which are taken in, and which can be combined. */
export function createReceivedUpdates(options: {
  readonly store: Store;
  readonly bases: Pick<FederatedBases, "require">;
  /** Key that this engine signs with. */
  readonly ownKey: () => string;
  readonly settings: () => Promise<Settings>;
  /** Hash of the public frame of a base. */
  readonly frameOf: (base: Base) => Promise<string>;
}) {
  const { store, bases } = options;
  const frames = new Map<string, string>();

  async function frameOf(base: Base): Promise<string> {
    const known = frames.get(base.id);
    if (known !== undefined) return known;
    const frame = await options.frameOf(base);
    frames.set(base.id, frame);
    return frame;
  }

  async function take(source: AsyncIterable<Uint8Array>, by: Principal) {
    const bytes = await readBounded(source);
    const file = readUpdateFile(bytes);
    const { key, statement, id } = file;
    if (key === options.ownKey()) throw refused("this engine made it");
    // SECURITY: whose it is, before it is kept: a robust mean bears a fifth of hostile engines, not any number of made-up ones.
    if (!(await options.settings()).trusted_model_keys.includes(key)) {
      throw new SentinelError(
        "MODEL_KEY_UNKNOWN",
        `The update is signed by ${key} (fingerprint ${keyFingerprint(key)}), which is not trusted here.`,
        { key },
      );
    }
    const base = await bases.require(statement.base);
    if (statement.round !== base.round)
      throw refused(`it is of round ${statement.round}, and its base of ${base.round}`);
    if (statement.frame !== (await frameOf(base)))
      throw refused("its numbers stand in another frame than this version's");
    const kept = await store.read(keptUpdates, null);
    if (kept.some((one) => one.id === id)) throw refused("it was taken in before");
    if (kept.some((one) => one.key === key && one.base === statement.base)) {
      throw refused("its engine gave another update of this base before; take that one back first");
    }
    const before = await store.read(updateById, id);
    const payload = toKept(file, bytes);
    const [event] = await store.append(
      [
        {
          entityType: receivedEntity,
          entityId: id,
          // What was taken back has two changes for each time that it was taken in.
          baseVersion:
            before === null ? 0 : await store.read(entityVersion, { entityType: receivedEntity, entityId: id }),
          kind: "federated_update.received",
          payload,
          inverse: { kind: "federated_update.withdrawn", payload: {} },
        },
      ],
      by,
    );
    return { id, event_id: event!.id };
  }

  /** The files of updates that can be combined, in the order of their ids. @throws SentinelError INPUT_INVALID saying why not */
  async function requireUpdates(ids: readonly string[]): Promise<UpdateFile[]> {
    const files: UpdateFile[] = [];
    for (const id of [...new Set(ids)].sort()) {
      const known = await store.read(updateById, id);
      const bytes = await store.read(updateFile, id);
      if (known === null || known.withdrawn || bytes === null)
        throw new SentinelError("NOT_FOUND", `There is no update ${id}.`);
      files.push(readUpdateFile(bytes));
    }
    const bases = new Set(files.map(({ statement }) => statement.base));
    if (bases.size > 1)
      throw new SentinelError("INPUT_INVALID", "The updates are of different base models: choose those of one.");
    const keys = new Set(files.map(({ key }) => key));
    // SECURITY: an engine that counted twice would be two hostile ones.
    if (keys.size < files.length)
      throw new SentinelError("INPUT_INVALID", "Two of the updates are of one engine: choose one of each.");
    if (files.length < fewestPeers) {
      throw new SentinelError(
        "INPUT_INVALID",
        `A robust mean needs updates of at least ${fewestPeers} engines, this one's among them or not; there are ${files.length}.`,
      );
    }
    return files;
  }

  return { take, require: requireUpdates };
}
