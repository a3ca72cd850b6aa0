import type { EvidenceKind } from "../../../../shared/evidence.ts";
import type { ByteSpan, PayloadClass, Place } from "../../../../shared/payload.ts";
import type { Settings } from "../../../../shared/settings.ts";
import type { AttackOutcome, VerdictKind } from "../../../../shared/verdict.ts";
import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { SessionFlag } from "../analysis/session-flags.ts";

/** A payload worth keeping of one session; text is masked, so that no credential is stored outside the encrypted evidence. */
export interface FindingRecord {
  /** Index of the request's entry in its file. */
  readonly request: number;
  /** Method and path. */
  readonly requestLine: string;
  readonly host: string | null;
  readonly place: Place;
  readonly name: string;
  readonly span: ByteSpan;
  readonly text: string;
  readonly canonical: string;
  readonly decodings: readonly string[];
  readonly class: PayloadClass;
  readonly confidence: number;
  /** In the order of `payloadClasses`. */
  readonly probabilities: readonly number[];
  readonly family: string | null;
  readonly set: readonly PayloadClass[];
  /** Decisive parts, offsets in the value. */
  readonly spans: readonly { readonly start: number; readonly end: number; readonly weight: number }[];
  readonly cut: boolean;
  readonly outcome: AttackOutcome;
  readonly outcomeReason: string;
  /** Other requests of the session that hold the same value at the same place; absent: none. */
  readonly repeats?: readonly RepeatRecord[];
}

/** Another request with a payload that is kept once, and what its own response says. */
export interface RepeatRecord {
  readonly request: number;
  readonly outcome: AttackOutcome;
  readonly outcomeReason: string;
}

/** How much of a session was looked at, and how much of what was found is kept. */
export interface VerdictExtent {
  /** Different values that are attacks; findings are the worst of them. */
  readonly payloadsFound: number;
  /** Values of which only a part was judged: they are longer, or nested deeper, than is read. */
  readonly valuesCut: number;
  /** Requests with more values than are judged one by one. */
  readonly requestsCrowded: number;
  /** Requests of whose body the evidence has only the beginning. */
  readonly bodiesCut: number;
  /** Bytes that these bodies lack, as far as their Content-Length tells. */
  readonly bytesMissing: number;
}

/** What a verdict was computed from besides the session itself: the same inputs give the same verdict, bit for bit. */
export interface VerdictInputs {
  readonly modelHash: string;
  readonly anomalyHash: string;
  readonly configHash: string;
  readonly enrichmentHash: string;
  readonly extractorVersion: string;
  readonly payloadWeight: number;
  readonly tagThreshold: number;
  readonly simulateThreshold: number;
  /** Silence that ended a session, minutes. */
  readonly sessionGapMinutes: number;
  /** Largest entry that was read, MiB. */
  readonly maxEntryMb: number;
  /** Error rate that was chosen for the conformal sets, absent: "0.05". A model whose file knows one rate alone kept to that. */
  readonly setErrorRate?: Settings["class_set_error_rate"];
  /** Parts that feature flags withheld from the session; absent: none. */
  readonly withheld?: readonly SessionFlag[];
}

/** Whether a value is a body taken whole, for want of a structure: besides the attack it holds what else was sent. */
export function isWholeBody({ place }: Pick<FindingRecord, "place">): boolean {
  return place === "body";
}

/** Country (ISO 3166-1), autonomous system, and whether the address stands on the list of bad networks; null: not known. */
export type ClientOrigin = Pick<ClientFacts, "country" | "network" | "badReputation">;

/** The verdict of one session, as stored. */
export interface VerdictRecord {
  /** Content id over evidence, session and inputs. */
  readonly id: string;
  readonly evidenceId: string;
  readonly evidenceKind: EvidenceKind;
  readonly session: string;
  readonly verdict: VerdictKind;
  readonly score: number;
  readonly payloadScore: number;
  readonly behavioralScore: number;
  readonly class: PayloadClass;
  readonly family: string | null;
  readonly outcome: AttackOutcome;
  readonly client: string | null;
  /** What the operator's own data says of the client's address; null: nothing. */
  readonly origin: ClientOrigin | null;
  readonly host: string | null;
  readonly requestLine: string;
  readonly payload: string | null;
  readonly payloadPlace: string | null;
  readonly requests: number;
  /** Epoch milliseconds; null where the evidence has no clock. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly decidedAt: number;
  /** Feature vector in the order of the extractor version's schema; NaN: not available. */
  readonly features: Float64Array;
  readonly inputs: VerdictInputs;
  readonly findings: readonly FindingRecord[];
  /** Worst prediction per request, for the requests that have one other than benign. */
  readonly worst: readonly { readonly request: number; readonly class: PayloadClass; readonly confidence: number }[];
  /** Null: an earlier version, or one that does not tell, judged the session. */
  readonly extent: VerdictExtent | null;
}

/** A verdict with the place of its session among the lots: see `lotOf`. */
export interface LottedVerdict extends VerdictRecord {
  readonly lot: string;
  /** Engine of the fleet that judged it; none: this one. */
  readonly judgedBy?: string;
}
