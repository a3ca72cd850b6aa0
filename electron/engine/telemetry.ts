import type { Clock } from "./base/clock.ts";
import { uuidv7 } from "./base/ids.ts";
import { enginePrincipal, type Principal } from "./base/principals.ts";
import { createFitWorker } from "./detect/telemetry/fit-worker.ts";
import type { FlowChannel } from "./detect/telemetry/flow-exchange.ts";
import { parseDeclaredFeatures } from "./detect/telemetry/flow-feature.ts";
import { openOverrideBook } from "./detect/telemetry/overrides.ts";
import { pseudonymKeyName } from "./detect/telemetry/pseudonym.ts";
import type { Drift } from "./detect/telemetry/reference-window.ts";
import { createRouteTemplates } from "./detect/telemetry/route-template.ts";
import { createTelemetry, type Telemetry } from "./detect/telemetry/telemetry.ts";
import { createTelemetryMetrics } from "./detect/telemetry/telemetry-metrics.ts";
import type { Engine, HostPorts } from "./engine-interface.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { StoreHost } from "./store/store.ts";

/** The telemetry sidecar with what it needs of the store: its key, overrides, and the events that say it drifts. */
export interface TelemetryRoom {
  readonly operations: Engine["telemetry"];
  readonly health: Telemetry["health"];
  readonly alarm: Telemetry["alarm"];
  readonly noteWords: Telemetry["noteWords"];
  readonly historySize: () => number;
  readonly isTrained: () => boolean;
  close(): Promise<void>;
}

/** @throws SentinelError SETTING_INVALID */
export async function openTelemetry(
  ports: Pick<HostPorts, "config" | "log" | "metrics"> & { clock: Clock; directory: DataDirectory; fitWorker: URL },
  store: StoreHost,
  flows: FlowChannel | null,
): Promise<TelemetryRoom> {
  const { config, clock, directory, log, metrics } = ports;
  const templates = createRouteTemplates(config.SENTINEL_TELEMETRY_ROUTES);
  const declared = parseDeclaredFeatures(config.SENTINEL_TELEMETRY_FEATURES);
  const { keys, sealer } = directory;
  const pseudonymKey = (await keys.get("engine", pseudonymKeyName)) ?? (await keys.create("engine", pseudonymKeyName));
  const overrides = await openOverrideBook({ store, sealer, templates, pseudonymKey, clock });

  /** No sample, only how much of them: telemetry stays in memory. */
  function note(kind: string, payload: unknown, by: Principal, entityId = uuidv7(clock)) {
    return store.append([{ entityType: "telemetry", entityId, baseVersion: 0, kind, payload, inverse: null }], by);
  }

  function noteDrift(drift: readonly Drift[]): void {
    const features = drift.map(({ feature, side, route, shareBeyond }) => ({
      feature,
      side,
      route,
      share_beyond: shareBeyond,
    }));
    if (drift.length > 0) log.warn({ features }, "Telemetry: ordinary values creep away from the reference.");
    else log.info("Telemetry: ordinary values are back at the reference.");
    const kind = drift.length > 0 ? "telemetry.drift_noticed" : "telemetry.drift_ended";
    note(kind, { features }, enginePrincipal).catch((error: unknown) =>
      log.error({ err: error }, "A drift of telemetry could not be written to the log."),
    );
  }

  const telemetry = createTelemetry({
    declared,
    templates,
    capacity: config.SENTINEL_HISTORY_MAX,
    contamination: config.SENTINEL_CONTAMINATION,
    keepUsers: config.SENTINEL_TELEMETRY_USERS === "pseudonym",
    pseudonymKey,
    overrides: overrides.inForce,
    fitter: createFitWorker(ports.fitWorker),
    clock,
    log,
    metrics: createTelemetryMetrics(metrics.registry),
    availableMemory: () => process.availableMemory(),
    leastFree: config.SENTINEL_TELEMETRY_FREE_MB * 1024 * 1024,
    onDrift: noteDrift,
    fleet: flows === null ? null : { nodeId: directory.nodeId, channel: flows },
  });

  return {
    operations: {
      analyse: telemetry.analyse,
      state: telemetry.state,
      overrides: overrides.list,
      setOverride: overrides.set,
      clearOverride: overrides.clear,
      async rebase({ reason }, by) {
        const entityId = uuidv7(clock);
        const sealed = reason === "" ? null : await sealer.seal(entityId, reason);
        const [event] = await note(
          "telemetry.rebased",
          { history_size: telemetry.historySize, reason: sealed },
          by,
          entityId,
        );
        telemetry.rebase();
        return { event_id: event!.id };
      },
    },
    health: telemetry.health,
    alarm: telemetry.alarm,
    noteWords: telemetry.noteWords,
    historySize: () => telemetry.historySize,
    isTrained: () => telemetry.isTrained,
    async close() {
      overrides.close();
      await telemetry.close();
    },
  };
}
