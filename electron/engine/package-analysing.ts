import { errorTold, SentinelError } from "../../shared/errors.ts";
import type { Evidence, EvidencePackage } from "../../shared/evidence.ts";
import type { Job } from "../../shared/job.ts";
import type { Verdict } from "../../shared/verdict.ts";
import type { Principal } from "./base/principals.ts";
import { verdictsOfEvidence } from "./detect/verdicts/verdict-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import type { Importing } from "./importing.ts";
import type { Jobs } from "./store/jobs.ts";
import type { ReadableStore } from "./store/store.ts";
import type { VerdictQueries } from "./verdict-queries.ts";

export interface PackageAnalysingOptions {
  readonly importing: Importing;
  readonly evidence: Pick<EvidenceRoom, "get">;
  readonly jobs: Jobs;
  readonly store: ReadableStore;
  readonly queries: VerdictQueries;
}

/** Verdicts of a package, worst first, and what of it could not be read. */
export interface AnalysedPackage {
  readonly verdicts: Verdict[];
  readonly problems: Evidence["problems"];
  readonly problem_count: number;
}

/** Stores and analyses a package, and waits for its verdicts. */
export function createPackageAnalysing({ importing, evidence, jobs, store, queries }: PackageAnalysingOptions) {
  return async function analysePackage(
    given: EvidencePackage,
    by: Principal,
    signal: AbortSignal,
  ): Promise<AnalysedPackage> {
    const received = await importing.take(once(JSON.stringify(given)), {
      fileName: "package.json",
      channel: "api",
      by,
      signal,
    });
    const stop = () => void jobs.cancel(received.job.id).catch(() => undefined);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const job = await jobs.ended(received.job.id);
    signal.removeEventListener("abort", stop);
    if (job.state !== "done") throw toEndError(job);
    const rows = await store.read(verdictsOfEvidence, received.evidence.id);
    if (rows.length === 0)
      throw new SentinelError("EVIDENCE_UNREADABLE", "The package holds no request that could be read.");
    rows.sort((a, b) => b.score - a.score || a.n - b.n);
    const verdicts: Verdict[] = [];
    for (const row of rows) {
      signal.throwIfAborted();
      verdicts.push(await queries.whole(row));
    }
    const { problems, problem_count } = (await evidence.get(received.evidence.id)).evidence;
    return { verdicts, problems, problem_count };
  };
}

/** Why a job that should have ended did not, with the code that it failed by. */
function toEndError(job: Job): SentinelError {
  const told = errorTold(job.error);
  if (told !== null) return told;
  return job.state === "cancelled"
    ? new SentinelError("CANCELLED", "The analysis was cancelled.")
    : new SentinelError("UNAVAILABLE", "The engine closed before the analysis ended.");
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
