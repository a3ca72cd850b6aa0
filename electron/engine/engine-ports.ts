import type { LogVerification } from "../../shared/audit.ts";
import type { AssistantPorts } from "./agent/assistant-ports.ts";
import type { Clock } from "./base/clock.ts";
import type { OpenUpdateServer } from "./base/update-server.ts";
import type { HostPorts } from "./engine-interface.ts";
import type { FleetPorts } from "./fleet/fleet-ports.ts";
import type { ObjectShelf } from "./fleet/object-shelf.ts";
import type { OpenSiem } from "./fleet/siem/sender.ts";
import type { SharedCatalogue } from "./learn/registry/model-catalogue.ts";
import type { EmbeddingServer } from "./memory/embedder.ts";
import type { Reproduction } from "./reproducing.ts";
import type { CallGatekeeper } from "./respond/gatekeeper/gatekeeper-line.ts";
import type { SupervisorClient } from "./sandbox/supervisor-client.ts";
import type { DataDirectory } from "./store/data-directory.ts";
import type { SyslogSender } from "./store/syslog-message.ts";

/** What the engine is built from; the caller made it and closes it, except the supervisor. */
export interface EnginePorts extends Omit<HostPorts, "keySource" | "host" | "startSupervisor"> {
  readonly directory: DataDirectory;
  readonly clock: Clock;
  /** May still be starting: the store opens meanwhile. */
  readonly supervisor: SupervisorClient | Promise<SupervisorClient>;
  /** The supervisor's files, where it leaves a note of each panic that was pulled past the engine. */
  readonly supervisorDirectory: string;
  readonly entries: {
    readonly writer: URL;
    readonly reader: URL;
    readonly analyse: URL;
    readonly explain: URL;
    readonly refit: URL;
    readonly train: URL;
    readonly onnx: URL;
    readonly promptGuard: URL;
    readonly fitTelemetry: URL;
    readonly scan: URL;
    readonly replay: URL;
    readonly rules: URL;
    readonly dataset: URL;
    readonly code: URL;
    readonly memory: URL;
  };
  /** What embeds texts where it is there; null: the built-in embedder alone. */
  readonly embeddingServer: EmbeddingServer | null;
  /** Opens the way to a syslog server. @throws SentinelError SETTING_INVALID, UNAVAILABLE */
  readonly openSyslog: (target: string) => Promise<SyslogSender>;
  /** Opens the way to a system that alerts are told to. */
  readonly openSiem: OpenSiem;
  /** Opens the way to a server of newer versions. */
  readonly openUpdateServer: OpenUpdateServer;
  /** Calls a gatekeeper. @throws SentinelError UNAVAILABLE */
  readonly callGatekeeper: CallGatekeeper;
  /** What a fleet works together by; null: this engine works alone. */
  readonly fleet: FleetPorts | null;
  /** Bucket that engines share; null: nothing is put anywhere. The engine closes it. */
  readonly shelf: ObjectShelf | null;
  /** Catalogue of models that engines share; null: there is none. The engine closes it. */
  readonly catalogue: SharedCatalogue | null;
  /** What the agent reaches outside. */
  readonly assistant: AssistantPorts;
  /** Folder of the shipped models, samples and schemas. */
  readonly resources: string;
}

/** What hosts do not call: for tests and audits of the engine itself. */
export interface EngineProof {
  /** Computes a stored verdict again from its stored inputs. @throws SentinelError NOT_FOUND */
  reproduceVerdict(id: string): Promise<Reproduction>;
  /** Does at once what the clock does every hour: erases what has reached its time. @returns the job; null: nothing is due */
  retain(): Promise<string | null>;
  /** Does at once what the clock does every day: checks the whole log. @returns null: it was checked within a day */
  verifyLogIfDue(): Promise<LogVerification | null>;
  /** Does at once what the clock does every day, where a server is set: looks for a newer version. */
  lookForReleaseIfDue(): Promise<void>;
  /** Does at once what the clock does four times an hour: looks whether what comes in has drifted. */
  lookAtDrift(): Promise<void>;
}
