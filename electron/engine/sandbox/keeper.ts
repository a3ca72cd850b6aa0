import { SentinelError } from "../../../shared/errors.ts";
import type { SandboxesEnded } from "../../../shared/panic.ts";
import type { DrillResult, LiveSandbox, SandboxSight } from "../../../shared/sandbox.ts";
import { type Clock, toInstant } from "../base/clock.ts";
import { defaultLimits, type OnOutput, type Sandbox, type SandboxDriver } from "./driver.ts";
import { pidsOfTree } from "./process-tree.ts";
import { markOf, type SandboxRegister } from "./reaper.ts";
import { createRunQueue } from "./run-queue.ts";
import { describeEnd, type EndReason, type SandboxExit, type SandboxSpec } from "./spec.ts";

/** One command to be run in a sandbox of its own, once there is a place for it. */
export interface Run {
  /** Its caller's number for it, unique while it lasts. */
  readonly id: number;
  readonly spec: SandboxSpec;
  /** Higher goes first. */
  readonly priority: number;
  readonly onOutput: OnOutput;
}

/** Owns every sandbox of this machine's engine. Lives in the supervisor process. */
export interface Keeper {
  /** Starts one at once, past the queue. @throws SentinelError UNAVAILABLE when it does not come up, CANCELLED when panic was pulled meanwhile */
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Fulfilled with how it ended, also when it never began. @throws SentinelError UNAVAILABLE, INPUT_INVALID when it cannot be started */
  run(run: Run): Promise<SandboxExit>;
  /** Ends a run, or takes it out of the queue. */
  cancel(id: number): void;
  /** Empties the queue, kills every sandbox and waits until it is gone. */
  panic(): Promise<SandboxesEnded>;
  /** Starts harmless sandboxes and ends them, and no other, as panic does. @throws SentinelError as `start` does, CONFLICT during another */
  drill(): Promise<DrillResult>;
  /** What lives and what waits. */
  look(): Pick<SandboxSight, "live" | "queue" | "at_most">;
  readonly held: number;
}

interface Kept {
  readonly number: number;
  readonly sandbox: Sandbox;
  readonly spec: SandboxSpec;
  readonly startedAt: number;
}

/** One that is coming up. */
interface Starting {
  readonly stop: AbortController;
  /** Fulfilled once there is nothing of it. */
  readonly gone: Promise<unknown>;
}

/** Time after which panic reports although a process is still in the kernel's hands, milliseconds. */
const maxWaitMs = 2_000;
const drilledSandboxes = 8;
/** One shell, and three that it starts, in each of them. */
const drillScript = "for i in 1 2 3; do sleep 60 & done; wait";
const drillLifeMs = 60_000;
const drillUpEveryMs = 10;
const drillUpTries = 200;
/** Processes of a drilled sandbox once it is up. */
const drilledProcesses = 5;

