import { randomUUID } from "node:crypto";
import { SentinelError } from "../../shared/errors.ts";
import { topics } from "../../shared/fleet.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { PanicPull } from "../../shared/panic.ts";
import type { Clock } from "./base/clock.ts";
import type { Config } from "./base/config.ts";
import { contentId } from "./base/ids.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { enginePrincipal, fleetActor, type Principal } from "./base/principals.ts";
import type { Tracing } from "./base/tracing.ts";
import { verdictsOfEvidence } from "./detect/verdicts/verdict-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { evidenceEntity } from "./evidence/evidence-tables.ts";
import { arrivalByContent, otherNames } from "./fleet/arrival-table.ts";
import { createEvidenceIntake, type IntakeCounts } from "./fleet/evidence-intake.ts";
import type { FleetPorts } from "./fleet/fleet-ports.ts";
import { createFlowRelay } from "./fleet/flow-relay.ts";
import type { Subscription } from "./fleet/message-bus.ts";
import { createPanicRelay } from "./fleet/panic-relay.ts";
import { type ResultSources, readyAgain } from "./fleet/result-messages.ts";
import { createResultPublishing, type ResultPublishing } from "./fleet/result-publishing.ts";
import { withRetries } from "./fleet/retries.ts";
import { createBoxes } from "./fleet/sealed-box.ts";
import { guardTopics } from "./fleet/topic-guard.ts";
import { createFollowing } from "./following.ts";
import type { Importing } from "./importing.ts";
import { toJudgedSession } from "./judged-session.ts";
import { responseEntity, responseRearmed } from "./respond/policy/response-state.ts";
import { simulationById } from "./respond/simulation/simulation-tables.ts";
import { createSharing, type SharingOptions } from "./sharing-decisions.ts";
import { eventsOfEntity, lastEventOfKind } from "./store/event-table.ts";
import type { Jobs } from "./store/jobs.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";
import type { VerdictQueries } from "./verdict-queries.ts";

export interface FleetOptions {
  readonly ports: FleetPorts;
  readonly config: Pick<Config, Extract<keyof Config, `SENTINEL_KAFKA_${string}`>>;
  readonly nodeId: string;
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly evidence: EvidenceRoom;
  readonly importing: Importing;
  readonly jobs: Jobs;
  readonly queries: VerdictQueries;
  readonly settings: SettingsBook;
  readonly directory: SharingOptions["directory"];
  readonly shelf: SharingOptions["shelf"];
  readonly onChange: () => void;
  /** Hears when verdicts were added or taken away. */
  readonly onVerdicts: (evidenceId: string, added: number) => void;
}

/** Evidence by several engines at once; decisions in one order, for ever. */
const wantedTopics = [
  ...[topics.evidenceCreated, topics.evidenceReady, topics.verdict, topics.simulation, topics.rule].map((topic) => ({
    topic,
    partitions: 12,
    kept: "as_usual" as const,
  })),
  { topic: topics.deadLetter, partitions: 1, kept: "for_ever" as const },
  { topic: topics.decisions, partitions: 1, kept: "for_ever" as const, mostBytes: 8 * 1024 ** 2 },
  { topic: topics.subjectKeys, partitions: 1, kept: "last_of_key" as const },
  { topic: topics.flows, partitions: 1, kept: "last_of_key" as const, mostBytes: 8 * 1024 ** 2 },
];

