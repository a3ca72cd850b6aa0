import { z } from "zod";
import { EvidenceKind, EvidenceSignature } from "./evidence.ts";
import { RuleDefinition } from "./rule.ts";
import { RuleStage } from "./rule-record.ts";
import { Id, Instant, Sha256 } from "./units.ts";
import { ClientOrigin, Verdict } from "./verdict.ts";

/** Topics by which engines, desktops and other programs work together. */
export const topics = {
  evidenceCreated: "events.evidence_created",
  evidenceReady: "events.evidence_ready",
  verdict: "events.sentinel_verdict",
  simulation: "events.sim_result",
  rule: "events.rule_generated",
  /** What people decide, for every engine: one partition, so that all read it in one order. */
  decisions: "sentinel.decisions",
  /** Keys of the texts in decisions, sealed; compacted, so that an erased one is gone for good. */
  subjectKeys: "sentinel.subject_keys",
  /** Fitted trees and histograms of telemetry, sealed; compacted: the last of each engine counts. */
  flows: "sentinel.telemetry_models",
  /** What could not be taken from `events.evidence_created`, as it came, with why in its headers. */
  deadLetter: "events.evidence_created.dead_letter",
} as const;

export type TopicName = (typeof topics)[keyof typeof topics];

/**
 * Parts that an installation takes in a fleet: an engine judges the evidence that messages tell of; a desktop shows what engines come to,
 * and judges only what its analyst brings.
 */
export const fleetRoles = ["engine", "desktop"] as const;
export type FleetRole = (typeof fleetRoles)[number];

/** What one party does with a topic at the brokers. */
interface TopicUse extends Readonly<Record<FleetRole, readonly ("read" | "write")[]>> {
  /** Other programs, with brokers' accounts of their own. */
  readonly programs: readonly ("read" | "write")[];
  /** Who decides what is written. */
  readonly word: string;
}

/** What engines and desktops tell each other. */
const shared: TopicUse = { engine: ["read", "write"], desktop: ["read", "write"], programs: [], word: "the engine" };

const told = { engine: ["write"], desktop: ["read"], programs: ["read"], word: "the engine" } as const;

/** Who writes to and reads from each topic: engines and desktops are held to it, and brokers' access lists are written by it. */
export const topicAccess: Readonly<Record<TopicName, TopicUse>> = {
  [topics.evidenceCreated]: {
    engine: ["read"],
    desktop: [],
    programs: ["write"],
    word: "programs that keep evidence",
  },
  [topics.evidenceReady]: told,
  [topics.verdict]: told,
  [topics.simulation]: told,
  [topics.rule]: told,
  [topics.decisions]: {
    engine: ["read", "write"],
    desktop: ["read", "write"],
    programs: [],
    word: "whoever may decide it, at their engine",
  },
  [topics.flows]: shared,
  [topics.subjectKeys]: shared,
  [topics.deadLetter]: { engine: ["write"], desktop: [], programs: ["read"], word: "the engine" },
};

/**
 * What every message says first. A reader takes what it knows and leaves the rest: fields are only ever added within a version, and
 * whoever changes one counts the version up.
 */
const Head = z.object({
  schema_version: z.literal(1),
  /** Engine that says so. */
  node_id: z.string(),
  at: Instant,
});

/** Evidence that lies ready: what programs tell engines. */
export const EvidenceCreated = z.object({
  /** The producer's name for it; it comes back in all that is told of it. */
  evidence_id: Id,
  /** `s3://BUCKET/KEY` */
  uri: z.string().max(1200),
  /** Of the object, byte for byte. */
  sha256: Sha256,
  /** Bytes. */
  size: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Over the RFC 8785 canonical form of this message without the signature: by `sha256` it stands for the object, too. */
  signature: z.object(EvidenceSignature.shape).optional(),
  created_at: z.iso.datetime(),
});
export type EvidenceCreated = z.infer<typeof EvidenceCreated>;

/** Names of evidence: the producer's (null: it did not come by a message), this project's own, and its content. */
const EvidenceNames = {
  evidence_id: Id.nullable(),
  content_id: Id,
  sha256: Sha256,
};

