import { statfs } from "node:fs/promises";
import type { ComponentHealth, Health } from "../../shared/health.ts";
import type { MemoryStatus } from "../../shared/memory.ts";
import type { ModelServerHealth } from "../../shared/model-server.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import type { Enriching } from "./enriching.ts";
import type { Models } from "./models.ts";
import type { RefitStatus, Refitting } from "./refitting.ts";
import type { Releases } from "./releases.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import type { Jobs } from "./store/jobs.ts";
import type { LogFollower } from "./store/log-follower.ts";
import type { TelemetryRoom } from "./telemetry.ts";
import type { FolderWatch } from "./watching.ts";

/** Free space on the data directory's disk below which the engine calls itself degraded, bytes. */
const leastFreeBytes = 1024 ** 3;

/** The state of the engine as the health page shows it. */
export async function readHealth(engine: {
  version: string;
  clock: Clock;
  supervisor: SupervisorClient;
  jobs: Jobs;
  models: Pick<Models, "behaviour" | "behaviourProblem">;
  serving: Pick<ModelServerHealth, "model" | "tier">;
  refitting: Pick<Refitting, "status">;
  watching: FolderWatch;
  enriching: Pick<Enriching, "health">;
  forwarding: LogFollower;
  siem: { health(): Record<string, ComponentHealth> };
  fleet: { health(): Record<string, ComponentHealth> } | null;
  champion: { health(): ComponentHealth | null } | null;
  sharing: { health(): Record<string, ComponentHealth> };
  telemetry: TelemetryRoom;
  gatekeeping: { health(): Promise<ComponentHealth | null> };
  response: { health(): Promise<ComponentHealth | null> };
  assisting: { health(): Record<string, ComponentHealth> };
  memory: { status(): Promise<MemoryStatus> };
  scanning: { health(): ComponentHealth | null };
  releases: Pick<Releases, "health" | "newer">;
  disk: string;
}): Promise<Health> {
  const { supervisor, models, telemetry } = engine;
  const sandbox = supervisor.status();
  const components: Record<string, ComponentHealth> = {
    store: await diskHealth(engine.disk),
    detector: detectorHealth(models, engine.serving, engine.refitting.status()),
    sandbox: { status: sandbox.status, detail: sandbox.detail },
    jobs: await jobHealth(engine.jobs),
    ...telemetry.health(),
    ...engine.assisting.health(),
    ...engine.fleet?.health(),
    ...engine.sharing.health(),
    ...engine.siem.health(),
    embeddings: await embeddingHealth(engine.memory),
  };
  const watched = engine.watching.status();
  if (watched !== null) components.watched_folder = folderHealth(watched);
  const enrichment = engine.enriching.health();
  if (enrichment !== null) components.enrichment = enrichment;
  const forwarded = engine.forwarding.health();
  if (forwarded !== null) components.syslog = forwarded;
  const gatekeepers = await engine.gatekeeping.health();
  if (gatekeepers !== null) components.gatekeepers = gatekeepers;
  const rules = await engine.response.health();
  if (rules !== null) components.rules = rules;
  const followed = engine.champion?.health() ?? null;
  if (followed !== null) components.fleet_model = followed;
  const guard = engine.scanning.health();
  if (guard !== null) components.prompt_guard = guard;
  const updates = engine.releases.health();
  if (updates !== null) components.updates = updates;
  const newer = engine.releases.newer();
  const isDegraded = Object.values(components).some(({ status }) => status === "degraded" || status === "down");
  return {
    status: isDegraded ? "degraded" : "healthy",
    timestamp: toInstant(engine.clock.now()),
    history_size: telemetry.historySize(),
    detector_trained: telemetry.isTrained(),
    version: engine.version,
    ...(newer === null ? {} : { newer_version: newer }),
    components,
  };
}

function detectorHealth(
  { behaviour, behaviourProblem }: Pick<Models, "behaviour" | "behaviourProblem">,
  { model, tier }: Pick<ModelServerHealth, "model" | "tier">,
  { fit, isMissing }: RefitStatus,
): ComponentHealth {
  const models = `Payload model ${model.kind} ${model.hash.slice(0, 12)}, behaviour ${behaviour.kind} ${behaviour.hash.slice(0, 12)}`;
  if (model.problem !== null) {
    return { status: "degraded", detail: `${models}; the chosen payload model cannot be used: ${model.problem}` };
  }
  if (tier === "rules") {
    return { status: "degraded", detail: `${models}; the payload model does not answer: rules judge in its place` };
  }
  if (behaviour.kind === "heuristic") {
    return {
      status: "degraded",
      detail: `${models}; limits that are written down judge behaviour: ${behaviourProblem}`,
    };
  }
  if (isMissing) return { status: "degraded", detail: `${models}, as shipped: the one fitted here cannot be read` };
  const origin =
    fit === null
      ? "as shipped, fitted to invented sessions"
      : `fitted ${fit.at.slice(0, 10)} to ${fit.sessions} sessions of this machine`;
  return { status: "healthy", detail: `${models}, ${origin}` };
}

/** Refused files that health names. */
const namedFiles = 5;

function folderHealth({ folder, files, count }: NonNullable<ReturnType<FolderWatch["status"]>>): ComponentHealth {
  if (count === 0) return { status: "healthy", detail: folder };
  const named = files.slice(0, namedFiles).map(({ fileName, code, message }) => `${fileName}: ${code}: ${message}`);
  const more = count > named.length ? ` And ${count - named.length} more.` : "";
  return { status: "degraded", detail: `Not imported: ${named.join(" ")}${more}` };
}

async function diskHealth(path: string): Promise<ComponentHealth> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free < leastFreeBytes ? { status: "degraded", detail: `Only ${detail}` } : { status: "healthy", detail };
}

async function jobHealth(jobs: Jobs): Promise<ComponentHealth> {
  const active = (await jobs.list()).filter(({ state }) => state === "running" || state === "queued").length;
  return { status: "healthy", detail: active === 1 ? "1 job active" : `${active} jobs active` };
}

async function embeddingHealth(memory: { status(): Promise<MemoryStatus> }): Promise<ComponentHealth> {
  const { embedder } = await memory.status();
  return { status: "healthy", detail: embedder.name };
}
