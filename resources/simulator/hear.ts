import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type HookEvent, mostTold, type StepEvent } from "./hook-events.ts";

/** What an application did for one request. */
export interface Heard {
  readonly events: readonly StepEvent[];
  /** How many calls it told of, also those that are not kept. */
  readonly calls: number;
}

/** What the hooks of one application tell. */
export interface Hearing {
  /** Null: nothing of its inside is heard of. */
  readonly databases: readonly string[] | null;
  of(step: string): Heard;
  /** Whether it has answered. */
  isDone(step: string): boolean;
  forget(step: string): void;
}

/** Beyond so many calls of one request nobody counts. */
const mostCounted = 1e9;

const nothing: Heard = { events: [], calls: 0 };

/** Listens to the hooks until the stream ends. */
export function hear(stream: Readable): Hearing {
  let databases: readonly string[] | null = null;
  const heard = new Map<string, { readonly events: StepEvent[]; calls: number }>();
  const done = new Set<string>();
  const of = (step: string) => {
    const known = heard.get(step) ?? { events: [], calls: 0 };
    heard.set(step, known);
    return known;
  };
  createInterface(stream).on("line", (line) => {
    const event = readEvent(line);
    if (event === null) return;
    if (event.type === "hooked") {
      databases ??= event.databases;
      return;
    }
    const known = of(event.step);
    if (event.type === "done") {
      done.add(event.step);
      known.calls = Math.max(known.calls, event.calls);
      return;
    }
    known.calls += 1;
    if (known.events.length < mostTold) known.events.push(event);
  });
  stream.on("error", () => undefined);
  return {
    get databases() {
      return databases;
    },
    of: (step) => heard.get(step) ?? nothing,
    isDone: (step) => databases === null || done.has(step),
    forget(step) {
      heard.delete(step);
      done.delete(step);
    },
  };
}

/** SECURITY: an application that was broken into writes here too: what has not the shape of an event to the last field is passed over. */
function readEvent(line: string): HookEvent | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null) return null;
  const event = json as Readonly<Record<string, unknown>>;
  return fits(event) ? (event as HookEvent) : null;
}

function fits(event: Readonly<Record<string, unknown>>): boolean {
  const isText = (name: string) => typeof event[name] === "string";
  const areTexts = (name: string) =>
    Array.isArray(event[name]) && event[name].every((one: unknown) => typeof one === "string");
  if (event.type === "hooked") return areTexts("databases");
  if (!isText("step")) return false;
  if (event.type === "done")
    return Number.isInteger(event.calls) && Number(event.calls) >= 0 && Number(event.calls) <= mostCounted;
  if (!isText("site") || typeof event.at !== "number") return false;
  switch (event.type) {
    case "sql":
    case "write":
      return isText("statement");
    case "read":
      return isText("path") && typeof event.ok === "boolean";
    case "spawn":
      return areTexts("args");
    case "connect":
      return isText("to");
    default:
      return false;
  }
}
