import { z } from "zod";
import { GateMeasure } from "./gate-measure.ts";
import { Place } from "./payload.ts";
import { RuleDefinition, RuleExclusion } from "./rule.ts";
import { Id, Instant, Sha256 } from "./units.ts";

/**
 * What an engine and a gatekeeper say to each other: `{text, signature}` both ways, the text being JSON of the shapes below and the
 * signature Ed25519 over it. The engine asks, the gatekeeper answers; it never calls the engine.
 */
export const gateProtocol = 1;

/** A public key: `ed25519:` and its 32 bytes (RFC 8032) in base64url. */
export const GateKey = z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/, "a key is ed25519: and 43 characters");

/** Rules that a gatekeeper keeps at most. */
export const mostGateRules = 5000;

/**
 * What a rule does at a gatekeeper. `off`: nothing; `log`: what it matches is counted and passes; `tag`: passes with a mark in
 * `X-Sentinel-Tag`; `block`: what the rule's action says.
 */
export const GateStage = z.enum(["off", "log", "tag", "block"]);
export type GateStage = z.infer<typeof GateStage>;

/** One version of one rule. A later version of the same id takes its place. */
export const GateRule = z.strictObject({
  id: Id,
  version: z.number().int().min(1),
  number: z.number().int().min(0),
  name: z.string().max(200),
  stage: GateStage,
  definition: RuleDefinition,
  exclusions: z.array(RuleExclusion).max(1000),
});
export type GateRule = z.infer<typeof GateRule>;

export const GateCommand = z.discriminatedUnion("kind", [
  /** `PUT /v1/rules/ID` */
  z.strictObject({ kind: z.literal("rule"), rule: GateRule }),
  /** `PUT /v1/rules`: these and no others. */
  z.strictObject({ kind: z.literal("rules"), rules: z.array(GateRule).max(mostGateRules) }),
  /** `POST /v1/state` */
  z.strictObject({ kind: z.literal("state") }),
  /** `POST /v1/hits`: those after a number; those up to it are forgotten. */
  z.strictObject({ kind: z.literal("hits"), after: z.number().int().min(0), limit: z.number().int().min(1).max(1000) }),
  /** `POST /v1/measures`: the same for what was measured. Older gatekeepers do not know it, and refuse it as any other stranger's word. */
  z.strictObject({
    kind: z.literal("measures"),
    after: z.number().int().min(0),
    limit: z.number().int().min(1).max(1000),
  }),
]);
export type GateCommand = z.infer<typeof GateCommand>;

export const GateMessage = z.strictObject({
  protocol: z.literal(gateProtocol),
  engine: GateKey,
  /** For whom it is: no message of one gatekeeper is good for another. */
  gatekeeper: GateKey,
  /** Rises with each message that changes something: an older one is refused. */
  seq: z.number().int().min(1),
  /** 128 random bits in base64url: the answer names it. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** By the gatekeeper's clock, as far as the engine knows it. */
  at: Instant,
  command: GateCommand,
});
export type GateMessage = z.infer<typeof GateMessage>;

/** What a gatekeeper did with a request that a rule matched. */
export const GateDeed = z.enum(["logged", "tagged", "challenged", "blocked"]);
export type GateDeed = z.infer<typeof GateDeed>;

/** One request that a rule matched. */
export const GateExample = z.strictObject({
  at: Instant,
  method: z.string().max(40),
  /** Without its query, secrets masked. */
  path: z.string().max(300),
  place: Place,
  name: z.string().max(200),
  /** Beginning of the value, secrets masked. */
  excerpt: z.string().max(300),
  /** Id that the value would have as a sample: whether somebody labelled it is found by it. Null: nothing but secrets. */
  sample: z.string().max(64).nullable(),
  /** The same without its place, as samples have it that somebody typed. */
  anywhere: z.string().max(64).nullable(),
  client: z.string().max(64).nullable(),
});
export type GateExample = z.infer<typeof GateExample>;

/** Requests of one minute that one version of a rule matched, and what was done with them. */
export const GateHits = z.strictObject({
  seq: z.number().int().min(1),
  rule: Id,
  version: z.number().int().min(1),
  /** Beginning of the minute. */
  minute: Instant,
  deed: GateDeed,
  count: z.number().int().min(1),
  /** The first few. */
  examples: z.array(GateExample).max(3),
});
export type GateHits = z.infer<typeof GateHits>;

const count = z.number().int().min(0);

/** Since the gatekeeper started. */
export const GateCounters = z.strictObject({
  requests: count,
  logged: count,
  tagged: count,
  challenged: count,
  blocked: count,
  /** Passed without a look, because looking failed: a gatekeeper fails open. */
  passed_unchecked: count,
  /** Larger than what is read: only the part that was read was matched. */
  passed_cut: count,
  /** Refused as no clean HTTP: smuggling, upgrades. */
  refused: count,
  upstream_failures: count,
  /** Hits that were forgotten because nobody came for them. */
  hits_dropped: count,
});
export type GateCounters = z.infer<typeof GateCounters>;

const StateResult = z.strictObject({
  kind: z.literal("state"),
  version: z.string().max(40),
  started_at: Instant,
  last_seq: count,
  /** Every rule that it keeps, rules that are off among them. `hash` is of the whole rule: see `gateRuleHash`. */
  rules: z.array(z.strictObject({ id: Id, version: z.number().int().min(1), stage: GateStage, hash: Sha256 })),
  counters: GateCounters,
  /** The last failure, in words. */
  problem: z.string().max(500).nullable(),
});

/** Why a message was refused. `clock`: times differ too much; `old`: an older sequence number; `stale`, `conflict`: see `GateRule`. */
export const GateRefusal = z.enum(["clock", "old", "replayed", "stale", "conflict", "invalid", "failed"]);
export type GateRefusal = z.infer<typeof GateRefusal>;

export const GateResult = z.discriminatedUnion("kind", [
  /** `changed`: false when it was so already. */
  z.strictObject({ kind: z.literal("taken"), last_seq: count, changed: z.boolean() }),
  StateResult,
  z.strictObject({
    kind: z.literal("hits"),
    hits: z.array(GateHits).max(1000),
    more: z.boolean(),
    counters: GateCounters,
  }),
  z.strictObject({
    kind: z.literal("measures"),
    measures: z.array(GateMeasure).max(1000),
    more: z.boolean(),
    /** Entries that were forgotten because nobody came for them. */
    dropped: count,
  }),
  z.strictObject({ kind: z.literal("refused"), why: GateRefusal, message: z.string().max(500), last_seq: count }),
]);
export type GateResult = z.infer<typeof GateResult>;
export type GateState = z.infer<typeof StateResult>;

export const GateAnswer = z.strictObject({
  protocol: z.literal(gateProtocol),
  gatekeeper: GateKey,
  /** Of the message that it answers. */
  nonce: z.string(),
  /** The gatekeeper's clock. */
  at: Instant,
  result: GateResult,
});
export type GateAnswer = z.infer<typeof GateAnswer>;

/** A text with its signature, base64url. */
export const SignedText = z.strictObject({
  text: z.string().max(32 * 1024 ** 2),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type SignedText = z.infer<typeof SignedText>;

/** Where each command goes. */
export function gatePath(command: GateCommand): { readonly method: "PUT" | "POST"; readonly path: string } {
  switch (command.kind) {
    case "rule":
      return { method: "PUT", path: `/v1/rules/${command.rule.id}` };
    case "rules":
      return { method: "PUT", path: "/v1/rules" };
    default:
      return { method: "POST", path: `/v1/${command.kind}` };
  }
}
