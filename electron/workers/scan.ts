import type { MessagePort } from "node:worker_threads";
import { readExchanges } from "../engine/evidence/readers.ts";
import { openBlobs } from "../engine/store/blobs.ts";
import { openKeyStore } from "../engine/store/key-store.ts";
import { packError } from "../engine/store/store-errors.ts";
import { createExchangeScan, type ScanAnswer, type ScanTask } from "../engine/triage/scan-exchange.ts";

/** How often progress is told, in milliseconds. */
const tellEveryMs = 100;

/** Looks through stored evidence for a text: decrypted and read as for an analysis, nothing of it kept. */
export async function scan(task: ScanTask & { control: MessagePort }): Promise<ScanAnswer> {
  const { control, evidence, most } = task;
  const abort = new AbortController();
  const { signal } = abort;
  control.on("message", () => abort.abort());
  let toldAt = 0;
  const onProgress = (bytes: number) => {
    const now = performance.now();
    if (now - toldAt < tellEveryMs) return;
    toldAt = now;
    control.postMessage(bytes);
  };
  try {
    const keys = await openKeyStore({ directory: task.keysPath, ring: task.ring });
    const blobs = await openBlobs({ directory: task.blobsPath, keys });
    const stands = createExchangeScan(task.text);
    const hits: number[] = [];
    const options = { signal, limits: { entryBytes: task.entryBytes }, onProgress };
    for await (const batch of readExchanges(evidence.kind, blobs.open(evidence.sha256, { signal }), options)) {
      for (const exchange of batch) {
        if (stands(exchange)) hits.push(exchange.index);
        if (hits.length === most) return { hits };
      }
    }
    return { hits };
  } catch (error) {
    return { error: packError(error) };
  } finally {
    control.close();
  }
}
