import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SentinelError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";
import { systemClock } from "../base/clock.ts";
import { createLogger } from "../base/logging.ts";
import { enginePrincipal, type Principal } from "../base/principals.ts";
import { openInlineStore } from "./inline-store.ts";
import { jobModule } from "./job-table.ts";
import { createJobs, type JobContext, type Jobs } from "./jobs.ts";
import type { StoreHost } from "./store.ts";

const log = createLogger("silent");
const analyst: Principal = { actor: "ana", role: "analyst", caller: "ui" };

let store: StoreHost;
let jobs: Jobs;
beforeEach(() => {
  store = openInlineStore({ modules: [jobModule], clock: systemClock });
  jobs = newEngine();
});
afterEach(async () => {
  await jobs.close();
  await store.close();
});

/** Jobs of one engine over the same store. */
function newEngine(concurrency = 2): Jobs {
  return createJobs({ store, clock: systemClock, log, concurrency });
}

/** Counts to `args`, one step after the other, and stops when told. */
async function count(args: number, context: JobContext<number>): Promise<{ counted: number[] }> {
  const counted: number[] = [];
  for (let i = (context.resumeFrom ?? 0) + 1; i <= args; i++) {
    counted.push(i);
    context.progress({ step: `number ${i}`, done: i, total: args, unit: "numbers" });
    await context.checkpoint(i);
    await new Promise((resolve) => setImmediate(resolve));
    context.signal.throwIfAborted();
  }
  return { counted };
}

const counting = { kind: "count", resumable: true, run: count };

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error("It did not happen.");
}

