import { AsyncLocalStorage } from "node:async_hooks";
import { SentinelError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";
import type { Role } from "../../../shared/route.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { uuidv7 } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import { enginePrincipal, type Principal, requireRole } from "../base/principals.ts";
import { noTracing, type Span, type Tracing } from "../base/tracing.ts";
import { interruptJobs, type JobRow, jobById, newestJobs, pruneJobs, saveJob } from "./job-table.ts";
import type { Store } from "./store.ts";

/** What a job's handler works with. */
export interface JobContext<C> {
  readonly id: string;
  readonly by: Principal;
  /** Aborted by cancelling (reason CANCELLED) and by closing (UNAVAILABLE); the handler then throws, whatever it throws. */
  readonly signal: AbortSignal;
  /** What the last run of this job had reached, or null at its first run. */
  readonly resumeFrom: C | null;
  /** Cheap: may be called for every row. */
  progress(now: { step?: string; done?: number; total?: number | null; unit?: string }): void;
  /** Stores how far it got; what was done before it is not done again after a restart. */
  checkpoint(state: C): Promise<void>;
}

/** A sort of job. Arguments, checkpoints and results are plain JSON and hold no secrets: they are stored as they are. */
export interface JobKind<A = unknown, C = unknown> {
  readonly kind: string;
  /** Who may cancel or resume it, beyond whoever may do so with any job: the role that its route asks for. */
  readonly role?: Role;
  /** Whether it can go on where it stopped, by its arguments where it depends on them; if not, it says so and is started again instead. */
  readonly resumable: boolean | ((args: A) => boolean);
  /** Whether a restart of the engine resumes it without being asked. */
  readonly resumeAtStart?: boolean;
  /** True for what works on the store alone: it never waits for those that keep a thread busy. */
  readonly light?: boolean;
  /** The evidence that it works on, where its subject does not name it. */
  readonly evidenceOf?: (args: A) => string;
  /** Right before it is resumed. @throws SentinelError BUSY where it would get in the way of what goes on */
  readonly beforeResume?: (jobs: Pick<Jobs, "active" | "goesOn">, id: string, args: A) => void;
  readonly run: (args: A, context: JobContext<C>) => Promise<Record<string, unknown> | null>;
}

export interface Jobs {
  /** @throws Error when the kind is registered twice */
  register<A, C>(kind: JobKind<A, C>): void;
  /** Once all kinds are registered: what an earlier engine left running is interrupted, and resumed where its kind says so. */
  recover(): Promise<void>;
  /** @param subject what it works on, in words; @throws SentinelError BUSY when too many wait */
  start(kind: string, args: unknown, subject: string, by: Principal): Promise<Job>;
  list(): Promise<Job[]>;
  /** Arguments of the jobs of a kind that wait or run. */
  active(kind: string): unknown[];
  /** Whether it waits or runs; false where there is no such job. */
  goesOn(id: string): boolean;
  /** @throws SentinelError NOT_FOUND */
  get(id: string): Promise<Job>;
  /** Asks a job to stop; it is `cancelled` once its handler ended. @throws SentinelError NOT_FOUND, CONFLICT, FORBIDDEN */
  cancel(id: string, by?: Principal): Promise<Job>;
  /** It goes on for whoever started it. @throws SentinelError NOT_FOUND, FORBIDDEN, CONFLICT when it cannot be resumed, BUSY */
  resume(id: string, by?: Principal): Promise<Job>;
  /** The job once it ended. */
  ended(id: string): Promise<Job>;
  /** Hears of every job's changes, at most ten times a second each, the last state always. */
  onChange(listener: (job: Job) => void): () => void;
  /** Interrupts what runs and waits for it. */
  close(): Promise<void>;
}

interface LiveJob {
  row: JobRow;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  readonly finish: () => void;
  /** Runs something as of whoever started the job, not of the job that made room for it. */
  readonly within: <R>(act: () => R) => R;
  notifiedAt: number;
  timer: NodeJS.Timeout | null;
}

const notifyEveryMs = 100;
const saveAgainMs = 2000;
const maxQueued = 1000;
const listed = 200;
const kept = 1000;

/** @param concurrency jobs that run at once, besides light ones */
export function createJobs(options: {
  store: Store;
  clock: Clock;
  log: Logger;
  tracing?: Tracing;
  concurrency: number;
}): Jobs {
  const { store, clock, log, tracing = noTracing, concurrency } = options;
  // biome-ignore lint/suspicious/noExplicitAny: each kind's handler is typed where it is registered; its stored arguments are JSON.
  const kinds = new Map<string, JobKind<any, any>>();
  const live = new Map<string, LiveJob>();
  /** Jobs that ended while nothing could be stored: a full disk. Kept here until it can. */
  const unsaved = new Map<string, JobRow>();
  let savingAgain: NodeJS.Timeout | null = null;
  const queue: LiveJob[] = [];
  const listeners = new Set<(job: Job) => void>();
  let running = 0;
  let closing = false;

  function toJob(row: JobRow): Job {
    const { args: _args, checkpoint: _checkpoint, actor: _actor, role: _role, caller: _caller, ...job } = row;
    const evidence_id = kinds.get(row.kind)?.evidenceOf?.(row.args);
    return { ...job, ...(evidence_id === undefined ? {} : { evidence_id }), resumable: canResume(row) };
  }

  function canResume(row: JobRow): boolean {
    const ended = row.state === "interrupted" || row.state === "failed" || row.state === "cancelled";
    const resumable = kinds.get(row.kind)?.resumable ?? false;
    return ended && (typeof resumable === "boolean" ? resumable : resumable(row.args));
  }

  function tell(row: JobRow): void {
    const job = toJob(row);
    for (const listener of listeners) listener(job);
  }

  function notify(job: LiveJob): void {
    if (job.timer !== null) return;
    const wait = job.notifiedAt + notifyEveryMs - performance.now();
    const send = () => {
      job.timer = null;
      job.notifiedAt = performance.now();
      tell(job.row);
    };
    if (wait <= 0) send();
    else job.timer = setTimeout(send, wait).unref();
  }

  async function save(job: LiveJob, change: Partial<JobRow>): Promise<void> {
    job.row = { ...job.row, ...change };
    await store.write(saveJob, job.row);
    notify(job);
  }

  async function enqueue(row: JobRow): Promise<Job> {
    if (closing) throw new SentinelError("UNAVAILABLE", "The engine is closing.");
    if (queue.length >= maxQueued) throw new SentinelError("BUSY", `${maxQueued} jobs wait already.`);
    const { promise, resolve } = Promise.withResolvers<void>();
    const job: LiveJob = {
      row,
      abort: new AbortController(),
      ended: promise,
      finish: resolve,
      within: AsyncLocalStorage.snapshot(),
      notifiedAt: Number.NEGATIVE_INFINITY,
      timer: null,
    };
    live.set(row.id, job);
    try {
      await save(job, {});
      unsaved.delete(row.id);
    } catch (error) {
      live.delete(row.id);
      resolve();
      throw error;
    }
    // Closed while it was stored: nobody would take it from the queue, and the end of the engine waits for it.
    if (closing) await settle(job, { state: "interrupted" });
    else queue.push(job);
    startNext();
    return toJob(job.row);
  }

  function startNext(): void {
    while (!closing) {
      const at = queue.findIndex((job) => running < concurrency || isLight(job));
      if (at < 0) return;
      const [job] = queue.splice(at, 1);
      const weight = isLight(job!) ? 0 : 1;
      running += weight;
      const traced = (span: Span) => execute(job!).then((state) => span.set({ "sentinel.outcome": state }));
      const done = job!.within(() => tracing.span("job", { "sentinel.job.kind": job!.row.kind }, traced));
      void done.finally(() => {
        running -= weight;
        startNext();
      });
    }
  }

  const isLight = (job: LiveJob) => kinds.get(job.row.kind)?.light === true;

  /** @returns how it ended */
  async function execute(job: LiveJob): Promise<JobRow["state"]> {
    let end: Partial<JobRow> & Pick<JobRow, "state">;
    try {
      await save(job, { state: "running" });
      const kind = kinds.get(job.row.kind);
      if (kind === undefined)
        throw new SentinelError("UNAVAILABLE", `This engine has no jobs of kind ${job.row.kind}.`);
      const result = await kind.run(job.row.args, contextOf(job));
      end = { state: "done", result, checkpoint: null };
    } catch (error) {
      end = endOf(job, error);
    }
    await settle(job, end);
    return end.state;
  }

  function endOf(job: LiveJob, error: unknown): Partial<JobRow> & Pick<JobRow, "state"> {
    if (job.abort.signal.aborted) return { state: closing ? "interrupted" : "cancelled" };
    if (error instanceof SentinelError) {
      const { code, message } = error.toJSON();
      return { state: "failed", error: { code, message } };
    }
    log.error({ err: error, job: job.row.id, kind: job.row.kind }, "A job failed by a defect.");
    return {
      state: "failed",
      error: { code: "INTERNAL", message: `The job failed by a defect; see the log at ${job.row.id}.` },
    };
  }

  async function settle(job: LiveJob, end: Partial<JobRow>): Promise<void> {
    const ended_at = end.state === "interrupted" ? null : toInstant(clock.now());
    try {
      await save(job, { ...end, ended_at });
    } catch (error) {
      // The disk is full or the store is gone. If it stays so, the next start finds the job running and calls it interrupted.
      log.error({ err: error, job: job.row.id }, "The end of a job could not be stored.");
      unsaved.set(job.row.id, job.row);
      saveLater();
    }
    if (job.timer !== null) {
      clearTimeout(job.timer);
      job.timer = null;
      tell(job.row);
    }
    live.delete(job.row.id);
    job.finish();
  }

  function saveLater(): void {
    if (closing || savingAgain !== null) return;
    savingAgain = setTimeout(() => {
      savingAgain = null;
      void saveUnsaved().finally(() => unsaved.size > 0 && saveLater());
    }, saveAgainMs).unref();
  }

  async function saveUnsaved(): Promise<void> {
    for (const [id, row] of unsaved) {
      try {
        await store.write(saveJob, row);
      } catch {
        // Told when it happened first.
        return;
      }
      if (unsaved.get(id) === row) unsaved.delete(id);
    }
  }

  function contextOf(job: LiveJob): JobContext<unknown> {
    const { actor, role, caller } = job.row;
    return {
      id: job.row.id,
      // Stored by this engine from a principal, so it has the same values.
      by: { actor, role, caller } as Principal,
      signal: job.abort.signal,
      resumeFrom: job.row.checkpoint ?? null,
      progress(now) {
        job.row = { ...job.row, ...now };
        notify(job);
      },
      checkpoint: (state) => save(job, { checkpoint: state }),
    };
  }

  async function stored(id: string): Promise<JobRow> {
    const row = live.get(id)?.row ?? unsaved.get(id) ?? (await store.read(jobById, id));
    if (row === null) throw new SentinelError("NOT_FOUND", `There is no job ${id}.`);
    return row;
  }

  // SECURITY: a job acts for whoever started it, so that only somebody who may start it may say whether it goes on.
  function requireRoleOf(row: JobRow, by: Principal): void {
    const role = kinds.get(row.kind)?.role;
    if (role !== undefined) requireRole(by, role);
  }

  async function resume(id: string, by = enginePrincipal): Promise<Job> {
    const ending = live.get(id);
    // Told to have ended, but still being stored.
    if (ending !== undefined && canResume(ending.row)) await ending.ended;
    const row = await stored(id);
    requireRoleOf(row, by);
    if (live.has(id) || !canResume(row)) {
      throw new SentinelError(
        "CONFLICT",
        `The ${row.kind} job of ${row.subject} is ${row.state} and cannot be resumed.`,
      );
    }
    // Nothing may come between this and the job's being under way.
    kinds.get(row.kind)?.beforeResume?.({ active, goesOn }, id, row.args);
    return await enqueue({ ...row, state: "queued", error: null, ended_at: null });
  }

  const active = (kind: string) => [...live.values()].filter(({ row }) => row.kind === kind).map(({ row }) => row.args);

  function goesOn(id: string): boolean {
    const state = live.get(id)?.row.state;
    return state === "queued" || state === "running";
  }

  return {
    register(kind) {
      if (kinds.has(kind.kind)) throw new Error(`The job kind ${kind.kind} is registered twice.`);
      kinds.set(kind.kind, kind);
    },
    async recover() {
      await store.write(pruneJobs, kept);
      for (const row of await store.write(interruptJobs, null)) {
        if (kinds.get(row.kind)?.resumeAtStart !== true || !canResume(row)) continue;
        await resume(row.id).catch((err: unknown) => {
          if (!(err instanceof SentinelError && err.code === "BUSY")) throw err;
          log.warn({ err, job: row.id, kind: row.kind }, "A job that was interrupted waits to be resumed.");
        });
      }
    },
    start(kind, args, subject, by) {
      if (!kinds.has(kind)) throw new Error(`No jobs of kind ${kind} are registered.`);
      const { actor, role, caller } = by;
      const started_at = toInstant(clock.now());
      const empty = { step: "", done: 0, total: null, unit: "", ended_at: null, error: null, result: null };
      const row = { id: uuidv7(clock), kind, subject, state: "queued", started_at, args, actor, role, caller } as const;
      return enqueue({ ...row, ...empty, checkpoint: null });
    },
    async list() {
      // A job that ends while the rows are read is in them as it was before, and no longer live after.
      const ending = new Map(live);
      const rows = await store.read(newestJobs, listed);
      return rows.map((row) => toJob((live.get(row.id) ?? ending.get(row.id))?.row ?? unsaved.get(row.id) ?? row));
    },
    active,
    goesOn,
    get: async (id) => toJob(await stored(id)),
    async cancel(id, by = enginePrincipal) {
      const job = live.get(id);
      requireRoleOf(job?.row ?? (await stored(id)), by);
      if (job === undefined) {
        const row = await stored(id);
        throw new SentinelError("CONFLICT", `The job is ${row.state} already.`);
      }
      job.abort.abort(new SentinelError("CANCELLED", "The job was cancelled."));
      const waiting = queue.indexOf(job);
      if (waiting >= 0) {
        queue.splice(waiting, 1);
        await settle(job, { state: "cancelled" });
      }
      return toJob(job.row);
    },
    resume,
    async ended(id) {
      await live.get(id)?.ended;
      return toJob(await stored(id));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closing = true;
      if (savingAgain !== null) clearTimeout(savingAgain);
      await saveUnsaved();
      for (const job of queue.splice(0)) await settle(job, { state: "interrupted" });
      const jobs = [...live.values()];
      for (const job of jobs) job.abort.abort(new SentinelError("UNAVAILABLE", "The engine is closing."));
      await Promise.all(jobs.map((job) => job.ended));
    },
  };
}
