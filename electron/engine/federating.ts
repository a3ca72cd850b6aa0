import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type { Federation } from "../../shared/federation.ts";
import type { Settings } from "../../shared/settings.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256, uuidv7 } from "./base/ids.ts";
import { inBackground } from "./base/on-demand.ts";
import type { Principal } from "./base/principals.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { Engine } from "./engine-interface.ts";
import { createFederatedBases } from "./federated-bases.ts";
import { createPrivacyBudget } from "./federated-budget.ts";
import { toKept, toWire } from "./federated-views.ts";
import { budgetEntity, keptUpdates, updateById, updateFile } from "./learn/federated/federated-tables.ts";
import type {
  CombineResult,
  CombineTask,
  UpdateProgress,
  UpdateResult,
  UpdateTask,
} from "./learn/federated/federated-task.ts";
import type { LocalSource } from "./learn/federated/local-groups.ts";
import { epsilonOf } from "./learn/federated/privacy-cost.ts";
import { fewestPeers } from "./learn/federated/robust-mean.ts";
import { readUpdateFile, writeUpdateFile } from "./learn/federated/update-file.ts";
import type { Registry } from "./learn/registry/registry.ts";
import { type RowsOf, sendDataset } from "./learn/training/training-task.ts";
import { createReceivedUpdates } from "./received-updates.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";

interface MakeArgs {
  readonly dataset_version: string;
  readonly epsilon: number;
}
interface CombineArgs {
  readonly updates: readonly string[];
}

/** Updates of the payload model's linear part, from and for other engines. */
export interface Federating {
  readonly makeJob: JobKind<MakeArgs, never>;
  readonly combineJob: JobKind<CombineArgs, never>;
  readonly operations: Engine["federation"];
  close(): Promise<void>;
}

export interface FederatingOptions {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly workerEntry: URL;
  readonly product: string;
  /** This engine. */
  readonly nodeId: string;
  /** A version of the dataset; null: the newest. @throws SentinelError NOT_FOUND */
  readonly localSources: (id: string | null) => Promise<RowsOf<LocalSource>>;
  /** What decides now. */
  readonly champion: () => Promise<DeployedPayload>;
  /** The shipped model: a base that every engine of this version has. */
  readonly shipped: { readonly path: string; readonly hash: string };
  readonly settings: () => Promise<Settings>;
  /** Judges a model by its gates on the newest version of the dataset. @returns the job */
  readonly evaluate: (id: string, by: Principal) => Promise<{ readonly job_id: string }>;
}

