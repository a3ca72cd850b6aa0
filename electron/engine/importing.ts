import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Principal } from "./base/principals.ts";
import type { Arrival, EvidenceRoom, Received } from "./evidence/evidence.ts";
import { evidenceWithoutOutcome } from "./evidence/evidence-tables.ts";
import { readFileSource } from "./evidence/file-source.ts";
import type { Jobs } from "./store/jobs.ts";
import type { ReadableStore } from "./store/store.ts";

/** Evidence in, from any side: it is stored, and a job analyses it. */
export interface Importing {
  /** @throws SentinelError what `EvidenceRoom.receive` throws; then nothing was stored */
  take(source: AsyncIterable<Uint8Array>, arrival: Arrival): Promise<Received & { job: Job }>;
  takeFile(path: string, arrival: Omit<Arrival, "fileName">): Promise<Received & { job: Job }>;
  /** The sample evidence that ships with the application. */
  takeSamples(by: Principal): Promise<Job[]>;
  /** Evidence that was stored, but whose job a crash took away, is taken up again. */
  recover(): Promise<void>;
}

const recoveredAtOnce = 500;
const sampleFiles = /\.(har|log)$/;

export function createImporting(options: {
  evidence: EvidenceRoom;
  jobs: Jobs;
  store: ReadableStore;
  samples: string;
  /** Called when evidence begins to come in: its analysis will follow. */
  onComing: () => void;
}): Importing {
  const { evidence, jobs, store, samples, onComing } = options;

  async function take(source: AsyncIterable<Uint8Array>, arrival: Arrival) {
    onComing();
    const received = await evidence.receive(source, arrival);
    const { id, file_name } = received.evidence;
    const args = { evidence_id: id, ...(received.restored ? { restored: true } : {}) };
    return { ...received, job: await jobs.start("analyse", args, file_name, arrival.by) };
  }

  const takeFile = (path: string, arrival: Omit<Arrival, "fileName">) =>
    take(readFileSource(path), { ...arrival, fileName: path });

  return {
    take,
    takeFile,
    async takeSamples(by) {
      const names = (await readdir(samples).catch(() => [])).filter((name) => sampleFiles.test(name)).sort();
      if (names.length === 0) throw new SentinelError("NOT_FOUND", "This installation has no sample evidence.");
      const started: Job[] = [];
      for (const name of names) started.push((await takeFile(join(samples, name), { channel: "sample", by })).job);
      return started;
    },
    async recover() {
      const taken = new Set(jobs.active("analyse").map((args) => (args as { evidence_id: string }).evidence_id));
      for (let after = 0; ; ) {
        const page = await store.read(evidenceWithoutOutcome, { after, limit: recoveredAtOnce });
        for (const { evidence: found } of page) {
          if (taken.has(found.id)) continue;
          const by: Principal = { actor: found.custody.brought_by, role: "analyst", caller: "engine" };
          await jobs.start("analyse", { evidence_id: found.id }, found.file_name, by);
        }
        if (page.length < recoveredAtOnce) return;
        after = page.at(-1)!.seq;
      }
    },
  };
}
