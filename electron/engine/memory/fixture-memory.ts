import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SentinelError } from "../../../shared/errors.ts";
import { systemClock } from "../base/clock.ts";
import { type Label, labelOf } from "../base/labels.ts";
import { createLogger } from "../base/logging.ts";
import type { Principal } from "../base/principals.ts";
import { openInlineStore } from "../store/inline-store.ts";
import { jobModule } from "../store/job-table.ts";
import { createJobs, type Jobs } from "../store/jobs.ts";
import { openKeyStore } from "../store/key-store.ts";
import { createSealer, type Sealer } from "../store/seal.ts";
import type { StoreHost } from "../store/store.ts";
import type { Embedder, EmbeddingServer } from "./embedder.ts";
import { createMemory, type MemoryRoom } from "./memory.ts";
import { createMemoryCore } from "./memory-core.ts";
import { memoryModule } from "./memory-module.ts";

export const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
export const never: AbortSignal = new AbortController().signal;
export const own: Label = labelOf("user", "trusted");
export const foreign: Label = labelOf("tool", "untrusted");

/** A memory over a database file, with its work in the calling thread. */
export interface MemoryUnderTest {
  readonly store: StoreHost;
  readonly sealer: Sealer;
  readonly jobs: Jobs;
  readonly memory: MemoryRoom;
  /** Ends it as an engine ends; the files stay. */
  stop(): Promise<void>;
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sentinel-memory-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** @param server looked for at once */
export async function openMemory(path: string, server: EmbeddingServer | null = null): Promise<MemoryUnderTest> {
  const clock = systemClock;
  const log = createLogger("silent");
  const store = openInlineStore({ modules: [jobModule, memoryModule], clock, path: join(path, "memory.db") });
  const keys = await openKeyStore({
    directory: join(path, "keys"),
    ring: { current: "k", keys: { k: Buffer.alloc(32, 3) } },
  });
  const sealer = createSealer(keys);
  const jobs = createJobs({ store, clock, log, concurrency: 1 });
  const core = createMemoryCore(store);
  const memory = await createMemory({ store, sealer, keys, clock, log, jobs, core, server, onChange: () => {} });
  await jobs.recover();
  await memory.look(ana);
  return {
    store,
    sealer,
    jobs,
    memory,
    async stop() {
      await jobs.close();
      await memory.close();
      await store.close();
    },
  };
}

/** A model of 64 numbers that knows words alone, and that can go away. */
export function createWordServer(): EmbeddingServer & {
  isAway: boolean;
  asked: number;
  stopAfter: number;
  version: number;
} {
  const server = {
    description: "words, here",
    isAway: false,
    /** Texts that it was asked to embed. */
    asked: 0,
    /** Goes away once it was asked for so many. */
    stopAfter: Number.POSITIVE_INFINITY,
    version: 1,
    async find(): Promise<Embedder> {
      mustBeThere();
      return { name: `words@${server.version}`, dimensions: 64, embed };
    },
  };
  function mustBeThere(): void {
    if (server.asked >= server.stopAfter) server.isAway = true;
    if (server.isAway) throw new SentinelError("UNAVAILABLE", "It is away.");
  }
  async function embed(texts: readonly string[]): Promise<Float32Array[]> {
    mustBeThere();
    server.asked += texts.length;
    return texts.map((text) => {
      const vector = new Float32Array(64);
      for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
        let at = 0;
        for (const letter of word) at = (at * 31 + letter.charCodeAt(0)) % 64;
        vector[at]! += 1;
      }
      return vector;
    });
  }
  return server;
}

/** Asks until it is so: for what goes on in the background. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const from = Date.now();
  while (!(await condition())) {
    if (Date.now() - from > 60_000) throw new Error("It did not happen.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