/** Takes part in a fleet: evidence by messages in, results by messages out. */
export function createFleet(options: FleetOptions) {
  const { ports, config, store, log, clock, metrics, tracing, evidence, importing, jobs, queries, settings } = options;
  const { objects } = ports;
  const role = config.SENTINEL_KAFKA_ROLE;
  const bus = guardTopics(ports.bus, role);
  const { nodeId } = options;
  const following = role === "desktop" ? createFollowing({ ...options, bus, objects }) : null;

  const sources: ResultSources = {
    nodeId,
    evidence: evidence.get,
    arrivalOf: (sha256) => store.read(arrivalByContent, sha256),
    otherNames: (sha256) => store.read(otherNames, sha256),
    traceOf: (sha256) => intake?.traceOf(sha256) ?? null,
    async *verdicts(judged) {
      for (const row of await store.read(verdictsOfEvidence, judged.evidence.id)) {
        yield { verdict: await queries.whole(row), session: toJudgedSession(row, judged) };
      }
    },
    simulation: (id) => store.read(simulationById, id),
  };

  /** What is not judged yet is told of under all of its names once it is. */
  async function answer(sha256: string, evidenceId: string, signal: AbortSignal): Promise<void> {
    const entityId = contentId("evidence", sha256);
    const events = await store.read(eventsOfEntity, { entityType: evidenceEntity, entityId, limit: 100 });
    const judged = events.find(({ kind }) => kind === "evidence.analysed");
    if (judged === undefined) return;
    const told = await readyAgain(judged, evidenceId, sources).catch((error: unknown) => {
      if (error instanceof SentinelError && error.code === "NOT_FOUND") return null;
      throw error;
    });
    if (told !== null) await bus.send([told], signal);
  }

  let subscription: Subscription | null = null;
  const { messages, resultsLeftOut } = metrics.joinFleet({
    lag: async () => (await (following ?? subscription)?.lag()) ?? null,
    resultsBehind: () => publishing.behind(),
  });
  const intake =
    objects === null || following !== null
      ? null
      : createEvidenceIntake({
          bus,
          objects,
          store,
          clock,
          log,
          metrics,
          tracing,
          messages,
          async take(source, arrival) {
            const { job } = await importing.take(source, arrival);
            return { analysed: jobs.ended(job.id) };
          },
          answer,
          keys: async () => (await settings.current()).settings.trusted_keys,
          mustBeSigned: config.SENTINEL_KAFKA_SIGNED,
          mostUnderWay: 2 * config.SENTINEL_KAFKA_CONCURRENCY,
        });
  const [firstKey, ...otherKeys] = ports.keys;
  const boxes = firstKey === undefined ? null : createBoxes([firstKey, ...otherKeys]);
  const flows = boxes === null ? null : createFlowRelay({ bus, boxes, nodeId, clock, log });
  let sharing: Awaited<ReturnType<typeof createSharing>> | null = null;
  const stopping = new AbortController();
  let preparing: Promise<void> = Promise.resolve();
  let beginning: Promise<void> = Promise.resolve();
  const relay = createPanicRelay({
    ...{ bus, store, nodeId, clock, log },
    async rearmedAt() {
      const last = await store.read(lastEventOfKind, { entityType: responseEntity, kind: responseRearmed });
      return last === null ? null : Date.parse(last.at);
    },
  });
  const publishing = createResultPublishing({
    store,
    log,
    bus,
    tracing,
    target: "kafka results",
    onChange: options.onChange,
    onLeftOut: () => resultsLeftOut.inc(),
    sources,
  });

  return {
    /** How engines tell each other of ordinary telemetry; null: this one has no fleet key. */
    flows: flows?.channel ?? null,
    /** Once the engine can take something in. @param pullPanic what its own button does */
    async start(pullPanic: (pull: PanicPull, by: Principal) => Promise<unknown>) {
      // The broker may be away: the engine does not wait for it.
      if (following === null) preparing = withRetries(() => bus.prepare(wantedTopics), stopping.signal).catch(() => {});
      relay.start(({ pressId, actor }, node) =>
        pullPanic({ press_id: pressId }, { ...enginePrincipal, actor: `${fleetActor}${node}: ${actor}` }),
      );
      flows?.start();
      if (boxes !== null) {
        const { directory, shelf, onChange } = options;
        sharing = await createSharing({
          ...{ bus, boxes, directory, store, nodeId, clock, log, metrics, shelf, onChange },
        });
        beginning = sharing.start().catch((error: unknown) => {
          if (!stopping.signal.aborted) log.error({ err: error }, "Decisions of the fleet could not be begun with.");
        });
      }
      await following?.start();
      // SECURITY: engines alone say what the fleet comes to.
      if (following === null) await publishing.follow();
      if (intake === null) return;
      subscription = bus.subscribe({
        topic: topics.evidenceCreated,
        group: config.SENTINEL_KAFKA_GROUP,
        concurrency: config.SENTINEL_KAFKA_CONCURRENCY,
        from: "start",
        take: intake.take,
      });
    },
    /** Tells the other engines of a panic, unless it came from them. */
    tellPanic({ press_id: pressId = randomUUID() }: PanicPull, { actor }: Principal): void {
      if (!actor.startsWith(fleetActor)) relay.tell({ pressId, actor });
    },
    /** Brings evidence that lies at the fleet. Null: this is an engine of the fleet itself. */
    fetch: following?.fetch ?? null,
    /** By name, as the health page shows them. */
    health(): Record<string, ComponentHealth> {
      const telling = intake?.problem("bus") ?? null;
      const reading = subscription?.problem() ?? following?.problem() ?? relay.problem() ?? telling;
      const fetching = intake?.problem("objects") ?? null;
      const storing = intake?.problem("store") ?? null;
      const kafka: ComponentHealth =
        reading !== null
          ? { status: "degraded", detail: reading }
          : {
              status: "healthy",
              detail: following?.inWords() ?? (intake === null ? "Results are told" : inWords(intake.counts())),
            };
      const results = resultsHealth(publishing);
      return {
        kafka: results !== null && reading === null ? results : kafka,
        ...(sharing === null ? {} : { fleet: healthOf(sharing) }),
        ...(intake === null
          ? {}
          : { s3: fetching === null ? fetchedHealth(intake.counts()) : { status: "degraded", detail: fetching } }),
        // In place of how much room there is: that is what is asked next.
        ...(storing === null
          ? {}
          : { store: { status: "degraded", detail: `Evidence of the fleet waits: ${storing}` } }),
      };
    },
    async close() {
      stopping.abort();
      await preparing;
      await Promise.all([subscription, following, relay, sharing, flows].map((one) => one?.close()));
      await beginning;
      await publishing.close();
      await bus.close();
      objects?.close();
    },
  };
}

