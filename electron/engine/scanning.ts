import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import { onDemand } from "./base/on-demand.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { evidenceInView, type StoredEvidence } from "./evidence/evidence-tables.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobKind } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";
import type { ScanAnswer, ScanTask } from "./triage/scan-exchange.ts";
import { storeScanHits } from "./triage/scan-table.ts";

export interface ScanArgs {
  /** Sealed: what an analyst looks for may name people. */
  readonly text: string;
  /** Null: everything in view. */
  readonly evidence_id: string | null;
}

/** Most requests that one scan lists; it ends there and says so. */
const mostHits = 10_000;

/** The job that looks for a text through headers and bodies, which no index holds: it reads the stored evidence itself. */
export function createScanning(options: {
  readonly directory: Pick<DataDirectory, "blobsPath" | "keysPath" | "ring" | "sealer">;
  readonly store: Store;
  readonly evidence: EvidenceRoom;
  readonly workerEntry: URL;
  readonly entryMb: () => Promise<number>;
}): { readonly job: JobKind<ScanArgs, never>; close(): Promise<void> } {
  const { directory, store, evidence } = options;
  const pool = new Piscina<ScanTask, ScanAnswer>({
    filename: options.workerEntry.href,
    name: "scan",
    ...onDemand,
    idleTimeout: 60_000,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });

  async function scan(task: ScanTask, signal: AbortSignal, onProgress: (bytes: number) => void) {
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    const cancel = () => port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    port1.on("message", onProgress);
    try {
      const message = { ...task, control: port2 };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const answer = await pool.run(message, { transferList: [port2] as never });
      if ("error" in answer) throw unpackError(answer.error);
      return answer.hits;
    } finally {
      signal.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  async function toScan(id: string | null): Promise<StoredEvidence[]> {
    if (id !== null) return [await evidence.get(id)];
    return await store.read(evidenceInView, null);
  }

  return {
    job: {
      kind: "search-evidence",
      resumable: false,
      async run(args, { id, signal, progress }) {
        const text = await directory.sealer.unseal(args.text);
        if (text === null) throw new SentinelError("NOT_FOUND", "What to look for was erased.");
        const all = await toScan(args.evidence_id);
        const total = all.reduce((sum, each) => sum + each.evidence.size_bytes, 0);
        const entryBytes = (await options.entryMb()) * 1024 ** 2;
        const { blobsPath, keysPath, ring } = directory;
        let [done, found, looked, unreadable] = [0, 0, 0, 0];
        progress({ step: "looking through headers and bodies", done, total, unit: "bytes" });
        for (const { evidence: each, seq, sha256 } of all) {
          const most = mostHits - found;
          if (most === 0) break;
          const task = { text, evidence: { kind: each.kind, sha256 }, blobsPath, keysPath, ring, entryBytes, most };
          try {
            const hits = await scan(task, signal, (bytes) =>
              progress({ done: done + Math.min(bytes, each.size_bytes) }),
            );
            await store.write(storeScanHits, { scan: id, evidence: seq, requests: hits });
            found += hits.length;
            looked++;
          } catch (error) {
            // One file that is damaged, or was erased meanwhile, does not hold up the others; it is told of at the end.
            if (signal.aborted || !(error instanceof SentinelError)) throw error;
            unreadable++;
          }
          done += each.size_bytes;
          progress({ done });
        }
        return { scan: id, found, evidence: looked, unreadable, cut: found === mostHits };
      },
    },
    close: () => pool.destroy(),
  };
}
