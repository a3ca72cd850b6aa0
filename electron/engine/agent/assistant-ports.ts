import type { ComponentHealth } from "../../../shared/health.ts";
import type { PlannerModel } from "./planner/planner.ts";
import type { McpServers } from "./tools/tool-box.ts";
import type { WorkerModel } from "./worker/worker.ts";

/** Somebody outside this process who may be called, and what for: by the agent, where nothing else is said. */
export interface Destination<Purpose extends string = "planner" | "worker" | "mcp"> {
  readonly purpose: Purpose;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Addresses beside this machine's own that it may have; null: any. */
  readonly addresses: readonly string[] | null;
}

/** What the agent reaches outside of this process. */
export interface AssistantPorts {
  /** Null: no key is set. */
  readonly planner: PlannerModel | null;
  /** Null: it is switched off. */
  readonly worker: WorkerModel | null;
  /** Whether the worker can be had now, as its server says; it never throws. Null: there is nobody to ask. */
  readonly lookAtWorker: ((signal: AbortSignal) => Promise<ComponentHealth>) | null;
  /** Null: none are listed. */
  readonly servers: McpServers | null;
  /** Commands of those servers that are programs beside the engine: they reach what the operator's account can. */
  readonly programs: readonly string[];
  /** All that can be called, and nothing else. */
  readonly destinations: readonly Destination[];
}
