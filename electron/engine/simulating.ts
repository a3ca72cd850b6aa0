import { availableParallelism } from "node:os";
import { SentinelError } from "../../shared/errors.ts";
import type { LiveMessage } from "../../shared/live.ts";
import type { Settings } from "../../shared/settings.ts";
import type { SimulationApplication } from "../../shared/simulation.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import type { Tracing } from "./base/tracing.ts";
import type { VerdictRow } from "./detect/verdicts/verdict-tables.ts";
import type { Engine } from "./engine-interface.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { createLogBook } from "./respond/simulation/log-book.ts";
import { planApplication } from "./respond/simulation/own-application.ts";
import { createPlaces } from "./respond/simulation/places.ts";
import { planSession } from "./respond/simulation/plan-session.ts";
import { type Outcome, runSimulation } from "./respond/simulation/run-simulation.ts";
import {
  endUnfinished,
  latestSimulations,
  type NamedSimulation,
  playedPayloads,
  type SimulationDetails,
  type SimulationRow,
  savePlayed,
  saveSimulation,
  simulationById,
  unsimulated,
} from "./respond/simulation/simulation-tables.ts";
import { pairPayloads, statusOf, toConfirmed, toSimulation, toSummary } from "./respond/simulation/simulation-views.ts";
import { findSimulatorFiles, missingFile } from "./respond/simulation/simulator-files.ts";
import { createSlowTeller } from "./respond/simulation/tell-slowly.ts";
import type { ConfirmedPayload } from "./rule-samples.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";

export const simulationEntity = "simulation";

interface Asked {
  readonly verdictId: string;
  readonly evidenceId: string;
  readonly session: string;
  readonly application: SimulationApplication;
  readonly automatic: boolean;
}

/** What an analyst waits for goes before what nobody does. */
const priorities = { asked: 10, automatic: 0 } as const;
/** Sessions of one piece of evidence that are simulated without being asked. */
const mostAutomatic = 50;
const noDetails: SimulationDetails = { sinks: [], isolation: [], driver: "", notes: [], log: [] };

export interface Simulating {
  readonly job: JobKind<Asked, never>;
  readonly operations: Engine["simulations"];
  /** Simulates the verdicts of `simulate` of a piece of evidence, where that is switched on and not held. */
  consider(evidenceId: string): void;
  /**
   * Samples for rules. @param id a simulation's, or a verdict's: then of the latest one of its session that is done
   * @throws SentinelError NOT_FOUND
   */
  confirmedPayloads(id: string): Promise<ConfirmedPayload[]>;
  /** Panic: what runs and what waits is cancelled. Its sandbox is gone already. */
  stop(): Promise<void>;
  /** What an engine that ended left. */
  recover(): Promise<void>;
}

