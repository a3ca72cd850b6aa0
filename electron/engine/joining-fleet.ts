import { topics } from "../../shared/fleet.ts";
import type { ComponentHealth } from "../../shared/health.ts";
import type { Clock } from "./base/clock.ts";
import type { Config } from "./base/config.ts";
import type { Logger } from "./base/logging.ts";
import type { Metrics } from "./base/metrics.ts";
import { verdictsOfEvidence } from "./detect/verdicts/verdict-tables.ts";
import type { EvidenceRoom } from "./evidence/evidence.ts";
import { arrivalByContent } from "./fleet/arrival-table.ts";
import { createEvidenceIntake, type IntakeCounts } from "./fleet/evidence-intake.ts";
import type { FleetPorts } from "./fleet/fleet-ports.ts";
import type { Subscription } from "./fleet/message-bus.ts";
import { createResultPublishing } from "./fleet/result-publishing.ts";
import type { Importing } from "./importing.ts";
import { simulationById } from "./respond/simulation/simulation-tables.ts";
import type { Jobs } from "./store/jobs.ts";
import type { SettingsBook } from "./store/settings.ts";
import type { StoreHost } from "./store/store.ts";
import type { VerdictQueries } from "./verdict-queries.ts";

export interface FleetOptions {
  readonly ports: FleetPorts;
  readonly config: Pick<Config, "SENTINEL_KAFKA_GROUP" | "SENTINEL_KAFKA_SIGNED" | "SENTINEL_KAFKA_CONCURRENCY">;
  readonly nodeId: string;
  readonly store: StoreHost;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly evidence: EvidenceRoom;
  readonly importing: Importing;
  readonly jobs: Jobs;
  readonly queries: VerdictQueries;
  readonly settings: SettingsBook;
  readonly onChange: () => void;
}

/** Takes part in a fleet: evidence by messages in, results by messages out. */
export function createFleet(options: FleetOptions) {
  const { ports, config, store, log, clock, metrics, evidence, importing, jobs, queries, settings } = options;
  const { bus, objects } = ports;

  const intake =
    objects === null
      ? null
      : createEvidenceIntake({
          bus,
          objects,
          store,
          clock,
          log,
          metrics,
          async take(source, arrival) {
            const { job } = await importing.take(source, arrival);
            return { analysed: jobs.ended(job.id) };
          },
          keys: async () => (await settings.current()).settings.trusted_keys,
          mustBeSigned: config.SENTINEL_KAFKA_SIGNED,
          mostUnderWay: 2 * config.SENTINEL_KAFKA_CONCURRENCY,
        });
  let subscription: Subscription | null = null;
  const publishing = createResultPublishing({
    store,
    log,
    bus,
    target: "kafka results",
    onChange: options.onChange,
    sources: {
      nodeId: options.nodeId,
      evidence: evidence.get,
      nameOf: async (sha256) => (await store.read(arrivalByContent, sha256))?.evidence_id ?? null,
      async *verdicts(id) {
        for (const row of await store.read(verdictsOfEvidence, id)) yield await queries.whole(row);
      },
      simulation: (id) => store.read(simulationById, id),
    },
  });

  return {
    /** Once the engine can take something in. */
    async start() {
      await publishing.follow();
      if (intake === null) return;
      subscription = bus.subscribe({
        topic: topics.evidenceCreated,
        group: config.SENTINEL_KAFKA_GROUP,
        concurrency: config.SENTINEL_KAFKA_CONCURRENCY,
        take: intake.take,
      });
    },
    /** By name, as the health page shows them. */
    health(): Record<string, ComponentHealth> {
      const reading = subscription?.problem() ?? null;
      const taking = intake?.problem() ?? null;
      const kafka: ComponentHealth =
        reading !== null
          ? { status: "degraded", detail: reading }
          : { status: "healthy", detail: intake === null ? "Results are told" : inWords(intake.counts()) };
      const published = publishing.health();
      return {
        kafka: published?.status === "degraded" && reading === null ? published : kafka,
        ...(intake === null
          ? {}
          : { s3: taking === null ? { status: "healthy" } : { status: "degraded", detail: taking } }),
      };
    },
    async close() {
      await subscription?.close();
      await publishing.close();
      await bus.close();
      objects?.close();
    },
  };
}

function inWords({ taken, repeated, refused }: IntakeCounts): string {
  return `${taken} pieces of evidence taken in, ${repeated} known before, ${refused} put aside since the start`;
}
