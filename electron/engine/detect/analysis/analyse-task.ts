import type { EvidenceKind, EvidenceProblem } from "../../../../shared/evidence.ts";
import type { Settings } from "../../../../shared/settings.ts";
import type { KeyRing } from "../../store/key-store.ts";
import type { WireError } from "../../store/store-errors.ts";
import type { FusionConfig } from "../fusion.ts";
import type { DeployedPayload, ServingReport } from "../serving/deployed-payload.ts";
import type { SessionTrial } from "../serving/session-trial.ts";
import type { PhaseTimes } from "./phase-clock.ts";
import type { FlagShares } from "./session-flags.ts";

/** What a worker needs to analyse one piece of stored evidence. Plain data: it crosses a thread boundary. */
export interface AnalyseTask {
  readonly evidence: {
    readonly id: string;
    readonly seq: number;
    readonly kind: EvidenceKind;
    readonly sha256: string;
  };
  readonly blobsPath: string;
  readonly keysPath: string;
  readonly ring: KeyRing;
  readonly settings: Pick<
    Settings,
    "max_entry_mb" | "session_gap_minutes" | "class_set_error_rate" | "maxmind_file" | "bad_networks"
  >;
  readonly fusion: FusionConfig;
  readonly flags: FlagShares;
  readonly extractorVersion: string;
  /** Whether what each phase takes is measured; absent: it is not. */
  readonly timed?: boolean;
  readonly models: {
    readonly payload: DeployedPayload;
    /** A model on trial beside it, and its share of sessions in percent: 0 is a shadow, whose word never counts; null: none. */
    readonly challenger: { readonly payload: DeployedPayload; readonly percent: number } | null;
    /** The behaviour model's file, whole. */
    readonly behaviour: Uint8Array;
    /** The file of the model of sequences, whole; null: there is none. */
    readonly sequence: Uint8Array | null;
  };
}

/** An analysis whose verdicts are stored. */
export interface StoreTask extends AnalyseTask {
  /** Key that the lots of sessions are drawn with. */
  readonly lotKey: Uint8Array;
}

/** Place of the problem that tells of values which rules judged in the model's place. */
export const modelPlace = "payload model";

/** Told now and then while an analysis goes on. */
export interface AnalyseProgress {
  /** Of the evidence, read so far. */
  readonly bytes: number;
  readonly serving: ServingReport;
  readonly trials: SessionTrials | null;
}

/** How a challenger fared, session by session, since it was last told. Plain data. */
export interface SessionTrials {
  /** Hashes of the two models, and the challenger's share while they were compared. */
  readonly champion: string;
  readonly challenger: string;
  readonly percent: number;
  /** Null: the challenger could not be opened, and the champion decided alone. */
  readonly sessions: readonly SessionTrial[] | null;
}

export interface AnalyseOutcome {
  readonly requests: number;
  readonly sessions: number;
  readonly overlapping: number;
  readonly simulate: number;
  readonly tag: number;
  readonly benign: number;
  /** SHA-256 over the verdicts in the order they were reached: the log vouches for them by it. */
  readonly verdictsDigest: string;
  readonly problems: readonly EvidenceProblem[];
  readonly problemCount: number;
  /** What of the operator's own data could not be used, in words. */
  readonly enrichmentProblems: readonly string[];
  readonly clockOffsetMs: number | null;
  readonly recordedBy: string | null;
  /** Entries that are no HTTP requests, by scheme. */
  readonly passedOver: Readonly<Record<string, number>>;
  /** What was not told by then. */
  readonly serving: ServingReport;
  readonly trials: SessionTrials | null;
  /** Null: not measured. */
  readonly phases: PhaseTimes | null;
}

/** How a task ended, as it crosses the thread boundary: thrown errors would lose their code there. */
export type AnalyseAnswer = { readonly outcome: AnalyseOutcome } | { readonly error: WireError };
