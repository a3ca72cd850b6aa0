import type { SimulatorReply, TracedCall } from "../../shared/simulator.ts";
import type { StepEvent } from "./hook-events.ts";
import type { Observation } from "./observation.ts";

/** Calls of one request that are kept: no more than the shape of a reply has. */
const mostCalls = 40;

const clip = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/**
 * What the application did for one request, in order: as its hooks tell it, else the processes that were seen beside it. What repeats
 * at once is one call. `calls` counts all of them, also those that are left out.
 */
export function traceOf(
  { startedAt, events, calls, processes }: Observation,
  isHooked: boolean,
): Pick<SimulatorReply, "trace" | "calls"> {
  const all = isHooked
    ? events.map((event) => toCall(event, startedAt))
    : processes.commands.map((command) => made("spawn", null, command, "", true));
  const trace: TracedCall[] = [];
  for (const call of all) {
    const last = trace.at(-1);
    const isSame =
      last !== undefined && last.kind === call.kind && last.call === call.call && last.where === call.where;
    if (isSame && last.ok === call.ok) trace[trace.length - 1] = { ...last, times: last.times + 1 };
    else if (trace.length < mostCalls) trace.push(call);
    else break;
  }
  return { trace, calls: isHooked ? calls : all.length };
}

function toCall(event: StepEvent, startedAt: number): TracedCall {
  const { type, site } = event;
  // SECURITY: an application that was broken into writes what it likes for a time.
  const since = Math.round((Number(event.at) - startedAt) * 10) / 10;
  const at = Number.isFinite(since) ? Math.max(0, since) : null;
  switch (type) {
    case "sql":
    case "write":
      return made(type, at, event.statement, site, true);
    case "read":
      return made(type, at, event.path, site, event.ok);
    case "spawn":
      return made(type, at, event.args.join(" "), site, true);
    case "connect":
      return made(type, at, event.to, site, true);
  }
}

/** SECURITY: lines stay, since a header is known by standing on one of its own; the engine masks, and then takes them away. */
function made(kind: TracedCall["kind"], at_ms: number | null, call: string, where: string, ok: boolean): TracedCall {
  return { kind, at_ms, call: clip(call.trim(), 1_000), where: clip(where, 120), ok, times: 1 };
}
