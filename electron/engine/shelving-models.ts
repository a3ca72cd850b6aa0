import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { SentinelError } from "../../shared/errors.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { ShelvedModel } from "../../shared/model-sharing.ts";
import type { Logger } from "./base/logging.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { getFromShelf, type ObjectShelf, type ShelfContent } from "./fleet/object-shelf.ts";
import { withRetries } from "./fleet/retries.ts";
import { modelById } from "./learn/registry/model-state.ts";
import type { Registry } from "./learn/registry/registry.ts";
import type { JobContext, Jobs } from "./store/jobs.ts";
import { createLogFollower } from "./store/log-follower.ts";
import type { EventRow, StoreHost } from "./store/store.ts";

const prefix = "models/";
const kind = "fetch-model";
/** What S3 takes at once: no model on a shelf is larger. */
const mostBytes = 5 * 1024 ** 3;
/** How often it is looked whether the engine that has a model has put it there. */
const lookEveryMs = 2_000;
/** How long a screen waits for the shelf. */
const patienceMs = 10_000;

interface FetchArgs {
  readonly model_id: string;
  /** Whether it may still be on its way to the shelf. */
  readonly may_come: boolean;
}

export interface ModelShelfOptions {
  readonly shelf: ObjectShelf;
  readonly registry: Registry;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly log: Logger;
  readonly onChange: () => void;
}

/**
 * Models on the shelf: each that is registered here is put there, as the file that an export gives, and one that is registered without its
 * files is fetched. `models/ID/SHA256.sntlmdl`: several engines may put files of the same model, each under its own signature.
 */
