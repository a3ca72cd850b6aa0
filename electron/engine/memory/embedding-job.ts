import { setTimeout as sleep } from "node:timers/promises";
import { SentinelError } from "../../../shared/errors.ts";
import type { JobContext, JobKind } from "../store/jobs.ts";
import type { Sealer } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import { builtInEmbedder } from "./built-in-embedder.ts";
import type { ChosenEmbedder } from "./chosen-embedder.ts";
import { forgetVectors, storeVectors } from "./chunk-writes.ts";
import type { Embedder } from "./embedder.ts";
import type { MemoryCore } from "./memory-core.ts";
import { quantise, toUnit } from "./quantise.ts";
import { withoutVector } from "./vector-reads.ts";

export const embedMemoryKind = "embed-memory";

/** Texts that a server is sent at once. */
const atOnce = 32;
/** Vectors of former models removed in one transaction. */
const forgottenAtOnce = 5000;
/** What is waited before a server that fails is asked again, milliseconds; then the job fails, and can be resumed. */
const againMs = [500, 2000];

/** How far it came: the last chunk that was embedded. */
interface Reached {
  readonly after: number;
}

export interface EmbeddingPorts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly core: MemoryCore;
  readonly chosen: ChosenEmbedder;
}

/**
 * Embeds every chunk that the server's model has made no vector of. It is resumed where it stopped, also after a restart; each
 * vector is made once.
 */
export function createEmbeddingJob(ports: EmbeddingPorts): JobKind<{ embedder: string }, Reached> {
  const { store, chosen } = ports;

  async function run(args: { embedder: string }, context: JobContext<Reached>) {
    const embedder = await serverNow(chosen, args.embedder);
    const { chunks, embedded } = await chosen.counts();
    let done = embedded;
    context.progress({ step: "embedding", done, total: chunks, unit: "chunks" });
    for (let after = context.resumeFrom?.after ?? 0; ; ) {
      context.signal.throwIfAborted();
      const rows = await store.read(withoutVector, { embedder: embedder.name, after, limit: atOnce });
      if (rows.length === 0) break;
      done += await embedRows(ports, embedder, rows, context.signal);
      after = rows.at(-1)!.chunk;
      await context.checkpoint({ after });
      context.progress({ done, total: (await chosen.counts()).chunks });
    }
    const but = [builtInEmbedder.name, embedder.name];
    while (!(await store.write(forgetVectors, { but, limit: forgottenAtOnce }))) context.signal.throwIfAborted();
    // It takes over now, and not when somebody looks next.
    await chosen.follow();
    return { embedder: embedder.name, embedded: done };
  }

  return { kind: embedMemoryKind, role: "analyst", resumable: true, resumeAtStart: true, light: true, run };
}

/** @throws SentinelError UNAVAILABLE when the server is away, CONFLICT when it has another model by now */
async function serverNow(chosen: ChosenEmbedder, name: string): Promise<Embedder> {
  if (chosen.server() === null) await chosen.follow();
  const embedder = chosen.server();
  if (embedder === null) {
    throw new SentinelError(
      "UNAVAILABLE",
      `The embedding model cannot be reached: ${chosen.reason() ?? "none is set"}`,
    );
  }
  if (embedder.name !== name) throw new SentinelError("CONFLICT", "The embedding model is another by now.");
  return embedder;
}

/** @returns how many vectors were stored; texts that were erased have none */
export async function embedRows(
  { store, sealer, core, chosen }: EmbeddingPorts,
  embedder: Embedder,
  rows: readonly { readonly chunk: number; readonly text: string }[],
  signal: AbortSignal,
): Promise<number> {
  const opened = await Promise.all(rows.map(async ({ chunk, text }) => ({ chunk, text: await sealer.unseal(text) })));
  const readable = opened.flatMap(({ chunk, text }) => (text === null ? [] : [{ chunk, text }]));
  if (readable.length === 0) return 0;
  const vectors = await embedPatiently(
    embedder,
    readable.map(({ text }) => text),
    signal,
  );
  const made = readable.map(({ chunk }, i) => ({ chunk, vector: new Uint8Array(quantise(toUnit(vectors[i]!))) }));
  await store.write(storeVectors, { embedder: embedder.name, vectors: made });
  chosen.noteStored({ embedded: made.length });
  if (chosen.current().name === embedder.name) await core.add(made.map(({ chunk }) => chunk));
  return made.length;
}

async function embedPatiently(embedder: Embedder, texts: readonly string[], signal: AbortSignal) {
  for (let tries = 0; ; tries++) {
    try {
      return await embedder.embed(texts, "document", signal);
    } catch (error) {
      signal.throwIfAborted();
      const wait = againMs[tries];
      if (wait === undefined) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
}