/** Null: all results are told. */
function resultsHealth({ health, leftOut }: ResultPublishing): ComponentHealth | null {
  const published = health();
  if (published?.status === "degraded") return published;
  const count = leftOut();
  if (count === 0) return null;
  const detail = `${count} results were larger than the brokers take and were not told: raise max.message.bytes of their topics to 1 MiB or more.`;
  return { status: "degraded", detail };
}

function healthOf({ problem, counts }: Awaited<ReturnType<typeof createSharing>>): ComponentHealth {
  const why = problem();
  const { told, accepted, rejected, refused } = counts();
  if (why !== null) return { status: "degraded", detail: `Decisions wait: ${why}` };
  const detail = `${told} decisions told, ${accepted} accepted and ${rejected} taken back since the start`;
  // SECURITY: somebody writes to the topic who is no engine of this fleet, or an engine has another key.
  if (refused > 0) return { status: "degraded", detail: `${detail}; ${refused} not of this fleet, passed over` };
  return { status: "healthy", detail };
}

/** Whether S3 answers is known of a server that was asked for something. */
function fetchedHealth({ taken }: IntakeCounts): ComponentHealth {
  return {
    status: "healthy",
    detail: taken === 0 ? "Nothing was fetched since the start" : "It gave what was asked for last",
  };
}

function inWords({ taken, repeated, refused }: IntakeCounts): string {
  return `${taken} ${taken === 1 ? "piece" : "pieces"} of evidence taken in, ${repeated} known before, ${refused} put aside since the start`;
}
