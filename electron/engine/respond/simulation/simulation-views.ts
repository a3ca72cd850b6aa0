import { AttackClass } from "../../../../shared/payload.ts";
import type { Output } from "../../../../shared/route.ts";
import type {
  compareSimulations,
  SimulatedPayload,
  Simulation,
  SimulationSummary,
  simulationStatus,
} from "../../../../shared/simulation.ts";
import type { Score } from "../../../../shared/units.ts";
import type { NamedSimulation, PlayedPayload } from "./simulation-tables.ts";

export function toSummary(row: NamedSimulation): SimulationSummary {
  return {
    id: row.id,
    verdict_id: row.verdictId,
    evidence_id: row.evidenceId,
    file_name: row.fileName,
    session: row.session,
    application: row.application,
    automatic: row.automatic,
    actor: row.actor,
    state: row.state,
    verdict: row.verdict,
    score: row.score as Score | null,
    reason: row.reason,
    payloads: row.payloads,
    confirmed: row.confirmed,
    asked_at: row.askedAt,
    ended_at: row.endedAt,
    took_ms: row.tookMs,
  };
}

export function toSimulation(row: NamedSimulation, played: readonly PlayedPayload[]): Simulation {
  const { sinks, isolation, driver, notes, log, egress } = row.details;
  return {
    ...toSummary(row),
    sinks: [...sinks],
    isolation: [...isolation],
    driver,
    notes: [...notes],
    log: [...log],
    egress: egress == null ? null : [...egress],
    results: played.map(toResult),
  };
}

function toResult({ canonical: _canonical, span: _span, ...result }: PlayedPayload): SimulatedPayload {
  return result;
}

/** A confirmed payload as rules are made of it: masked, like the finding that it was. */
export function toConfirmed(row: NamedSimulation, played: PlayedPayload) {
  const [method = "GET", path = "/"] = played.request_line.split(" ");
  const { family, text, place, name } = played;
  return {
    class: AttackClass.parse(played.class),
    ...{ family, text, place, name, method, path },
    ...{ evidence_id: row.evidenceId, verdict_id: row.verdictId, simulation_id: row.id },
  };
}

/** The same payload at the same place in both, in the order of the left one; then what only the right one has. */
export function pairPayloads(
  left: readonly PlayedPayload[],
  right: readonly PlayedPayload[],
): Output<typeof compareSimulations>["rows"] {
  const keyOf = (one: PlayedPayload) => JSON.stringify([one.request_line, one.place, one.name, one.text]);
  const waiting = [...right];
  const rows = left.map((one) => {
    const at = waiting.findIndex((other) => keyOf(other) === keyOf(one));
    const [other] = at < 0 ? [] : waiting.splice(at, 1);
    return { left: toResult(one), right: other === undefined ? null : toResult(other) };
  });
  return [...rows, ...waiting.map((one) => ({ left: null, right: toResult(one) }))];
}

/** Whether sessions can be simulated, and against what. @param hasOwn whether an admin named an application of the operator's own */
export function statusOf(
  { problem, detail, automatic }: { problem: string | null; detail: string; automatic: "on" | "off" | "held" },
  hasOwn: boolean,
): Output<typeof simulationStatus> {
  const own = hasOwn ? "" : "An admin names its command in the settings.";
  return {
    possible: problem === null,
    detail: problem ?? detail,
    automatic,
    applications: [
      { application: "shop", label: "Shadow shop", available: true, reason: "" },
      { application: "shop_patched", label: "Shadow shop, patched", available: true, reason: "" },
      { application: "own", label: "Your own application", available: hasOwn, reason: own },
    ],
  };
}
