import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../engine/base/clock.ts";
import { labelOf } from "../engine/base/labels.ts";
import { createLogger } from "../engine/base/logging.ts";
import { builtInEmbedder, embedBuiltIn } from "../engine/memory/built-in-embedder.ts";
import { chunksByNumber } from "../engine/memory/chunk-reads.ts";
import type { Embedder, EmbeddingServer } from "../engine/memory/embedder.ts";
import { createMemory } from "../engine/memory/memory.ts";
import { createMemoryThread } from "../engine/memory/memory-thread.ts";
import { toUnit } from "../engine/memory/quantise.ts";
import { openDataDirectory } from "../engine/store/data-directory.ts";
import { createJobs } from "../engine/store/jobs.ts";
import { fileKeySource } from "../engine/store/master-key.ts";
import { openStore } from "../engine/store/open-store.ts";
import { workerEntry } from "../entries.ts";
import { benchPrincipal, quantile, temporaryFolder } from "./bench-engine.ts";
import type { BenchGroup, Report } from "./figure.ts";
import { paragraphOf, questionOf } from "./memory-texts.ts";

/** How many chunks are measured: a million, or as `BENCH_MEMORY_CHUNKS` says. */
const chunks = Number(process.env.BENCH_MEMORY_CHUNKS ?? 1_000_000);
/** Chunks of one text. */
const perText = 50;
/** Texts that are on their way at once, as an import has them. */
const storedAtOnce = 4;
const timed = 200;
const compared = 40;
const wideDimensions = 768;

const never = new AbortController().signal;
const everyQuestion = Array.from({ length: timed }, (_, i) => questionOf(Math.floor((i * chunks) / timed)));

/** Stands for a model: 768 numbers, each the sum of some of the built-in embedder's with its own signs, so that likeness is kept. */
function embedWide(text: string): Float32Array {
  const narrow = embedBuiltIn(text);
  const wide = new Float32Array(wideDimensions);
  for (let i = 0; i < wideDimensions; i++) {
    let sum = 0;
    for (let j = 0; j < 12; j++) {
      const mixed = Math.imul(i * 12 + j + 1, 0x9e3779b1) >>> 0;
      sum += narrow[mixed >>> 24]! * ((mixed & 0x800) === 0 ? 1 : -1);
    }
    wide[i] = sum;
  }
  return wide;
}

const wideServer: EmbeddingServer = {
  description: "a measure of 768 dimensions",
  find: async (): Promise<Embedder> => ({
    name: "bench-768",
    dimensions: wideDimensions,
    embed: async (texts) => texts.map(embedWide),
  }),
};

async function openRoom(home: string, server: EmbeddingServer | null) {
  const clock = systemClock;
  const log = createLogger("error");
  const keySource = fileKeySource(join(home, "secrets", "master.key"), true);
  const directory = await openDataDirectory({ path: home, keySource, clock, host: "bench" });
  const store = await openStore({
    directory: home,
    nodeId: directory.nodeId,
    entries: { writer: workerEntry("writer"), reader: workerEntry("reader") },
    readers: 2,
    checkpointSeed: directory.checkpointSeed,
    log,
  });
  const jobs = createJobs({ store, clock, log, concurrency: 1 });
  const core = createMemoryThread(store, workerEntry("memory"));
  const { sealer, keys } = directory;
  const memory = await createMemory({ store, sealer, keys, clock, log, jobs, core, server, onChange: () => {} });
  await jobs.recover();
  await memory.look(benchPrincipal);
  return {
    memory,
    core,
    jobs,
    async textsOf(numbers: readonly number[]): Promise<(string | null)[]> {
      const rows = await store.read(chunksByNumber, { chunks: numbers, labels: [1] });
      return await Promise.all(rows.map(({ text }) => sealer.unseal(text)));
    },
    async close() {
      await jobs.close();
      await memory.close();
      await core.close();
      await store.close();
      directory.close();
    },
  };
}
type Room = Awaited<ReturnType<typeof openRoom>>;

