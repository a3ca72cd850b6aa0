import { errorTold, SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Config } from "./base/config.ts";
import type { Principal } from "./base/principals.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { type FollowedEvidence, followedEvidence } from "./evidence/followed-evidence.ts";
import { checkAnnouncement } from "./fleet/evidence-intake.ts";
import type { ObjectStore } from "./fleet/object-store.ts";
import { readObject } from "./fleet/read-object.ts";
import type { Importing } from "./importing.ts";
import type { JobKind, Jobs } from "./store/jobs.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { ReadableStore } from "./store/store.ts";

/** Somebody waits: a store that gives nothing for so long is said to be away. Milliseconds. */
const longestSilenceMs = 30_000;

export interface EvidenceFetchingOptions {
  readonly objects: ObjectStore | null;
  readonly config: Pick<Config, "SENTINEL_KAFKA_SIGNED">;
  readonly store: ReadableStore;
  readonly evidence: Pick<EvidenceRoom, "get">;
  readonly importing: Pick<Importing, "take">;
  readonly jobs: Jobs;
  readonly settings: SettingsBook;
  /** Lists what the fleet told of evidence whose analysis here failed. */
  readonly listAgain: (evidenceId: string) => Promise<void>;
}

/** Why evidence that the fleet told of cannot be fetched; null: it can. */
export function whyNotFetched(told: FollowedEvidence | null, canFetch: boolean): string | null {
  if (!canFetch) return "This desktop has no access to the fleet's store of evidence (SENTINEL_S3_BUCKETS).";
  if (told === null) return "The fleet has not told yet where it lies.";
  if (told.announcement === null) {
    return "The fleet does not tell where it lies: it was brought to an engine by hand, or that engine is of an earlier version.";
  }
  return null;
}

/** Brings the evidence of followed verdicts, by the same checks as an engine's, and judges it here. */
export function createEvidenceFetching(options: EvidenceFetchingOptions) {
  const { objects, config, store, evidence, importing, jobs, settings, listAgain } = options;

  /** @throws SentinelError NOT_FOUND, CONFLICT, EVIDENCE_ELSEWHERE */
  async function mustBeAtFleet(id: string): Promise<FollowedEvidence> {
    const { atFleet, evidence: known } = await evidence.get(id);
    if (!atFleet) throw new SentinelError("CONFLICT", "This evidence is here already.");
    if (known.status === "withdrawn") throw new SentinelError("CONFLICT", "This evidence is withdrawn.");
    const told = await store.read(followedEvidence, id);
    const why = whyNotFetched(told, objects !== null);
    if (why !== null) throw new SentinelError("EVIDENCE_ELSEWHERE", why);
    return told!;
  }

  const job: JobKind<{ evidence_id: string }, never> = {
    kind: "fetch-evidence",
    role: "analyst",
    resumable: false,
    // It waits for others most of its time, also for the analysis that it starts.
    light: true,
    async run({ evidence_id: id }, { signal, progress, by }) {
      const told = await mustBeAtFleet(id);
      const { trusted_keys } = (await settings.current()).settings;
      const { uri, size, sha256 } = checkAnnouncement(
        Buffer.from(told.announcement!),
        trusted_keys,
        config.SENTINEL_KAFKA_SIGNED,
      );
      progress({ step: "fetching", done: 0, total: size, unit: "bytes" });
      const silence = watchSilence(signal);
      const source = readObject(objects!, { uri, size, sha256 }, silence.signal, silence.failed);
      const { job: analysis } = await importing
        .take(
          silence.over(source, (bytes) => progress({ done: bytes })),
          {
            fileName: uri.slice(uri.lastIndexOf("/") + 1),
            channel: "fleet",
            by,
            signal: silence.signal,
          },
        )
        .finally(silence.end);
      progress({ step: "judging here", done: size });
      const ended = await jobs.ended(analysis.id);
      if (ended.state !== "done") {
        await listAgain(id);
        const code = ended.state === "failed" ? "EVIDENCE_UNREADABLE" : "CANCELLED";
        const why = errorTold(ended.error)?.message ?? ended.state;
        throw new SentinelError(code, `It came, and was not judged: ${why}`);
      }
      return { evidence_id: id };
    },
  };
  jobs.register(job);

  return {
    /** @throws SentinelError NOT_FOUND, CONFLICT, EVIDENCE_ELSEWHERE */
    async start(id: string, by: Principal): Promise<Job> {
      await mustBeAtFleet(id);
      const { file_name } = (await evidence.get(id)).evidence;
      return await jobs.start(job.kind, { evidence_id: id }, file_name, by);
    },
  };
}

/** Breaks off what is silent for too long, with the reason that was heard last. */
function watchSilence(signal: AbortSignal) {
  const stop = new AbortController();
  let last = new SentinelError("UNAVAILABLE", "The store of evidence does not answer.");
  let timer: NodeJS.Timeout;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(last), longestSilenceMs).unref();
  };
  heard();
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    failed: (error: SentinelError) => {
      last = error;
    },
    async *over(source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void) {
      let bytes = 0;
      for await (const chunk of source) {
        heard();
        bytes += chunk.byteLength;
        onBytes(bytes);
        yield chunk;
      }
    },
    end: () => clearTimeout(timer),
  };
}