describe("jobs", () => {
  test("one that is started while the engine closes is interrupted, and keeps nobody from closing", async () => {
    jobs.register(counting);
    const starting = jobs.start("count", 3, "three", analyst);
    await jobs.close();
    const { id } = await starting;
    expect(await jobs.get(id)).toMatchObject({ state: "interrupted" });
  });

  test("run, progress and end with their result, which stays in the list", async () => {
    jobs.register(counting);
    const { id, state } = await jobs.start("count", 3, "three", analyst);
    expect(["queued", "running"]).toContain(state);
    const ended = await jobs.ended(id);
    expect(ended).toMatchObject({
      state: "done",
      subject: "three",
      step: "number 3",
      done: 3,
      total: 3,
      unit: "numbers",
    });
    expect(ended).toMatchObject({ result: { counted: [1, 2, 3] }, resumable: false, error: null });
    expect(await jobs.list()).toEqual([ended]);
    expect(ended).not.toHaveProperty("args");
  });

  test("say which evidence they work on where their kind knows, whether they run or ended", async () => {
    const evidenceOf = ({ of }: { of: string }) => of;
    jobs.register<{ of: string }, never>({ kind: "look", resumable: false, evidenceOf, run: async () => null });
    const begun = await jobs.start("look", { of: "e1" }, "A look", analyst);
    expect(begun).toMatchObject({ subject: "A look", evidence_id: "e1" });
    expect(await jobs.ended(begun.id)).toMatchObject({ state: "done", evidence_id: "e1" });
    expect((await jobs.list())[0]).toMatchObject({ state: "done", evidence_id: "e1" });
  });

  test("that end while the list is read are in it as they ended", async () => {
    const { promise: mayRead, resolve: letRead } = Promise.withResolvers<void>();
    const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
    const slow = Object.create(store) as StoreHost;
    slow.read = async (query, args) => {
      const rows = await store.read(query, args);
      await mayRead;
      return rows;
    };
    const others = createJobs({ store: slow, clock: systemClock, log, concurrency: 1 });
    others.register({ kind: "wait", resumable: false, run: () => mayEnd.then(() => ({ waited: true })) });
    const { id } = await others.start("wait", null, "", analyst);
    const list = others.list();
    const ended = others.onChange(({ state }) => state === "done" && letRead());
    letEnd();
    await mayRead;
    ended();
    expect(await list).toMatchObject([{ id, state: "done", result: { waited: true } }]);
    await others.close();
  });

  test("act for whoever started them", async () => {
    jobs.register({ kind: "who", resumable: false, run: async (_args, { by }) => ({ by }) });
    const { id } = await jobs.start("who", null, "", analyst);
    expect((await jobs.ended(id)).result).toEqual({ by: analyst });
  });

  test("that are cancelled stop, and can go on where they were", async () => {
    jobs.register(counting);
    const { id } = await jobs.start("count", 1_000_000, "many", analyst);
    await until(async () => (await jobs.get(id)).done > 3);
    await jobs.cancel(id);
    const cancelled = await jobs.ended(id);
    expect(cancelled).toMatchObject({ state: "cancelled", resumable: true });
    await expect(jobs.cancel(id)).rejects.toMatchObject({ code: "CONFLICT" });
    await jobs.resume(id);
    await until(async () => (await jobs.get(id)).done > cancelled.done);
    await expect(jobs.resume(id)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("are resumed as soon as they are told to have ended, also while that is being stored", async () => {
    const { promise: stored, resolve: go } = Promise.withResolvers<void>();
    let wait = Promise.resolve();
    const write: typeof store.write = async (...args) => {
      await wait;
      return await store.write(...args);
    };
    const slow = createJobs({ store: { ...store, write }, clock: systemClock, log, concurrency: 2 });
    slow.register({
      ...counting,
      run: async (args: number, context: JobContext<number>) =>
        await count(args, context).finally(() => {
          wait = stored;
        }),
    });
    const { id } = await slow.start("count", 1_000_000, "many", analyst);
    await until(async () => (await slow.get(id)).done > 3);
    await slow.cancel(id);
    await until(async () => (await slow.get(id)).state === "cancelled");
    const resuming = slow.resume(id);
    wait = Promise.resolve();
    go();
    expect(await resuming).toMatchObject({ id, resumable: false });
    await slow.close();
  });

  test("that need a higher role are cancelled and resumed by those who have it", async () => {
    const admin: Principal = { ...analyst, actor: "ada", role: "admin" };
    jobs.register({ ...counting, role: "admin" });
    const { id } = await jobs.start("count", 1_000_000, "many", admin);
    await expect(jobs.cancel(id, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await jobs.cancel(id, admin);
    expect(await jobs.ended(id)).toMatchObject({ state: "cancelled" });
    await expect(jobs.resume(id, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await jobs.resume(id, admin)).toMatchObject({ id, resumable: false });
  });

  test("that wait can be cancelled before they run", async () => {
    jobs = newEngine(1);
    jobs.register(counting);
    const first = await jobs.start("count", 1_000_000, "first", analyst);
    const second = await jobs.start("count", 1, "second", analyst);
    expect((await jobs.get(second.id)).state).toBe("queued");
    expect(await jobs.cancel(second.id)).toMatchObject({ state: "cancelled" });
    expect((await jobs.get(first.id)).state).toBe("running");
  });

  test("what would be in the way of another is refused, and at a start left for later", async () => {
    const busy = new SentinelError("BUSY", "Wait for the other one.");
    const inTheWay = {
      ...counting,
      resumeAtStart: true,
      beforeResume() {
        throw busy;
      },
    };
    jobs.register(inTheWay);
    const { id } = await jobs.start("count", 1_000_000, "first", analyst);
    await until(async () => (await jobs.get(id)).done > 3);
    await jobs.close();
    jobs = newEngine();
    jobs.register(inTheWay);
    await jobs.recover();
    await expect(jobs.resume(id)).rejects.toBe(busy);
    expect(await jobs.get(id)).toMatchObject({ state: "interrupted", resumable: true });
    expect(jobs.goesOn(id)).toBe(false);
  });

  test("after a restart are interrupted, resume where they were, or by themselves when their kind says so", async () => {
    jobs.register(counting);
    jobs.register({ ...counting, kind: "eager" });
    const lazy = await jobs.start("count", 1_000_000, "lazy", analyst);
    const eager = await jobs.start("eager", 1_000_000, "eager", analyst);
    await until(async () => (await jobs.get(lazy.id)).done > 3 && (await jobs.get(eager.id)).done > 3);
    await jobs.close();
    expect(await jobs.get(lazy.id)).toMatchObject({ state: "interrupted", ended_at: null, resumable: true });

    jobs = newEngine();
    const resumedFrom: unknown[] = [];
    const run = async (_args: number, { resumeFrom }: JobContext<number>) => {
      resumedFrom.push(resumeFrom);
      return null;
    };
    jobs.register({ kind: "count", resumable: true, run });
    jobs.register({ kind: "eager", resumable: true, resumeAtStart: true, run });
    await jobs.recover();
    expect((await jobs.ended(eager.id)).state).toBe("done");
    expect((await jobs.get(lazy.id)).state).toBe("interrupted");
    await jobs.resume(lazy.id);
    expect((await jobs.ended(lazy.id)).state).toBe("done");
    expect(resumedFrom).toEqual([expect.any(Number), expect.any(Number)]);
  });

  test.each([
    {
      why: "a coded error says what to do",
      error: new SentinelError("DISK_FULL", "Full."),
      code: "DISK_FULL",
      says: /Free space/,
    },
    {
      why: "a defect says nothing of its own",
      error: new Error("secret detail"),
      code: "INTERNAL",
      says: /^The job failed by a defect/,
    },
  ])("that fail: $why", async ({ error, code, says }) => {
    jobs.register({
      kind: "fail",
      resumable: false,
      run: async () => {
        throw error;
      },
    });
    const { id } = await jobs.start("fail", null, "", enginePrincipal);
    const ended = await jobs.ended(id);
    expect(ended).toMatchObject({
      state: "failed",
      resumable: false,
      error: { code, message: expect.stringMatching(says) },
    });
    await expect(jobs.resume(id)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("tell of their changes at most ten times a second, and of the last one always", async () => {
    const heard: Job[] = [];
    jobs.onChange((job) => heard.push(job));
    jobs.register({
      kind: "busy",
      resumable: false,
      run: async (_args, { progress }) => {
        const end = performance.now() + 250;
        for (let done = 0; performance.now() < end; done++) {
          progress({ done });
          if (done % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        return null;
      },
    });
    const started = performance.now();
    const { id } = await jobs.start("busy", null, "", enginePrincipal);
    await jobs.ended(id);
    const tenths = Math.ceil((performance.now() - started) / 100);
    // One at once, one each tenth of a second, and the last.
    expect(heard.length).toBeLessThanOrEqual(tenths + 2);
    expect(heard.at(-1)).toMatchObject({ id, state: "done" });
  });

  test("of a kind registered twice, or unknown, are a defect; an unknown job is not found", async () => {
    jobs.register(counting);
    expect(() => jobs.register(counting)).toThrow(/twice/);
    expect(() => jobs.start("unknown", null, "", enginePrincipal)).toThrow(/unknown/);
    await expect(jobs.get("nothing")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
