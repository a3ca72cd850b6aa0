import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { DatasetFormat } from "../../shared/dataset.ts";
import { SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { onDemand } from "./base/on-demand.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { evidenceWithContent } from "./evidence/evidence-tables.ts";
import type {
  DatasetAnswer,
  DatasetProgress,
  ImportedRows,
  ImportRowsTask,
  MadeVersion,
  MakeVersionTask,
} from "./learn/dataset-task.ts";
import {
  type DatasetImported,
  datasetImported,
  forgetImportRows,
  importEntity,
  importsInForce,
  importsOfFile,
} from "./learn/import-state.ts";
import { lacksSamples, restoreSealedSamples, restoreSplits } from "./learn/restore-samples.ts";
import { forgetSamplesOf, originOf } from "./learn/sample-table.ts";
import {
  datasetEntity,
  forgetHeldRows,
  settleHeldRows,
  storedVersions,
  type VersionMade,
  versionById,
  versionFiles,
  versionMade,
} from "./learn/version-state.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import { entityVersion } from "./store/event-table.ts";
import type { JobContext, Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";

export interface MakeArgs {
  /** Sealed. */
  readonly why: string | null;
}

export interface BringArgs {
  readonly import_id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly format: DatasetFormat;
  /** Sealed. */
  readonly name: string;
}

const forgottenAtOnce = 2000;

const formatNames: Record<DatasetFormat, string> = { csv: "CSV", json: "JSON", jsonl: "JSON Lines" };

export interface DatasetJobs {
  /** Reads a file that is stored; what it holds counts once the job has ended. */
  bring(args: BringArgs, by: Principal): Promise<Job>;
  /** Where tables were built again from the log, texts and splits are read again from what the log names. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs over labelled samples, in a thread of their own, one at a time. */
export function createDatasetJobs(options: {
  readonly directory: Pick<DataDirectory, "blobs" | "sealer" | "blobsPath" | "keysPath" | "ring">;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
  readonly workerEntry: URL;
  readonly deployed: () => Promise<DeployedPayload>;
}): DatasetJobs {
  const { directory, store, jobs, clock, log } = options;
  const pool = new Piscina({
    filename: options.workerEntry.href,
    ...onDemand,
    idleTimeout: 60_000,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const { blobsPath, keysPath, ring } = directory;
  const places = { blobsPath, keysPath, ring };

  async function run<T>(
    name: "make" | "bring",
    task: MakeVersionTask | ImportRowsTask,
    { signal, progress }: Pick<JobContext<never>, "signal" | "progress">,
  ): Promise<T> {
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    const port = store.port();
    const cancel = () => port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    port1.on("message", (now: DatasetProgress) => progress(now));
    try {
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const transferList = [port, port2] as never;
      const answer: DatasetAnswer<T> = await pool.run({ ...task, store: port, control: port2 }, { name, transferList });
      if ("error" in answer) throw unpackError(answer.error);
      signal.throwIfAborted();
      return answer.done;
    } finally {
      signal.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  /** One version after another: each puts its rows where the one before has put them. */
  let making: Promise<unknown> = Promise.resolve();
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const done = making.then(work);
    making = done.catch(() => undefined);
    return done;
  }

  async function make({ why }: MakeArgs, context: JobContext<never>) {
    // Of one that was broken off before its event.
    await store.write(forgetHeldRows, null);
    const now = clock.now();
    const made = await run<MadeVersion>("make", { ...places, now }, context);
    const { id, ...payload } = made;
    if (made.counts.rows === 0) {
      await discard(made);
      throw new SentinelError("INPUT_INVALID", "Nothing is labelled yet: a version would be empty.");
    }
    if ((await store.read(versionById, id)) !== null) {
      await discard(made);
      return { dataset_version: id, rows: made.counts.rows, unchanged: true, event_id: null };
    }
    const [newest] = await store.read(storedVersions, 1);
    const event = {
      entityType: datasetEntity,
      entityId: id,
      // One that was taken back may be made again.
      baseVersion: await store.read(entityVersion, { entityType: datasetEntity, entityId: id }),
      kind: versionMade,
      payload: {
        ...payload,
        parent: newest?.id ?? null,
        by: context.by.actor,
        at: now,
        why,
      } satisfies VersionMade,
      inverse: { kind: "dataset.version_removed", payload: {} },
    };
    // SECURITY: in one transaction: a version whose rows kept no split could be tested on what it was fitted to.
    const [appended] = await store.append([event], context.by, [{ write: settleHeldRows, args: id }]);
    return { dataset_version: id, rows: made.counts.rows, unchanged: false, event_id: appended!.id };
  }

  jobs.register<MakeArgs, never>({
    kind: "make-dataset",
    role: "analyst",
    resumable: true,
    resumeAtStart: true,
    run: (args, context) => alone(() => make(args, context)),
  });

  /** Removes a version's file that no event names, and what was put down for it. */
  async function discard({ id, file }: MadeVersion): Promise<void> {
    await store.write(forgetHeldRows, id);
    const named = await store.read(versionFiles, Number.MAX_SAFE_INTEGER);
    if (!named.some(({ sha256 }) => sha256 === file)) await directory.blobs.remove(file);
  }

  /** Of an import that came to nothing: its rows, and its file where nothing else has it. */
  async function forget({ import_id, sha256 }: BringArgs): Promise<void> {
    while (!(await store.write(forgetImportRows, { importId: import_id, limit: forgottenAtOnce })));
    const running = (jobs.active("import-dataset") as BringArgs[]).some(
      (other) => other.sha256 === sha256 && other.import_id !== import_id,
    );
    if (running || (await store.read(importsOfFile, sha256)) > 0) return;
    const origin = originOf.file(sha256);
    while (!(await store.write(forgetSamplesOf, { origin, limit: forgottenAtOnce })));
    if (!(await store.read(evidenceWithContent, sha256))) await directory.blobs.remove(sha256);
  }

  jobs.register<BringArgs, never>({
    kind: "import-dataset",
    role: "analyst",
    resumable: true,
    resumeAtStart: true,
    async run(args, context) {
      const { import_id, sha256, bytes, format, name } = args;
      try {
        const deployed = await options.deployed();
        const task = {
          ...places,
          importId: import_id,
          sha256,
          bytes,
          format,
          // A transformer would take minutes for what serves a warning.
          deployed: deployed.kind === "onnx" ? null : deployed,
        };
        context.progress({ step: "reading rows", done: 0, total: bytes, unit: "bytes" });
        const { rows, refused, problems } = await run<ImportedRows>("bring", task, context);
        if (rows === 0) {
          const first = problems[0] === undefined ? "" : ` Line ${problems[0].line}: ${problems[0].problem}.`;
          throw new SentinelError("INPUT_INVALID", `No row of the file could be used.${first}`);
        }
        const payload: DatasetImported = {
          sha256,
          format,
          name,
          bytes,
          rows,
          refused,
          problems: [...problems],
          by: context.by.actor,
          at: clock.now(),
        };
        const event = {
          entityType: importEntity,
          entityId: import_id,
          baseVersion: 0,
          kind: datasetImported,
          payload,
          inverse: { kind: "dataset.import_withdrawn", payload: {} },
        };
        const [appended] = await store.append([event], context.by);
        return { import_id, rows, refused, problems: problems.slice(0, 20), event_id: appended!.id };
      } catch (error) {
        // Broken off by the engine's end: the next start takes it up again.
        const { signal } = context;
        const isClosing = signal.aborted && (signal.reason as SentinelError).code !== "CANCELLED";
        if (!isClosing) await forget(args);
        throw error;
      }
    },
  });

  jobs.register<Record<string, never>, never>({
    kind: "restore-samples",
    role: "admin",
    resumable: true,
    resumeAtStart: true,
    async run(_args, context) {
      context.progress({ step: "opening sealed samples" });
      await restoreSealedSamples(store, directory.sealer, context.signal);
      for (const { id, sha256, bytes, format } of await store.read(importsInForce, null)) {
        if ((await directory.blobs.size(sha256)) === null) continue;
        const task = { ...places, importId: id, sha256, bytes, format, deployed: null };
        await run<ImportedRows>("bring", task, context);
      }
      context.progress({ step: "reading dataset versions" });
      await alone(() => restoreSplits(store, directory.blobs, context.signal));
      return null;
    },
  });

  return {
    async bring(args, by) {
      const job = await jobs.start("import-dataset", args, `Labelled payloads, ${formatNames[args.format]}`, by);
      // One that was cancelled while it waited never came to clear up behind itself.
      void jobs
        .ended(job.id)
        .then(({ state }) => (state === "cancelled" ? forget(args) : undefined))
        .catch((err: unknown) => log.warn({ err }, "A file of labelled payloads that came to nothing is still there."));
      return job;
    },
    async recover() {
      if (jobs.active("restore-samples").length > 0 || !(await store.read(lacksSamples, null))) return;
      await jobs.start("restore-samples", {}, "Samples of the log", enginePrincipal);
    },
    close: () => pool.destroy(),
  };
}