async function reportStoring({ memory }: Room, report: Report): Promise<void> {
  const label = labelOf("tool", "untrusted");
  const from = performance.now();
  const waiting: Promise<unknown>[] = [];
  for (let at = 0; at < chunks; at += perText) {
    const text = Array.from({ length: Math.min(perText, chunks - at) }, (_, i) => paragraphOf(at + i)).join("\n\n");
    if (waiting.length === storedAtOnce) await waiting.shift();
    waiting.push(
      memory.store({ text, label, source: { kind: "file", id: `bench-${at % (perText * 100)}` } }, benchPrincipal),
    );
  }
  await Promise.all(waiting);
  const seconds = (performance.now() - from) / 1000;
  report(
    `${chunks} chunks stored, split, sealed, indexed, with built-in vectors`,
    chunks / seconds,
    "chunks/s",
    "≥ 2,000",
  );
}

async function reportSearching(room: Room, embedder: Embedder, target: string, report: Report): Promise<void> {
  const { memory, core, textsOf } = room;
  while ((await core.size()) < chunks) await sleep(200);
  const ask = (q: string) => memory.search({ q, limit: 10, who: ["bench"] }, never);
  for (const q of everyQuestion.slice(0, 5)) await ask(q);
  const times: number[] = [];
  for (const q of everyQuestion) {
    const from = performance.now();
    await ask(q);
    times.push(performance.now() - from);
  }
  const at = `${embedder.dimensions} dimensions`;
  report(`hybrid search, ${at}, median of ${timed}`, quantile(times, 0.5), "ms");
  report(`hybrid search, ${at}, p95`, quantile(times, 0.95), "ms", target);

  const asked = everyQuestion.filter((_, i) => i % (timed / compared) === 0);
  const queries = (await embedder.embed(asked, "query", never)).map(toUnit);
  const exact = await nearestOfAll(embedder, queries);
  let shared = 0;
  const near: number[] = [];
  for (const [i, query] of queries.entries()) {
    const from = performance.now();
    const found = await core.search({ query, limit: 10, labels: [1], hiddenSources: [], hiddenChunks: [] });
    near.push(performance.now() - from);
    shared += (await textsOf(found.map(({ chunk }) => chunk))).filter(
      (text) => text !== null && exact[i]!.has(text),
    ).length;
  }
  report(`search by meaning alone, ${at}, p95`, quantile(near, 0.95), "ms");
  report(`recall@10 against exact search, ${at}`, shared / (10 * asked.length), "", "≥ 0.95");
}

/** The ten nearest of all chunks to each query, by 32-bit numbers. */
async function nearestOfAll(embedder: Embedder, queries: readonly Float32Array[]): Promise<Set<string>[]> {
  const best = queries.map((): { text: string; similarity: number }[] => []);
  for (let i = 0; i < chunks; i++) {
    const text = paragraphOf(i);
    const vector = toUnit((await embedder.embed([text], "document", never))[0]!);
    for (const [j, query] of queries.entries()) {
      let similarity = 0;
      for (let k = 0; k < query.length; k++) similarity += query[k]! * vector[k]!;
      const list = best[j]!;
      if (list.length === 10 && similarity <= list[9]!.similarity) continue;
      list.push({ text, similarity });
      list.sort((a, b) => b.similarity - a.similarity);
      list.length = Math.min(list.length, 10);
    }
  }
  return best.map((list) => new Set(list.map(({ text }) => text)));
}

/** What is remembered, at the size that it has to work at. */
export const group: BenchGroup = {
  name: "memory",
  async run(report) {
    const folder = temporaryFolder();
    try {
      const narrow = await openRoom(folder.path, null);
      await reportStoring(narrow, report);
      await reportSearching(narrow, builtInEmbedder, "< 150", report);
      await narrow.close();

      const from = performance.now();
      const wide = await openRoom(folder.path, wideServer);
      while (wide.jobs.active("embed-memory").length > 0) await sleep(200);
      report("embedded again, in the background", chunks / ((performance.now() - from) / 1000), "chunks/s");
      const reading = performance.now();
      await wide.memory.look(benchPrincipal);
      while ((await wide.core.size()) < chunks) await sleep(50);
      report("vectors read at a start, 768 dimensions", (performance.now() - reading) / 1000, "s");
      await reportSearching(wide, await wideServer.find(never), "< 250", report);
      report("memory of the whole process with 768 dimensions", process.memoryUsage.rss() / 1024 ** 2, "MiB");
      await wide.close();
    } finally {
      folder.remove();
    }
  },
};
