import type { EvidenceKind } from "../../../../shared/evidence.ts";
import type { PayloadClass, Place } from "../../../../shared/payload.ts";
import type { RuleDefinition, RuleExclusion } from "../../../../shared/rule.ts";
import type { KeyRing } from "../../store/key-store.ts";
import type { WireError } from "../../store/store-errors.ts";
import type { EvidenceCounts } from "./backtest-counts.ts";

/** A value of which somebody, or a file, says what it is. */
export interface LabelledValue {
  readonly text: string;
  /** Null: whatever its place. */
  readonly place: Place | null;
  readonly label: PayloadClass;
}

/** An attack that a rule was made of. */
export interface SampleValue {
  readonly text: string;
  readonly place: Place;
}

/** What a version of a rule matches by. */
export interface RuleVersion {
  readonly definition: RuleDefinition;
  readonly exclusions: readonly RuleExclusion[];
}

/** A rule that is tried. */
export interface TriedRule extends RuleVersion {
  /** An exclusion that does not exist yet. */
  readonly candidate: RuleExclusion | null;
  /** Another version, whose hits are compared with this one's; null: none. */
  readonly against: RuleVersion | null;
  /** Epoch milliseconds by which exclusions expire. */
  readonly now: number;
}

/** What a worker needs to try a rule on one piece of stored evidence. Plain data: it crosses a thread boundary. */
export interface BacktestTask {
  readonly backtest: string;
  readonly rule: TriedRule;
  /** Epoch milliseconds, from inclusive, to exclusive; null: no end. */
  readonly from: number | null;
  readonly to: number | null;
  readonly evidence: {
    readonly id: string;
    readonly seq: number;
    readonly kind: EvidenceKind;
    readonly sha256: string;
    /** Epoch milliseconds: stands for the time of requests without one. */
    readonly addedAt: number;
  };
  readonly labels: readonly LabelledValue[];
  /** What the rule was made of. */
  readonly samples: readonly SampleValue[];
  readonly blobsPath: string;
  readonly keysPath: string;
  readonly ring: KeyRing;
  readonly entryBytes: number;
}

export type BacktestAnswer = { readonly counts: EvidenceCounts } | { readonly error: WireError };
