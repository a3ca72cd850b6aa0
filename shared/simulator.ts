import { z } from "zod";
import type { AttackClass, Place } from "./payload.ts";

/** What goes into one sandbox, and what comes out of it: the two ends of `resources/simulator`. */

/** Where an application under test can give way. Each is seen by a sink: a place that is watched while requests are played. */
export const sinkKinds = [
  "sql_structure",
  "file_read",
  "process",
  "active_markup",
  "external_entity",
  "state_change",
  "error_trace",
  "delay",
] as const;
export const SinkKind = z.enum(sinkKinds);
export type SinkKind = z.infer<typeof SinkKind>;

/** One thing that a payload did. Texts are untrusted: an application under attack wrote them. */
export const SinkEvent = z.object({
  sink: SinkKind,
  /** False: it was tried and came to nothing, or something held it. */
  done: z.boolean(),
  /** The place in the application: a call site, an element, a header. */
  where: z.string().max(300),
  /** What happened, in words. */
  what: z.string().max(600),
  /** What shows it: the statement, the path, the arguments, the markup. */
  evidence: z.string().max(4000),
  /** The same place in the clean run; empty: nothing there. */
  clean: z.string().max(4000),
});
export type SinkEvent = z.infer<typeof SinkEvent>;

/** How the application is started inside. */
export type PlanApplication =
  | { readonly kind: "shop"; readonly variant: "vulnerable" | "patched" }
  | {
      readonly kind: "command";
      readonly command: readonly string[];
      /** Port of 127.0.0.1 that it listens on. */
      readonly port: number;
      /** A path that it answers once it is up. */
      readonly readyPath: string;
      /** Folders that are its own; what it reads beyond them is outside. */
      readonly roots: readonly string[];
      readonly startTimeoutMs: number;
    };

export interface PlanRequest {
  readonly method: string;
  /** Request target as it was sent. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
}

export interface PlanPayload {
  /** Number of the payload in the simulation. */
  readonly n: number;
  readonly class: z.infer<typeof AttackClass>;
  readonly place: z.infer<typeof Place>;
  readonly name: string;
  /** The value as the application may see it: as sent, and decoded. */
  readonly forms: readonly string[];
  /** A request that another site sent: what it changes without a token is the exploit. */
  readonly isForged: boolean;
  /** The attack with a delay in it set to another length; null: it names none. */
  readonly scaled: { readonly request: PlanRequest; readonly fromSeconds: number; readonly toSeconds: number } | null;
}

export interface PlanStep {
  /** None: only needed by what follows. */
  readonly payloads: readonly PlanPayload[];
  readonly clean: PlanRequest;
  readonly attack: PlanRequest;
  /** A page that may show what was sent: target of a request by the same visitor; null: none is known. */
  readonly witness: string | null;
}

export interface SimulatorPlan {
  readonly application: PlanApplication;
  /** Host of the recorded requests, where they name one: stands for the application's own address. */
  readonly host: string | null;
  /** Whether the evidence has the cookies that were sent; if not, those that the application sets are sent. */
  readonly hasCookies: boolean;
  readonly steps: readonly PlanStep[];
  readonly requestTimeoutMs: number;
  /** Whether the proxy that records is mounted, for an application that may reach somebody. */
  readonly hasEgress: boolean;
}

/** Longest statement, path, or arguments of a call, characters; what is longer is cut there, and ends with an ellipsis. */
export const tracedCallLength = 1_000;

/** Something that the application did while it answered. Texts are untrusted, and shortened; once more where they are kept. */
export const TracedCall = z.object({
  /** A statement; a statement that changed rows; a file or folder; a program; an address. */
  kind: z.enum(["sql", "write", "read", "spawn", "connect"]),
  /** Since the request was sent; null: not known, it was only seen in the process table. */
  at_ms: z.number().min(0).nullable(),
  /** The statement, path, arguments or address. */
  call: z.string().max(tracedCallLength),
  /** The line of the application; empty: not known. */
  where: z.string().max(120),
  /** False: it came to nothing. */
  ok: z.boolean(),
  /** How often it did so one after another. */
  times: z.number().int().min(1),
});
export type TracedCall = z.infer<typeof TracedCall>;

const Reply = z.object({
  /** 0: none came. */
  status: z.number().int().min(0).max(999),
  tookMs: z.number().min(0),
  size: z.number().int().min(0),
  contentType: z.string().max(200),
  /** Headers and the beginning of the body. */
  text: z.string().max(20_000),
  /** Why none came. */
  problem: z.string().max(300),
  /** What the application did meanwhile, in order. */
  trace: z.array(TracedCall).max(40),
  /** How many calls there were, also beyond those. */
  calls: z.number().int().min(0),
});
export type SimulatorReply = z.infer<typeof Reply>;

/** A line of what the simulator writes. SECURITY: what runs beside it may have written it: parsed, bounded and shown as text. */
export const SimulatorMessage = z.discriminatedUnion("type", [
  /** The sinks that this application lets be watched. */
  z.object({ type: z.literal("ready"), sinks: z.array(SinkKind).max(sinkKinds.length), startedMs: z.number().min(0) }),
  z.object({ type: z.literal("log"), from: z.enum(["player", "clean", "attack"]), text: z.string().max(2000) }),
  z.object({ type: z.literal("progress"), done: z.number().int().min(0), total: z.number().int().min(0) }),
  z.object({
    type: z.literal("payload"),
    n: z.number().int().min(0),
    clean: Reply,
    attack: Reply,
    sinks: z.array(SinkEvent).max(50),
    /** What could not be done with it, in words; empty: nothing. */
    note: z.string().max(300),
  }),
  /** It could not be done at all. */
  z.object({ type: z.literal("failed"), reason: z.string().max(600) }),
  z.object({ type: z.literal("end"), payloads: z.number().int().min(0) }),
]);
export type SimulatorMessage = z.infer<typeof SimulatorMessage>;