/** Evidence was read and judged. */
export const EvidenceReady = Head.extend({
  ...EvidenceNames,
  kind: EvidenceKind,
  size: z.number().int().min(0),
  requests: z.number().int().min(0),
  sessions: z.number().int().min(0),
  verdicts: z.object({ simulate: z.number(), tag: z.number(), benign: z.number() }),
  problems: z.number().int().min(0),
  extractor_version: z.string(),
  /**
   * The message that told of it, as it came: where its object lies, and by whose signature. Absent where it did not come by one, or the
   * engine is of before this field.
   */
  announcement: z.looseObject(EvidenceCreated.shape).optional(),
});
export type EvidenceReady = z.infer<typeof EvidenceReady>;

/** What lists show of a judged session beside its verdict, and the settings by which its evidence was read. */
export const JudgedSession = z.object({
  kind: EvidenceKind,
  /** Of the evidence, bytes. */
  size: z.number().int().min(0),
  client: z.string().nullable(),
  /** Null: nothing is known of the client's address. */
  origin: ClientOrigin.nullable(),
  host: z.string().nullable(),
  request_line: z.string(),
  payload: z.string().nullable(),
  payload_place: z.string().nullable(),
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  decided_at: Instant,
  /** Silence that ended a session, minutes; largest entry that was read, MiB. */
  session_gap_minutes: z.number(),
  max_entry_mb: z.number(),
});
export type JudgedSession = z.infer<typeof JudgedSession>;

/** One session was judged. Its texts are masked. */
export const SentinelVerdict = Head.extend({
  ...EvidenceNames,
  verdict: Verdict,
  /** Absent where the engine is of before this field. */
  session: JudgedSession.optional(),
  /** Findings that had no room in the message, of those that are least like an attack; absent: none. */
  findings_left_out: z.number().int().min(1).optional(),
});
export type SentinelVerdict = z.infer<typeof SentinelVerdict>;

/** An attack was replayed in a sandbox. */
export const SimResult = Head.extend({
  simulation_id: Id,
  verdict_id: Id,
  verdict: z.enum(["exploit_possible", "exploit_improbable"]),
  /** Null: nothing could be measured. */
  score: z.number().nullable(),
  /** Payloads that did something. */
  confirmed: z.number().int().min(0),
});
export type SimResult = z.infer<typeof SimResult>;

/** A rule was made, changed, or has come to another stage. */
export const RuleGenerated = Head.extend({
  rule_id: Id,
  /** Counts its changes. */
  version: z.number().int().min(1),
  name: z.string(),
  definition: RuleDefinition,
  stage: RuleStage,
  /** Lower 95 % bound of its back-tested precision; null: it was not tried yet. */
  confidence: z.number().nullable(),
});
export type RuleGenerated = z.infer<typeof RuleGenerated>;

/** Somebody pulled panic at one engine: every other does what its own button does. */
export const PanicDecision = Head.extend({
  kind: z.literal("panic"),
  press_id: z.uuid(),
  actor: z.string().max(200),
  /** From its press until it could be told, by the teller's own clock, milliseconds. Absent where the engine is of before this field. */
  late_ms: z.number().int().min(0).default(0),
});
export type PanicDecision = z.infer<typeof PanicDecision>;

/** Something that only engines with the fleet's key can say and read: AES-256-GCM over deflated JSON, base64. */
const SealedBox = z.string().regex(/^[A-Za-z0-9+/=]+$/);

/** What somebody decided at one engine, for all; the box holds a decision, or the erasure of a subject's texts. */
export const SealedDecision = Head.extend({ kind: z.enum(["decision", "erasure"]), box: SealedBox });
export type SealedDecision = z.infer<typeof SealedDecision>;

/** The key by which an engine sealed texts of one subject. The message's own key names both by hashes. */
export const SubjectKey = Head.extend({ kind: z.literal("subject_key"), box: SealedBox });
export type SubjectKey = z.infer<typeof SubjectKey>;

/** What an engine tells of ordinary telemetry at it: trees and histograms, or how strange its samples are to the model of all. */
export const SealedFlow = Head.extend({ kind: z.enum(["part", "calibration"]), box: SealedBox });
export type SealedFlow = z.infer<typeof SealedFlow>;