/** Replays payloads of sessions in sandboxes: a queue with priorities, its jobs, and what is stored of them. */
export function createSimulating(options: {
  readonly store: StoreHost;
  readonly evidence: EvidenceRoom;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "simulations" | "simulationDuration">;
  readonly tracing: Tracing;
  readonly supervisor: SupervisorClient;
  readonly settings: () => Promise<Settings>;
  readonly find: (verdictId: string) => Promise<VerdictRow>;
  /** Whether panic was pulled and nobody re-armed yet: then nothing starts by itself. */
  readonly isHeld: () => Promise<boolean>;
  readonly resources: string;
  /** Simulations at once. */
  readonly atMost: number;
  readonly publish: (message: LiveMessage) => void;
}): Simulating {
  const { store, evidence, jobs, clock, log, metrics, tracing, supervisor, settings, publish } = options;
  const files = findSimulatorFiles(options.resources);
  const tell = createSlowTeller((id) => publish({ type: "simulations", id }));
  const place = createPlaces(options.atMost);
  // Half of the cores: what nobody waits for leaves room for what somebody does.
  const automaticPlace = createPlaces(Math.max(1, Math.min(options.atMost, Math.floor(availableParallelism() / 2))));
  const live = new Map<string, SimulationRow>();

  function whyNot(): string | null {
    const { status, detail } = supervisor.status();
    return status === "healthy" ? missingFile(files) : detail.replace(/^Not simulated: /, "");
  }

  async function save(row: SimulationRow): Promise<SimulationRow> {
    live.set(row.id, row);
    await store.write(saveSimulation, row);
    publish({ type: "simulations", id: row.id });
    return row;
  }

  async function note(id: string, kind: "simulation.started" | "simulation.ended", payload: object, by: Principal) {
    const baseVersion = kind === "simulation.started" ? 0 : 1;
    const draft = { entityType: simulationEntity, entityId: id, baseVersion, kind, payload, inverse: null };
    await store.append([draft], by);
  }

  async function ask(asked: Asked, by: Principal): Promise<string> {
    const { verdictId: verdict_id, evidenceId: evidence_id, session, application } = asked;
    const job = await jobs.start("simulation", asked, `Simulation of ${session}`, by);
    const row: SimulationRow = {
      ...asked,
      id: job.id,
      actor: by.actor,
      state: "queued",
      verdict: null,
      score: null,
      reason: "",
      payloads: 0,
      confirmed: 0,
      askedAt: toInstant(clock.now()),
      endedAt: null,
      tookMs: null,
      details: noDetails,
    };
    await save(row);
    await note(job.id, "simulation.started", { verdict_id, evidence_id, session, application }, by);
    begun.get(job.id)?.resolve();
    begun.delete(job.id);
    return job.id;
  }

  /** A job may run before its row is written. */
  const begun = new Map<string, PromiseWithResolvers<void>>();
  async function whenBegun(id: string): Promise<SimulationRow> {
    if (!live.has(id)) {
      const wait = Promise.withResolvers<void>();
      begun.set(id, wait);
      await wait.promise;
    }
    return live.get(id)!;
  }

  async function run(asked: Asked, context: JobContext<never>): Promise<Record<string, unknown>> {
    const { id, by, signal } = context;
    const began = await whenBegun(id);
    try {
      context.progress({ step: "waiting for a sandbox" });
      const freeAutomatic = asked.automatic ? await automaticPlace(priorities.automatic, signal) : () => undefined;
      const free = await place(asked.automatic ? priorities.automatic : priorities.asked, signal).catch((error) => {
        freeAutomatic();
        throw error;
      });
      try {
        await save({ ...began, state: "running" });
        const outcome = await tracing.span("simulation", {}, async (span) => {
          const ended = await simulate(asked, context);
          const { payloads, confirmed } = live.get(id)!;
          const counts = { "sentinel.payloads": payloads, "sentinel.confirmed": confirmed };
          span.set({ "sentinel.outcome": ended.verdict, ...counts });
          return ended;
        });
        const row = await finish(id, { ...outcome, state: "done" });
        metrics.simulations.inc({ verdict: outcome.verdict });
        if (outcome.tookMs !== null) metrics.simulationDuration.observe(outcome.tookMs / 1_000);
        const { verdict, score } = outcome;
        await note(id, "simulation.ended", { verdict, score, confirmed: row.confirmed }, by);
        return { simulation: id, verdict };
      } finally {
        free();
        freeAutomatic();
      }
    } catch (error) {
      const reason = error instanceof SentinelError ? error.message : "It failed by a defect; see the log.";
      await finish(id, {
        state: signal.aborted ? "cancelled" : "failed",
        reason: signal.aborted ? "It was cancelled." : reason,
      });
      throw error;
    } finally {
      live.delete(id);
    }
  }

  async function finish(id: string, end: Partial<Outcome> & Pick<SimulationRow, "state">): Promise<SimulationRow> {
    const row = live.get(id)!;
    const { isolation = row.details.isolation, driver = row.details.driver, ...rest } = end;
    return await save({
      ...row,
      ...rest,
      endedAt: toInstant(clock.now()),
      details: { ...row.details, isolation, driver },
    });
  }

  async function simulate(asked: Asked, { id, signal, progress }: JobContext<never>): Promise<Outcome> {
    const not = (reason: string): Outcome => ({
      ...{ verdict: "not_simulated", score: null, reason },
      ...{ tookMs: null, driver: "", isolation: [] },
    });
    const problem = whyNot();
    if (problem !== null) return not(problem);
    const update = (change: Partial<SimulationRow>) => live.set(id, { ...live.get(id)!, ...change });
    const detail = (change: Partial<SimulationDetails>) => update({ details: { ...live.get(id)!.details, ...change } });
    try {
      const { application, image, mounts, egress } = planApplication(asked.application, await settings());
      progress({ step: "reading the evidence" });
      const plan = await planSession({ store, evidence }, await options.find(asked.verdictId), application, signal);
      update({ payloads: plan.payloads.length });
      detail({
        notes: image === null ? plan.notes : [...plan.notes, `Your own application runs from the image ${image}.`],
      });
      await save(live.get(id)!);
      progress({ step: "playing", done: 0, total: plan.plan.steps.length, unit: "requests" });
      const addLine = createLogBook((lines) => detail({ log: lines }));
      const written: Promise<unknown>[] = [];
      const confirmed = new Set<number>();
      const outcome = await runSimulation(supervisor, files, plan, {
        image,
        mounts,
        egress,
        label: `Simulation of ${asked.session}`,
        priority: asked.automatic ? priorities.automatic : priorities.asked,
        signal,
        listener: {
          onSinks: (sinks) => detail({ sinks }),
          onLog: (line) => {
            addLine(line);
            tell(id);
          },
          onEgress: (records) => detail({ egress: records }),
          onProgress: (done, total) => progress({ done, total }),
          onPlayed: (played) => {
            if (played.confirmed) confirmed.add(played.n);
            update({ confirmed: confirmed.size });
            written.push(store.write(savePlayed, { simulation: id, played }).then(() => tell(id)));
          },
        },
      });
      await Promise.all(written);
      signal.throwIfAborted();
      return outcome;
    } catch (error) {
      if (signal.aborted || !(error instanceof SentinelError)) throw error;
      // No driver, a mount that cannot be, nothing to play: said, and never taken for harmless.
      return not(error.message);
    }
  }

  async function rowOf(id: string): Promise<NamedSimulation> {
    const row = await store.read(simulationById, id);
    if (row === null) throw new SentinelError("NOT_FOUND", "There is no such simulation.");
    return { ...row, ...live.get(id) };
  }

  async function automatic(): Promise<"on" | "off" | "held"> {
    if ((await settings()).simulate_automatically === "off") return "off";
    return (await options.isHeld()) ? "held" : "on";
  }

  async function startAutomatic(evidenceId: string): Promise<void> {
    if (whyNot() !== null || (await automatic()) !== "on") return;
    const ids = await store.read(unsimulated, { evidenceId, limit: mostAutomatic });
    const application = (await settings()).own_app_command.length > 0 ? "own" : "shop";
    for (const verdictId of ids) {
      const { session } = await options.find(verdictId);
      await ask({ verdictId, evidenceId, session, application, automatic: true }, enginePrincipal);
    }
    if (ids.length === mostAutomatic)
      log.info({ evidence_id: evidenceId }, "Not every session is simulated by itself.");
  }

  return {
    job: {
      kind: "simulation",
      role: "analyst",
      resumable: false,
      light: true,
      evidenceOf: ({ evidenceId }) => evidenceId,
      run,
    },
    async recover() {
      await store.write(endUnfinished, toInstant(clock.now()));
    },
    async stop() {
      const ids = [...live.keys()];
      // One that ended meanwhile is what is wanted.
      await Promise.all(ids.map((id) => jobs.cancel(id).catch(() => undefined)));
    },
    consider(evidenceId) {
      startAutomatic(evidenceId).catch((error: unknown) => {
        const isClosing = error instanceof SentinelError && error.code === "UNAVAILABLE";
        if (isClosing) log.info({ evidence_id: evidenceId }, "The engine closed before verdicts were simulated.");
        else log.error({ err: error, evidence_id: evidenceId }, "Verdicts could not be simulated.");
      });
    },
    async confirmedPayloads(id) {
      const row = (await store.read(simulationById, id)) ?? (await latestOf(id));
      const played = row === null ? [] : await store.read(playedPayloads, row.id);
      return played.filter(({ confirmed }) => confirmed).map((one) => toConfirmed(row!, one));
    },
    operations: {
      async start({ verdict_id, application }, by) {
        const { evidenceId, session } = await options.find(verdict_id);
        if ((await options.evidence.get(evidenceId)).atFleet) {
          throw new SentinelError("EVIDENCE_ELSEWHERE", "What would be sent lies at the fleet. Fetch it first.");
        }
        planApplication(application, await settings());
        return { id: await ask({ verdictId: verdict_id, evidenceId, session, application, automatic: false }, by) };
      },
      async list({ verdict_id, limit }) {
        const of = verdict_id === undefined ? null : await options.find(verdict_id);
        const rows = await store.read(latestSimulations, { of, limit });
        return rows.map((row) => toSummary({ ...row, ...live.get(row.id) }));
      },
      async get({ id }) {
        return toSimulation(await rowOf(id), await store.read(playedPayloads, id));
      },
      async compare({ id, other }) {
        const [left, right] = [await rowOf(id), await rowOf(other)];
        const [mine, theirs] = [await store.read(playedPayloads, id), await store.read(playedPayloads, other)];
        return { left: toSummary(left), right: toSummary(right), rows: pairPayloads(mine, theirs) };
      },
      async cancel({ id }, by) {
        await rowOf(id);
        await jobs.cancel(id, by);
        await jobs.ended(id);
        return toSummary(await rowOf(id));
      },
      async status() {
        const { own_app_command } = await settings();
        const said = { problem: whyNot(), detail: supervisor.status().detail, automatic: await automatic() };
        return statusOf(said, own_app_command.length > 0);
      },
    },
  };

  async function latestOf(verdictId: string): Promise<NamedSimulation | null> {
    const rows = await store.read(latestSimulations, { of: await options.find(verdictId), limit: 50 });
    return rows.find(({ state }) => state === "done") ?? null;
  }
}