/** @param atMost sandboxes that run at once; what comes beyond them waits */
export function createKeeper(driver: SandboxDriver, register: SandboxRegister, atMost: number, clock: Clock): Keeper {
  const kept = new Set<Kept>();
  const starting = new Set<Starting>();
  const queue = createRunQueue(atMost);
  /** How to end each run, wherever it stands; and since when it is there. */
  const runs = new Map<number, { end: (reason: EndReason) => void; spec: SandboxSpec; askedAt: number }>();
  // Counts panics, so that a sandbox which was starting when one came does not slip through.
  let panics = 0;
  let started = 0;

  async function start(spec: SandboxSpec, onOutput: OnOutput): Promise<Sandbox> {
    const before = panics;
    const stop = new AbortController();
    const up = driver.start(spec, onOutput, stop.signal);
    const gone = up.then(async (sandbox) => await sandbox.ended).catch(() => undefined);
    const coming: Starting = { stop, gone };
    starting.add(coming);
    const sandbox = await up
      .catch((error: unknown) => {
        throw panics === before ? error : pulledMeanwhile();
      })
      .finally(() => starting.delete(coming));
    const one: Kept = { number: ++started, sandbox, spec, startedAt: clock.now() };
    const { pid } = sandbox;
    if (pid !== null) register.add(pid);
    kept.add(one);
    void sandbox.ended.then(() => {
      kept.delete(one);
      if (pid !== null) register.remove(pid);
    });
    if (panics !== before) {
      sandbox.kill("panic");
      throw pulledMeanwhile();
    }
    return sandbox;
  }

  function run({ id, spec, priority, onOutput }: Run): Promise<SandboxExit> {
    const outcome = Promise.withResolvers<SandboxExit>();
    let asked: EndReason | null = null;
    let sandbox: Sandbox | undefined;
    const end = (reason: EndReason) => {
      asked ??= reason;
      sandbox?.kill(reason);
      // What has not begun ends here and now.
      if (queue.remove(id)) outcome.resolve(endUnstarted(reason, spec));
    };
    runs.set(id, { end, spec, askedAt: clock.now() });
    const begin = async (): Promise<void> => {
      try {
        sandbox = await start(spec, onOutput);
        if (asked !== null) sandbox.kill(asked);
        outcome.resolve(await sandbox.ended);
      } catch (error) {
        if (asked === null) outcome.reject(error);
        else outcome.resolve(endUnstarted(asked, spec));
      }
    };
    queue.add({ id, priority, run: begin });
    return outcome.promise.finally(() => runs.delete(id));
  }

  let isDrilling = false;
  async function drillAlone(): Promise<DrillResult> {
    // SECURITY: its sandboxes go past the queue, so whoever may drill could start any number of them.
    if (isDrilling) throw new SentinelError("CONFLICT", "Panic is being rehearsed: wait until that is over.");
    isDrilling = true;
    return await drill().finally(() => {
      isDrilling = false;
    });
  }

  async function drill(): Promise<DrillResult> {
    const spec: SandboxSpec = {
      label: "Panic drill",
      command: ["/usr/bin/sh", "-c", drillScript],
      mounts: [],
      input: null,
      limits: { ...defaultLimits, wallMs: drillLifeMs },
    };
    const starts = await Promise.allSettled([...Array(drilledSandboxes)].map(() => start(spec, () => undefined)));
    const sandboxes = starts.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    try {
      const failed = starts.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      const { pids, processes } = await waitUntilUp(sandboxes);
      const { took_ms, left: lasting } = await endAll(sandboxes, "cancelled", []);
      // Of what this machine does not see, the sandboxes that did not end.
      const left = pids === null ? lasting : pids.filter((pid) => markOf(pid) !== undefined).length;
      return { sandboxes: sandboxes.length, processes, took_ms, left };
    } finally {
      for (const sandbox of sandboxes) sandbox.kill("cancelled");
    }
  }

  return {
    get held() {
      return kept.size;
    },
    start: (spec) => start(spec, () => undefined),
    run,
    cancel: (id) => runs.get(id)?.end("cancelled"),
    async panic() {
      panics += 1;
      const targets = [...kept].map(({ sandbox }) => sandbox);
      const coming = [...starting];
      for (const { stop } of coming) stop.abort();
      const ending = endAll(
        targets,
        "panic",
        coming.map(({ gone }) => gone),
      );
      // First what lives: the queue is only a list.
      for (const { end } of [...runs.values()]) end("panic");
      return await ending;
    },
    drill: drillAlone,
    look: () => ({
      at_most: atMost,
      live: [...kept].map((one) => toLive(one, driver.name, clock.now())),
      queue: queue.waiting().flatMap(({ id, priority }) => {
        const waiting = runs.get(id);
        if (waiting === undefined) return [];
        return [{ label: waiting.spec.label, priority, waiting_ms: clock.now() - waiting.askedAt }];
      }),
    }),
  };
}

/**
 * Kills sandboxes and waits until they are gone, but not for ever.
 * @param others fulfilled as each is gone that somebody else killed
 */
async function endAll(
  targets: readonly Sandbox[],
  reason: EndReason,
  others: readonly Promise<unknown>[],
): Promise<SandboxesEnded> {
  const started = performance.now();
  let destroyed = 0;
  const ends = [...targets.map(({ ended }) => ended), ...others].map((end) => end.then(() => (destroyed += 1)));
  for (const sandbox of targets) sandbox.kill(reason);
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, maxWaitMs);
  await Promise.race([Promise.all(ends), late.promise]);
  clearTimeout(timer);
  return { destroyed, left: ends.length - destroyed, took_ms: performance.now() - started };
}

/** Waits until the shells inside have started what they start. @returns every process of them; null where this machine does not see them */
async function waitUntilUp(
  sandboxes: readonly Sandbox[],
): Promise<{ readonly pids: readonly number[] | null; readonly processes: number }> {
  const areSeen = sandboxes.every(({ pid }) => pid !== null);
  const listPids = () => sandboxes.flatMap(({ pid }) => (pid === null ? [] : pidsOfTree(pid)));
  const count = () => sandboxes.reduce((sum, sandbox) => sum + sandbox.usage().processes, 0);
  for (let tries = 0; tries < drillUpTries; tries += 1) {
    if ((areSeen ? listPids().length : count()) >= sandboxes.length * drilledProcesses) break;
    await new Promise((resolve) => setTimeout(resolve, drillUpEveryMs));
  }
  const pids = areSeen ? listPids() : null;
  return { pids, processes: pids?.length ?? count() };
}

function toLive({ number, sandbox, spec, startedAt }: Kept, driver: string, now: number): LiveSandbox {
  const { wallMs, memoryBytes } = spec.limits;
  const usage = sandbox.usage();
  const age = now - startedAt;
  return {
    id: number,
    label: spec.label,
    driver,
    started_at: toInstant(startedAt),
    age_ms: age,
    ends_in_ms: wallMs === null ? null : Math.max(0, wallMs - age),
    memory_bytes: usage.memoryBytes,
    memory_limit_bytes: memoryBytes,
    processes: usage.processes,
    cpu_ms: usage.cpuMs,
    alive: sandbox.isAlive(),
  };
}

function pulledMeanwhile(): SentinelError {
  return new SentinelError("CANCELLED", "Panic was pulled while the sandbox started.");
}

/** The end of a run that never began. */
export function endUnstarted(reason: EndReason, spec: SandboxSpec): SandboxExit {
  const detail = describeEnd(reason, null, spec.limits);
  return { reason, detail, code: null, signal: null, tookMs: 0, driver: "", isolation: [] };
}