export function createFederating(options: FederatingOptions): Federating {
  const { store, jobs, registry, clock } = options;
  const bases = createFederatedBases({ ...options, files: registry.files });
  const budget = createPrivacyBudget(store, options.settings);
  let started: Piscina | undefined;

  function pool(): Piscina {
    started ??= new Piscina({ filename: options.workerEntry.href, ...inBackground, idleTimeout: 2000 });
    return started;
  }

  const received = createReceivedUpdates({
    store,
    bases,
    ownKey: () => registry.key().key,
    settings: options.settings,
    frameOf: async ({ path }) => (await pool().run(path, { name: "frame" })) as string,
  });

  async function make({ dataset_version, epsilon }: MakeArgs, { by, signal, progress }: JobContext<never>) {
    progress({ step: "reading rows" });
    const dataset = await options.localSources(dataset_version);
    const base = await bases.requireNext(dataset.rows);
    const { rho, delta } = await budget.require(epsilon);
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (now: UpdateProgress) =>
      progress({ ...now, unit: now.step === "reading rows" ? "rows" : "steps" }),
    );
    let result: UpdateResult;
    try {
      const task: UpdateTask = { port: port2, basePath: base.path, rho };
      const running = pool().run(task, { name: "federate", signal, transferList: [port2] as never });
      [result] = await Promise.all([running as Promise<UpdateResult>, sendDataset(port1, dataset)]);
      signal.throwIfAborted();
    } finally {
      port1.close();
    }
    const { update, frame, local } = result;
    const privacy = {
      unit: "group" as const,
      gradient_noise: update.noise.gradient,
      count_noise: update.noise.count,
      rho: update.rho,
      epsilon: epsilonOf(update.rho, delta),
      delta,
    };
    const made_at = toInstant(clock.now());
    const bytes = writeUpdateFile(
      { base: base.id, frame, round: base.round, made_at, product: options.product, privacy, groups: update.count },
      update.weights,
      registry.signUpdate,
    );
    const file = readUpdateFile(bytes);
    // SECURITY: spent in the log before anybody can see it, and from the version that was asked: of two at once, one is refused.
    const { version } = await budget.require(privacy.epsilon);
    const payload = { ...toKept(file, bytes), id: file.id, dataset_version: dataset.id };
    await store.append(
      [{ ...budgetEntity, baseVersion: version, kind: "privacy_budget.spent", payload, inverse: null }],
      by,
    );
    return { update_id: file.id, epsilon: privacy.epsilon, ...local };
  }

  async function combine({ updates: ids }: CombineArgs, { by, signal, progress }: JobContext<never>) {
    progress({ step: "reading updates" });
    const files = await received.require(ids);
    const base = await bases.require(files[0]!.statement.base);
    const version = `federated ${sha256(files.map(({ id }) => id).join()).slice(0, 12)}`;
    progress({ step: "combining" });
    const task: CombineTask = { basePath: base.path, updates: files.map(({ weights }) => weights), version };
    const combined = (await pool().run(task, { name: "combine", signal })) as CombineResult;
    signal.throwIfAborted();
    const id = await registry.files.keepFile(combined.bytes);
    await registry.files.keepFitted(id, await bases.fittedOf(base));
    const { shares, norm } = combined;
    const event = await registry.register(
      {
        id,
        kind: "built-in",
        origin: "combined",
        parent: base.id,
        dataset_version: null,
        training: null,
        federated: {
          round: base.round,
          method: "geometric median",
          norm,
          updates: files.map(({ id: update, key, statement }, i) => ({
            id: update,
            key,
            epsilon: statement.privacy.epsilon,
            delta: statement.privacy.delta,
            groups: statement.groups,
            share: shares[i]!,
          })),
        },
      },
      by,
    );
    progress({ step: "asking for its gates" });
    const judging = await options.evaluate(id, by).catch((error: unknown) => {
      // Without a dataset there is nothing to judge it by: it waits for one.
      if (error instanceof SentinelError && error.code === "NOT_FOUND") return null;
      throw error;
    });
    return { model_id: id, registered: event !== null, judged_by: judging?.job_id ?? null };
  }

  async function get(): Promise<Federation> {
    const [kept, base] = await Promise.all([store.read(keptUpdates, null), bases.next()]);
    const known = new Map<string, boolean>();
    for (const id of new Set(kept.map((one) => one.base))) known.set(id, (await bases.find(id)) !== null);
    const { key, fingerprint } = registry.key();
    return {
      budget: await budget.state(),
      base: base === null ? null : { id: base.id, round: base.round, is_of_own_rows: base.isOfOwnRows },
      updates: kept.map((update) => toWire(update, known.get(update.base) ?? false)),
      fewest_peers: fewestPeers,
      key,
      fingerprint,
    };
  }

  return {
    makeJob: { kind: "federated-update", role: "admin", resumable: false, run: make },
    combineJob: { kind: "combine-updates", role: "analyst", resumable: false, run: combine },
    operations: {
      get,
      async make({ epsilon, dataset_version }, by) {
        await bases.requireNext();
        await budget.require(epsilon);
        const dataset = await options.localSources(dataset_version);
        const args: MakeArgs = { dataset_version: dataset.id, epsilon };
        return { job_id: (await jobs.start("federated-update", args, `dataset ${dataset.id.slice(0, 12)}`, by)).id };
      },
      async file({ id }, by) {
        const update = await store.read(updateById, id);
        const bytes = await store.read(updateFile, id);
        if (update === null || !update.isOwn || bytes === null) {
          throw new SentinelError("NOT_FOUND", `This engine made no update ${id}.`);
        }
        // SECURITY: what leaves this machine is in the log before its first byte is sent.
        const entity = { entityType: "federated_export", entityId: uuidv7(clock), baseVersion: 0 };
        await store.append(
          [{ ...entity, kind: "federated_update.exported", payload: { update_id: id }, inverse: null }],
          by,
        );
        return (async function* () {
          yield bytes;
        })();
      },
      import: received.take,
      async combine({ updates }, by) {
        const files = await received.require(updates);
        await bases.require(files[0]!.statement.base);
        const args: CombineArgs = { updates: files.map(({ id }) => id) };
        return { job_id: (await jobs.start("combine-updates", args, `${files.length} updates`, by)).id };
      },
    },
    async close() {
      await started?.destroy();
    },
  };
}
