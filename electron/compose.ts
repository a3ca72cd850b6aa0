import { createOutsidePorts } from "./adapters/assistant.ts";
import { createCatalogue } from "./adapters/catalogue.ts";
import { createFleetPorts } from "./adapters/fleet.ts";
import { createGatekeeperCaller } from "./adapters/gatekeeper.ts";
import { createShelf } from "./adapters/shelf.ts";
import { createSiemOpener } from "./adapters/siem.ts";
import { openSyslog } from "./adapters/syslog.ts";
import { createUpdateServerOpener } from "./adapters/update-server.ts";
import { systemClock } from "./engine/base/clock.ts";
import { createEngine } from "./engine/engine.ts";
import type { ComposeEngine } from "./engine/engine-interface.ts";
import { openDataDirectory } from "./engine/store/data-directory.ts";
import { resourcesDirectory, workerEntry } from "./entries.ts";
import { runDirectory } from "./run-file.ts";

/** Opens the data directory and builds the engine over it, with everything real. */
export const composeEngine: ComposeEngine = async ({ keySource, host, startSupervisor, ...ports }) => {
  const clock = systemClock;
  const directory = await openDataDirectory({ path: ports.config.SENTINEL_HOME, keySource, clock, host });
  try {
    // Not awaited here: it starts while the store opens. It never rejects.
    const supervisor = startSupervisor();
    try {
      const engine = await createEngine({
        ...ports,
        directory,
        clock,
        supervisor,
        supervisorDirectory: runDirectory(ports.config.SENTINEL_HOME),
        entries: {
          writer: workerEntry("writer"),
          reader: workerEntry("reader"),
          analyse: workerEntry("analyse"),
          explain: workerEntry("explain"),
          fitTelemetry: workerEntry("fit-telemetry"),
          refit: workerEntry("refit"),
          train: workerEntry("train"),
          onnx: workerEntry("onnx"),
          promptGuard: workerEntry("prompt-guard"),
          scan: workerEntry("scan"),
          replay: workerEntry("replay"),
          rules: workerEntry("rules"),
          dataset: workerEntry("dataset"),
          code: workerEntry("code"),
          memory: workerEntry("memory"),
        },
        openSyslog,
        openSiem: createSiemOpener(ports.log),
        openUpdateServer: createUpdateServerOpener(ports.log),
        callGatekeeper: createGatekeeperCaller(),
        fleet: await createFleetPorts(ports.config, directory.nodeId),
        shelf: await createShelf(ports.config, clock),
        catalogue: await createCatalogue(ports.config, directory.nodeId, ports.log),
        ...(await createOutsidePorts(ports.config, ports.version, ports.log)),
        resources: resourcesDirectory,
      });
      return {
        ...engine,
        close: async () => {
          await engine.close();
          directory.close();
        },
      };
    } catch (error) {
      (await supervisor).close();
      throw error;
    }
  } catch (error) {
    directory.close();
    throw error;
  }
};
