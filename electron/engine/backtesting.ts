import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { BacktestQuestion, BacktestSummary } from "../../shared/backtest.ts";
import { SentinelError } from "../../shared/errors.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Principal } from "./base/principals.ts";
import { evidenceInView, type StoredEvidence } from "./evidence/evidence-tables.ts";
import { addCounts, type EvidenceCounts, noCounts, summarize } from "./respond/backtest/backtest-counts.ts";
import { type BacktestRow, countGroups, saveBacktest } from "./respond/backtest/backtest-tables.ts";
import type {
  BacktestAnswer,
  BacktestTask,
  LabelledValue,
  RuleVersion,
  SampleValue,
} from "./respond/backtest/backtest-task.ts";
import type { RuleRecord } from "./respond/rules/rule-state.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { JobContext, JobKind } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { unpackError } from "./store/store-errors.ts";

/** What a back-test tries, fixed when it is asked for: an edit meanwhile changes nothing of it. */
export interface BacktestArgs {
  readonly question: BacktestQuestion;
  readonly version: number;
  readonly definition: RuleRecord["definition"];
  readonly exclusions: RuleRecord["exclusions"];
  /** `matchedHash` of what is tried. */
  readonly definition_hash: string;
  /** The version that it is compared with; null: none. */
  readonly against: RuleVersion | null;
  /** Epoch milliseconds. */
  readonly from: number | null;
  readonly to: number | null;
  readonly now: number;
  /** Whether the policy decides by it: the rule as it is, over the usual days. */
  readonly decides: boolean;
}

interface Reached {
  readonly done: readonly string[];
  readonly counts: EvidenceCounts;
  readonly notes: BacktestSummary["notes"];
  readonly beganAt: string;
}

/** Pieces of evidence that are tried at once. */
const threads = 2;
/** Evidence that a summary names. */
const mostNotes = 200;

/** Tries rules on stored requests. Nothing that is stored changes. */
export function createBacktesting(options: {
  readonly directory: Pick<DataDirectory, "blobsPath" | "keysPath" | "ring">;
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly workerEntry: URL;
  readonly entryMb: () => Promise<number>;
  /** Whatever is labelled, attacks and not. */
  readonly labels: () => Promise<readonly LabelledValue[]>;
  /** What a rule was made of, as far as it was not erased. */
  readonly samplesOf: (rule: string) => Promise<readonly SampleValue[]>;
  /** Hears of a back-test that the policy decides by, once it is stored. */
  readonly onMeasured: (row: BacktestRow, args: BacktestArgs, by: Principal) => Promise<void>;
}): { readonly job: JobKind<BacktestArgs, Reached>; close(): Promise<void> } {
  const { directory, store, clock } = options;
  const pool = new Piscina<BacktestTask, BacktestAnswer>({
    filename: options.workerEntry.href,
    name: "backtest",
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });

  async function tryOn(task: BacktestTask, signal: AbortSignal, onProgress: (bytes: number) => void) {
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    const port = store.port();
    const cancel = () => port1.postMessage("cancel");
    signal.addEventListener("abort", cancel, { once: true });
    port1.on("message", onProgress);
    try {
      const message = { ...task, store: port, control: port2 };
      // Piscina's type is the other overload of postMessage's; at run time it insists on an array.
      const answer = await pool.run(message, { transferList: [port, port2] as never });
      if ("error" in answer) throw unpackError(answer.error);
      return answer.counts;
    } finally {
      signal.removeEventListener("abort", cancel);
      port1.close();
    }
  }

  async function run(args: BacktestArgs, context: JobContext<Reached>) {
    const { id, by, signal, progress, checkpoint, resumeFrom } = context;
    const all = await store.read(evidenceInView, null);
    const labels = await options.labels();
    const samples = await options.samplesOf(args.question.id);
    const entryBytes = (await options.entryMb()) * 1024 ** 2;
    let reached: Reached = resumeFrom ?? { done: [], counts: noCounts(), notes: [], beganAt: toInstant(clock.now()) };
    // One that goes on since an earlier version was compared with nothing.
    reached = { ...reached, counts: { ...noCounts(), ...reached.counts } };
    const { against = null } = args;
    const row = async (endedAt: string | null): Promise<BacktestRow> => ({
      id,
      ruleId: args.question.id,
      version: args.version,
      definitionHash: args.definition_hash,
      question: args.question,
      actor: by.actor,
      beganAt: reached.beganAt,
      endedAt,
      summary: summarize(
        reached.counts,
        await store.read(countGroups, id),
        against === null ? null : args.question.against,
        {
          evidence: reached.done.length,
          notes: reached.notes,
        },
      ),
    });
    await store.write(saveBacktest, await row(null));

    const total = all.reduce((sum, each) => sum + each.evidence.size_bytes, 0);
    const bytesOf = new Map<string, number>();
    const tell = () => progress({ done: [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0) });
    progress({ step: "trying the rule on stored requests", done: 0, total, unit: "bytes" });

    const tryOne = async ({ evidence: each, seq, sha256 }: StoredEvidence): Promise<void> => {
      let counts = noCounts();
      let notes: BacktestSummary["notes"] = [];
      try {
        const task: BacktestTask = {
          backtest: id,
          rule: {
            definition: args.definition,
            exclusions: args.exclusions,
            candidate: args.question.exclusion,
            against,
            now: args.now,
          },
          from: args.from,
          to: args.to,
          evidence: { id: each.id, seq, kind: each.kind, sha256, addedAt: Date.parse(each.added_at) },
          labels,
          samples,
          blobsPath: directory.blobsPath,
          keysPath: directory.keysPath,
          ring: directory.ring,
          entryBytes,
        };
        counts = await tryOn(task, signal, (bytes) => {
          bytesOf.set(each.id, Math.min(bytes, each.size_bytes));
          tell();
        });
      } catch (error) {
        // One file that is damaged, or was erased meanwhile, does not hold up the others; it is told of.
        if (signal.aborted || !(error instanceof SentinelError)) throw error;
        notes = [{ evidence_id: each.id, reason: error.message }];
      }
      bytesOf.set(each.id, each.size_bytes);
      tell();
      reached = {
        ...reached,
        done: [...reached.done, each.id],
        counts: addCounts(reached.counts, counts),
        notes: [...reached.notes, ...notes].slice(0, mostNotes),
      };
      await checkpoint(reached);
    };

    const done = new Set(reached.done);
    for (const { evidence: each } of all) if (done.has(each.id)) bytesOf.set(each.id, each.size_bytes);
    // The largest first, so that none of them is left alone at the end.
    const todo = all
      .filter(({ evidence: each }) => !done.has(each.id))
      .sort((a, b) => b.evidence.size_bytes - a.evidence.size_bytes);
    const next = async (): Promise<void> => {
      for (let one = todo.shift(); one !== undefined; one = todo.shift()) await tryOne(one);
    };
    const lanes = await Promise.allSettled(Array.from({ length: threads }, next));
    const failed = lanes.find((lane) => lane.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    signal.throwIfAborted();
    const ended = await row(toInstant(clock.now()));
    await store.write(saveBacktest, ended);
    if (args.decides) await options.onMeasured(ended, args, by);
    const { requests, confidence } = ended.summary;
    return { backtest: id, rule: args.question.id, requests, confidence };
  }

  return {
    // SECURITY: what it says lets a rule in, or a step further: whoever may not start it does not resume it either.
    job: { kind: "backtest", role: "analyst", resumable: true, run },
    close: () => pool.destroy(),
  };
}
