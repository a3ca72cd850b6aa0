import type { MessagePort } from "node:worker_threads";
import { openDeployedPayload } from "../engine/detect/serving/deployed-payload.ts";
import type {
  DatasetAnswer,
  DatasetPlaces,
  DatasetProgress,
  ImportedRows,
  ImportRowsTask,
  MadeVersion,
  MakeVersionTask,
} from "../engine/learn/dataset-task.ts";
import { importRows } from "../engine/learn/import-rows.ts";
import { makeVersion } from "../engine/learn/make-version.ts";
import { type Blobs, openBlobs } from "../engine/store/blobs.ts";
import { connectStore } from "../engine/store/client.ts";
import { openKeyStore } from "../engine/store/key-store.ts";
import type { Store } from "../engine/store/store.ts";
import { packError } from "../engine/store/store-errors.ts";

interface Ports {
  readonly store: MessagePort;
  readonly control: MessagePort;
}

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;

interface Surroundings {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly signal: AbortSignal;
  readonly tell: (progress: DatasetProgress) => void;
}

async function work<T>(
  task: DatasetPlaces & Ports,
  run: (surroundings: Surroundings) => Promise<T>,
): Promise<DatasetAnswer<T>> {
  const abort = new AbortController();
  task.control.on("message", () => abort.abort());
  const store = connectStore(task.store);
  let toldAt = 0;
  const tell = (progress: DatasetProgress) => {
    const now = performance.now();
    if (now - toldAt < tellEveryMs) return;
    toldAt = now;
    task.control.postMessage(progress);
  };
  try {
    const keys = await openKeyStore({ directory: task.keysPath, ring: task.ring });
    const blobs = await openBlobs({ directory: task.blobsPath, keys });
    return { done: await run({ store, blobs, signal: abort.signal, tell }) };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    store.close();
    task.control.close();
  }
}

/** Makes a version of everything that is labelled, in a thread of its own. */
export function make(task: MakeVersionTask & Ports): Promise<DatasetAnswer<MadeVersion>> {
  return work(task, ({ store, blobs, signal, tell }) => makeVersion({ store, blobs }, task.now, signal, tell));
}

/** Keeps the rows of an imported file, in a thread of its own. */
export function bring(task: ImportRowsTask & Ports): Promise<DatasetAnswer<ImportedRows>> {
  return work(task, async ({ store, blobs, signal, tell }) => {
    const classifier = task.deployed === null ? null : await openDeployedPayload(task.deployed);
    async function* measured() {
      let done = 0;
      for await (const bytes of blobs.open(task.sha256, { signal })) {
        yield bytes;
        done += bytes.length;
        tell({ step: "reading rows", done, total: task.bytes, unit: "bytes" });
      }
    }
    const { importId, sha256, format } = task;
    return await importRows(store, measured(), { importId, sha256, format, classifier }, signal);
  });
}