export function createModelShelf({ shelf, registry, store, jobs, log, onChange }: ModelShelfOptions) {
  const aside = new Map<string, string>();
  /** Models that were refused for their key alone. */
  const refused = new Set<string>();
  /** Times that the keys changed that are trusted here. */
  let trustChanges = 0;
  const follower = createLogFollower({
    store,
    log,
    what: "Models are put on the shelf",
    target: async () => `${shelf.address}${prefix}`,
    onChange,
    open: async () => {
      const closing = new AbortController();
      return {
        async take(events) {
          for (const event of events)
            if (event.kind === "payload_model.registered") await follow(event, closing.signal);
          if (events.some(changesTrust)) await fetchRefused();
        },
        close: () => closing.abort(new SentinelError("UNAVAILABLE", "The engine is closing.")),
      };
    },
  });

  async function follow({ entity_id: id }: EventRow, signal: AbortSignal): Promise<void> {
    const model = await store.read(modelById, id);
    if (model === null || model.withdrawn) return;
    if (registry.hasFiles(model.metadata)) await put(id, signal).catch((error: unknown) => setAside(id, error));
    else if (!isFetching(id)) await start({ model_id: id, may_come: true }, enginePrincipal);
  }

  /** Whoever comes to trust a key wants what was refused for it: since the start, or, where this is the first change since then, perhaps before. */
  async function fetchRefused(): Promise<void> {
    const models = trustChanges === 0 ? await registry.list() : [];
    const missing = models.filter(({ metadata, signature }) => signature !== null && !registry.hasFiles(metadata));
    const ids = missing.map(({ metadata }) => metadata.id).filter((id) => !isFetching(id));
    // What is being fetched meanwhile looks at this before it gives up.
    trustChanges++;
    const wanted = new Set([...refused, ...ids]);
    refused.clear();
    for (const id of wanted) await start({ model_id: id, may_come: false }, enginePrincipal);
  }

  /** What will never be put there holds up no other model. @throws what may pass */
  function setAside(id: string, error: unknown): void {
    if (!(error instanceof SentinelError) || !["CONFLICT", "INPUT_TOO_LARGE"].includes(error.code)) throw error;
    log.warn({ model: id, reason: error.message }, "A model is not put on the shelf.");
    aside.set(id, error.message);
    onChange();
  }

  async function put(id: string, signal: AbortSignal): Promise<void> {
    const { isOwn, open } = await registry.pack(id);
    // One of another engine has its place there already, as a rule.
    if (!isOwn && (await objectsOf(id, signal)).length > 0) return;
    const content = await measure(open, signal);
    const key = `${prefix}${id}/${content.sha256}.sntlmdl`;
    await registry.noteShelved(id, { address: `${shelf.address}${key}`, sha256: content.sha256 });
    await shelf.put(key, content, signal);
    onChange();
  }

  async function objectsOf(id: string, signal: AbortSignal) {
    const found = (await Array.fromAsync(shelf.list(`${prefix}${id}/`, signal))).flatMap((one) => {
      const at = placeOf(one.key);
      return at === null || at.id !== id ? [] : [{ ...one, sha256: at.sha256 }];
    });
    return found.sort((a, b) => a.at.localeCompare(b.at));
  }

  const isFetching = (id: string) => jobs.active(kind).some((args) => (args as FetchArgs).model_id === id);

  async function start(args: FetchArgs, by: Principal): Promise<string> {
    return (await jobs.start(kind, args, `Model ${args.model_id.slice(0, 12)} from the shelf`, by)).id;
  }

  async function fetch({ model_id: id, may_come }: FetchArgs, { signal, by, progress }: JobContext<never>) {
    const onFailure = ({ message }: SentinelError) => progress({ step: `waiting: ${message}` });
    for (;;) {
      const found = await withRetries(() => objectsOf(id, signal), signal, onFailure);
      if (found.length > 0) return await fetchFirst(found);
      if (!may_come) throw new SentinelError("NOT_FOUND", `The model ${id} does not lie on the shelf.`);
      progress({ step: "waiting until it is put there" });
      await setTimeout(lookEveryMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
    }

    /** Each engine's file of it in turn, until one holds. */
    async function fetchFirst(found: Awaited<ReturnType<typeof objectsOf>>) {
      const refusals: SentinelError[] = [];
      const before = trustChanges;
      for (const { key, sha256, size } of found) {
        let done = 0;
        progress({ step: "fetching", done, total: size, unit: "bytes" });
        const bytes = getFromShelf(shelf, { key, sha256, mostBytes }, signal, onFailure);
        async function* counted() {
          for await (const piece of bytes) {
            done += piece.length;
            progress({ step: "fetching", done });
            yield piece;
          }
        }
        const source = counted();
        try {
          // SECURITY: as a file that somebody brings: signed by a key that is trusted here, whole, and the model that was asked for.
          const { eventId } = await registry.import(source, by, id);
          onChange();
          return { model_id: id, event_id: eventId, from: `${shelf.address}${key}` };
        } catch (error) {
          const isRefusal =
            error instanceof SentinelError &&
            ["MODEL_REFUSED", "MODEL_KEY_UNKNOWN", "EVIDENCE_HASH_MISMATCH", "NOT_FOUND"].includes(error.code);
          if (!isRefusal) throw error;
          refusals.push(
            error.code === "EVIDENCE_HASH_MISMATCH"
              ? new SentinelError("MODEL_REFUSED", `What lies at ${key} is not what its name says.`, undefined, error)
              : error,
          );
        } finally {
          await source.return();
        }
      }
      // A key that somebody may come to trust is what can be mended.
      const unknown = refusals.find(({ code }) => code === "MODEL_KEY_UNKNOWN");
      if (unknown === undefined) throw refusals[0]!;
      if (trustChanges !== before) return await fetchFirst(found);
      refused.add(id);
      throw unknown;
    }
  }

  jobs.register<FetchArgs, never>({
    kind,
    role: "admin",
    resumable: true,
    resumeAtStart: true,
    light: true,
    run: fetch,
  });

  return {
    follow: () => follower.follow(),
    /** What lies there now. */
    async list(): Promise<{ address: string; models: ShelvedModel[]; problem: string | null }> {
      const models = new Map<string, ShelvedModel>();
      try {
        for await (const { key, size, at } of shelf.list(prefix, AbortSignal.timeout(patienceMs))) {
          const place = placeOf(key);
          if (place === null) continue;
          const before = models.get(place.id);
          if (before !== undefined && before.at <= at) continue;
          const here =
            registry.hasFiles({ id: place.id, kind: "built-in" }) || registry.hasFiles({ id: place.id, kind: "onnx" });
          models.set(place.id, { id: place.id, size_bytes: size, at, address: `${shelf.address}${key}`, here });
        }
        return { address: shelf.address, models: [...models.values()], problem: null };
      } catch (error) {
        const problem = error instanceof SentinelError ? error.message : "The shelf does not answer in time.";
        return { address: shelf.address, models: [...models.values()], problem };
      }
    },
    /** @throws SentinelError BUSY while it is fetched */
    async fetch(id: string, by: Principal): Promise<{ job_id: string }> {
      if (isFetching(id)) throw new SentinelError("BUSY", `The model ${id.slice(0, 12)} is being fetched.`);
      return { job_id: await start({ model_id: id, may_come: false }, by) };
    },
    health(): ComponentHealth | null {
      const health = follower.health();
      const [first] = aside.values();
      if (health?.status !== "healthy" || first === undefined) return health;
      const which = aside.size === 1 ? "One model is" : `${aside.size} models are`;
      return { status: "degraded", detail: `${which} not there since the start. ${first}` };
    },
    close: () => follower.close(),
  };
}

const changesTrust = ({ kind, payload }: EventRow) =>
  kind === "settings.changed" && Object.hasOwn((payload as { changes: object }).changes, "trusted_model_keys");

/** Null: a key that no engine gave a model. */
function placeOf(key: string): { id: string; sha256: string } | null {
  const [, id, sha256] = /^models\/([0-9a-f]{64})\/([0-9a-f]{64})\.sntlmdl$/.exec(key) ?? [];
  return id === undefined || sha256 === undefined ? null : { id, sha256 };
}

/** Size and hash of what is to be put: S3 is told both before the first byte. */
async function measure(open: () => AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ShelfContent> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of open()) {
    signal.throwIfAborted();
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest("hex"), open };
}
