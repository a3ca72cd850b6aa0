import { readFile } from "node:fs/promises";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type { Deciders } from "./analysing.ts";
import type { Clock } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import { inBackground } from "./base/on-demand.ts";
import { enginePrincipal } from "./base/principals.ts";
import { readModel } from "./detect/classifier/model-file.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { fewestSessions } from "./learn/drift/judge-drift.ts";
import { type OrdinarySessions, ordinarySessions } from "./learn/drift/ordinary-sessions.ts";
import { describePayloadReference } from "./learn/drift/payload-reference.ts";
import type { Models } from "./models.ts";
import type { DescribeAnswer, DescribeTask } from "./replay/replay-task.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import type { Store } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";

interface ReferenceArgs {
  readonly model: string;
}

/**
 * What a promoted payload model says of this machine's ordinary sessions of before: what it meets later is held against that. Labelled
 * payloads, which it was fitted to, are no sessions and mostly attacks: nothing that comes in looks like them.
 */
export interface Referencing {
  readonly job: JobKind<ReferenceArgs, never>;
  /** Another model may decide: starts a job where nothing is known of what it had before it. */
  consider(): void;
  close(): Promise<void>;
}

/** Sessions older than this say nothing of what is ordinary now, milliseconds: 30 days. */
const longestMs = 30 * 24 * 3_600_000;

export function createReferencing(options: {
  readonly directory: Pick<DataDirectory, "blobsPath" | "keysPath" | "ring">;
  readonly store: Store;
  readonly evidence: Pick<EvidenceRoom, "get">;
  readonly models: Pick<Models, "payloadReferenceOf" | "keepPayloadReference" | "payloadOf" | "classifier">;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
  readonly workerEntry: URL;
  readonly payload: () => Promise<DeployedPayload>;
  readonly deciders: () => Promise<Deciders>;
  /** Hears that there is one more. */
  readonly onReference: () => void;
}): Referencing {
  const { directory, store, evidence, models, jobs, log } = options;
  let pool: Piscina<DescribeTask, DescribeAnswer> | undefined;
  let considering: Promise<void> | null = null;
  let closing = false;

  const ordinary = async (extractorVersion: string) =>
    await store.read(ordinarySessions, { since: options.clock.now() - longestMs, extractorVersion });

  async function describe(of: OrdinarySessions, model: string, signal: AbortSignal): Promise<readonly Float64Array[]> {
    const { evidence: found, seq, sha256 } = await evidence.get(of.evidenceId);
    const now = await options.deciders();
    pool ??= new Piscina({
      filename: options.workerEntry.href,
      name: "describe",
      ...inBackground,
      idleTimeout: 1000,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    const { port1, port2 } = new MessageChannel();
    const cancel = () => port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const payload = { ...now.models.payload, ...models.payloadOf(model) };
      const task = {
        evidence: { id: of.evidenceId, seq, kind: found.kind, sha256 },
        blobsPath: directory.blobsPath,
        keysPath: directory.keysPath,
        ring: directory.ring,
        settings: now.settings,
        fusion: now.fusion,
        flags: now.flags,
        extractorVersion: now.extractorVersion,
        models: { ...now.models, payload, challenger: null },
        sessions: of.sessions,
        control: port2,
      };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const answer = await pool.run(task, { transferList: [port2] as never });
      if ("error" in answer) throw unpackError(answer.error);
      return answer.vectors;
    } finally {
      signal.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  async function run({ model }: ReferenceArgs, { signal, progress }: JobContext<never>) {
    const { path } = models.payloadOf(model);
    const { set_error_rate: setErrorRate } = readModel(await readFile(path)).header;
    const all = await ordinary((await options.deciders()).extractorVersion);
    const total = all.reduce((sum, { sessions }) => sum + sessions.length, 0);
    const vectors: Float64Array[] = [];
    let done = 0;
    for (const each of all) {
      signal.throwIfAborted();
      progress({ step: "judging ordinary sessions again", done, total, unit: "sessions" });
      try {
        vectors.push(...(await describe(each, model, signal)));
      } catch (error) {
        // One file that is damaged or erased meanwhile does not hold up the others.
        if (signal.aborted || !(error instanceof SentinelError)) throw error;
      }
      done += each.sessions.length;
    }
    if (vectors.length < fewestSessions) return { model_id: model, sessions: vectors.length, is_kept: false };
    const source = `${vectors.length} ordinary sessions of this machine, judged by it when it was promoted`;
    await models.keepPayloadReference(describePayloadReference(vectors, { model, source, setErrorRate, coverage: [] }));
    options.onReference();
    return { model_id: model, sessions: vectors.length, is_kept: true };
  }

  async function look(): Promise<void> {
    const { kind, hash } = await options.payload();
    if (kind !== "built-in" || hash === models.classifier.hash || jobs.active("payload-reference").length > 0) return;
    if ((await models.payloadReferenceOf(hash)) !== null) return;
    const known = await ordinary((await options.deciders()).extractorVersion);
    if (known.reduce((sum, { sessions }) => sum + sessions.length, 0) < fewestSessions || closing) return;
    await jobs.start("payload-reference", { model: hash }, `model ${hash.slice(0, 12)}`, enginePrincipal);
  }

  return {
    job: { kind: "payload-reference", role: "analyst", resumable: true, resumeAtStart: true, run },
    consider() {
      if (closing || considering !== null) return;
      considering = look()
        .catch((error: unknown) => log.warn({ err: error }, "What the payload model had before it is not described."))
        .finally(() => {
          considering = null;
        });
    },
    async close() {
      closing = true;
      await considering;
      await pool?.destroy();
    },
  };
}
