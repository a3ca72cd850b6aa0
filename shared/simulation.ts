import { z } from "zod";
import { PayloadClass, Place } from "./payload.ts";
import { defineRoute } from "./route.ts";
import { EgressRecord, SandboxCheck } from "./sandbox.ts";
import { SinkEvent, SinkKind, TracedCall } from "./simulator.ts";
import { Id, Instant, Score } from "./units.ts";

/**
 * `exploit_possible`: a payload's exploit score is at or above 0.5. `exploit_improbable`: all were played and none is.
 * `not_simulated`: nothing could be played, with the reason; never shown as harmless.
 */
export const simulationVerdicts = ["exploit_possible", "exploit_improbable", "not_simulated"] as const;
export const SimulationVerdict = z.enum(simulationVerdicts);
export type SimulationVerdict = z.infer<typeof SimulationVerdict>;

/** What is attacked: the shadow shop with its holes, the same without them, or the operator's own application of the settings. */
export const simulationApplications = ["shop", "shop_patched", "own"] as const;
export const SimulationApplication = z.enum(simulationApplications);
export type SimulationApplication = z.infer<typeof SimulationApplication>;

export const SimulationState = z.enum(["queued", "running", "done", "cancelled", "failed"]);
export type SimulationState = z.infer<typeof SimulationState>;

/** A response as it came, secrets masked. Untrusted text. */
export const SimulatedResponse = z.object({
  /** 0: none came, see `problem`. */
  status: z.number().int(),
  took_ms: z.number(),
  size: z.number().int(),
  content_type: z.string(),
  /** Status line, headers and the beginning of the body; of each page that it led to. */
  text: z.string(),
  problem: z.string(),
  /** What the application did meanwhile, in order, as far as it is kept. Untrusted text, masked. */
  trace: z.array(TracedCall),
  /** How many calls there were; null: simulated before they were kept. */
  calls: z.number().int().nullable(),
});
export type SimulatedResponse = z.infer<typeof SimulatedResponse>;

export const SimulatedPayload = z.object({
  /** Number of the payload in the simulation, from 0. */
  n: z.number().int(),
  /** Index of the request's entry in its file. */
  request: z.number().int(),
  /** Method and path. */
  request_line: z.string(),
  class: PayloadClass,
  family: z.string().nullable(),
  place: Place,
  name: z.string(),
  /** The value as it stood, masked. */
  text: z.string(),
  /** What stood in its place in the clean run. */
  ordinary: z.string(),
  sinks: z.array(SinkEvent),
  /** Noisy-or over the sinks' weights. */
  exploit: Score,
  /** At or above the threshold: a sample for rules. */
  confirmed: z.boolean(),
  /** Null: it was not played. */
  clean: SimulatedResponse.nullable(),
  attack: SimulatedResponse.nullable(),
  /** What could not be done with it; empty: nothing. */
  note: z.string(),
});
export type SimulatedPayload = z.infer<typeof SimulatedPayload>;

export const SimulationSummary = z.object({
  /** The job's. */
  id: Id,
  verdict_id: Id,
  evidence_id: Id,
  file_name: z.string(),
  session: z.string(),
  application: SimulationApplication,
  /** Started by the engine for a verdict of `simulate`. */
  automatic: z.boolean(),
  actor: z.string(),
  state: SimulationState,
  /** Null while it is queued or runs, and where it was cancelled or failed. */
  verdict: SimulationVerdict.nullable(),
  score: Score.nullable(),
  /** Why it was not simulated, or how it ended early; empty: nothing. */
  reason: z.string(),
  payloads: z.number().int(),
  confirmed: z.number().int(),
  asked_at: Instant,
  ended_at: Instant.nullable(),
  /** From the sandbox's start to its end, milliseconds; null: it had none. */
  took_ms: z.number().nullable(),
});
export type SimulationSummary = z.infer<typeof SimulationSummary>;

export const SimulationLogLine = z.object({ from: z.enum(["engine", "player", "clean", "attack"]), text: z.string() });
export type SimulationLogLine = z.infer<typeof SimulationLogLine>;

export const Simulation = SimulationSummary.extend({
  /** Sinks that could be watched in this application. */
  sinks: z.array(SinkKind),
  /** Attempts to get out of the sandbox before it was let go; all failed. */
  isolation: z.array(SandboxCheck),
  driver: z.string(),
  /** What was left out or not as recorded, in words. */
  notes: z.array(z.string()),
  log: z.array(SimulationLogLine),
  /** What its application asked the proxy that leads out for, allowed or not; null: there was none. Untrusted text. */
  egress: z.array(EgressRecord).nullable(),
  results: z.array(SimulatedPayload),
});
export type Simulation = z.infer<typeof Simulation>;

export const startSimulation = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/simulations",
  summary:
    "Replay the payloads of a session in a fresh sandbox, first clean and then with them: a job, which can be cancelled. Payloads " +
    "really run there. Cannot be undone",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ verdict_id: Id, application: SimulationApplication.default("shop") }),
  output: z.object({ id: Id }),
});

export const listSimulations = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/simulations",
  summary: "The latest simulations, newest first; of one session where its verdict is named",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ verdict_id: Id.optional(), limit: z.coerce.number().int().min(1).max(500).default(200) }),
  output: z.array(SimulationSummary),
});

export const getSimulation = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/simulations/:id",
  summary: "One simulation with its payloads, sinks, responses and log; of a running one what there is so far",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: Simulation,
});

export const compareSimulations = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/simulations/:id/compare/:other",
  summary: "Two simulations side by side, payload by payload",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({ id: Id, other: Id }),
  output: z.object({
    left: SimulationSummary,
    right: SimulationSummary,
    /** The same payload of the same request in both; null: only one has it. */
    rows: z.array(z.object({ left: SimulatedPayload.nullable(), right: SimulatedPayload.nullable() })),
  }),
});

export const cancelSimulation = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/simulations/:id/cancel",
  summary: "End a simulation and its sandbox, or take it out of the queue",
  role: "analyst",
  callers: ["ui"],
  input: z.strictObject({ id: Id }),
  output: SimulationSummary,
});

export const simulationStatus = defineRoute({
  method: "GET",
  path: "/api/v1/sentinel/simulator",
  summary: "Whether sessions can be simulated here, and against what",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({}),
  output: z.object({
    possible: z.boolean(),
    /** The driver, or why nothing is simulated. */
    detail: z.string(),
    /** `held`: panic was pulled; automatic simulations wait until they are switched on again. */
    automatic: z.enum(["on", "off", "held"]),
    applications: z.array(
      z.object({ application: SimulationApplication, label: z.string(), available: z.boolean(), reason: z.string() }),
    ),
  }),
});
