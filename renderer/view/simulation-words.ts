import type { SimulationApplication, SimulationState, SimulationVerdict } from "../../shared/simulation.ts";
import type { SinkKind, TracedCall } from "../../shared/simulator.ts";
import { formatPlural } from "./format.ts";

export const simulationVerdictLabels: Record<SimulationVerdict, string> = {
  exploit_possible: "Exploit possible",
  exploit_improbable: "Exploit improbable",
  not_simulated: "Not simulated",
};

export const simulationStateLabels: Record<SimulationState, string> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  cancelled: "Cancelled",
  failed: "Failed",
};

export const applicationLabels: Record<SimulationApplication, string> = {
  shop: "Shadow shop",
  shop_patched: "Shadow shop, patched",
  own: "Your own application",
};

export const sinkLabels: Record<SinkKind, string> = {
  sql_structure: "SQL changed its structure",
  file_read: "File read outside",
  process: "Process started",
  active_markup: "Markup became active",
  external_entity: "External entity fetched",
  state_change: "State changed without a token",
  error_trace: "Error tells its inside",
  delay: "Delayed answer",
};

/** What an application did while it answered. */
export const callLabels: Record<TracedCall["kind"], string> = {
  sql: "Statement",
  write: "Rows changed",
  read: "File read",
  spawn: "Program started",
  connect: "Address called",
};

/** How many of a simulation's payloads did something: "2 of 3 payloads work", "The one payload does not work". */
export function tellWorking(confirmed: number, payloads: number): string {
  if (payloads === 1) return `The one payload ${confirmed === 1 ? "works" : "does not work"}`;
  if (confirmed === 0) return `None of ${formatPlural(payloads, "payload")} work`;
  return `${confirmed} of ${formatPlural(payloads, "payload")} ${confirmed === 1 ? "works" : "work"}`;
}
