import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/ids.ts";
import type { Label } from "../../base/labels.ts";
import type { Leaf } from "./resolve-arguments.ts";

/** A value that went into a step: where in its arguments or prompt, which step gave it, and its label. */
export interface ProofInput {
  readonly path: string;
  /** null: it stands in the plan. */
  readonly from: string | null;
  readonly label: Label;
  readonly endorsed: "typed" | { readonly list: string } | null;
}

/**
 * Why a step was allowed, in a form that a program which shares nothing with the controller can follow from the plan, the policy and what
 * the steps gave. Nothing a value says stands in it, only hashes (SHA-256 of canonical JSON, RFC 8785).
 */
export interface StepProof {
  readonly version: 1;
  readonly task: string;
  readonly step: string;
  readonly type: "llm_task" | "tool_call";
  /** Of the whole plan. */
  readonly plan: string;
  /** Of the policy of the tool; null for a worker's step. */
  readonly policy: string | null;
  readonly level: number;
  readonly strict: boolean;
  readonly inputs: readonly ProofInput[];
  /** Of tool and arguments, or of the prompt's pieces. */
  readonly call: string;
  /** In strict mode what decided that the step was done. */
  readonly control: Label;
  readonly decision: {
    readonly verdict: "allowed" | "approved";
    /** Approval that was used, with the hash of what was shown. */
    readonly approval: { readonly id: string; readonly shown: string } | null;
  };
  /** What came of it; null before it was done. */
  readonly output: { readonly hash: string; readonly label: Label } | null;
  /** Hash of the proof of the step done before it; null for the first. */
  readonly previous: string | null;
}

export const hashJson = (value: unknown): string => sha256(canonicalJson(value));

/** A leaf as an input of a proof. */
export function toInput({ path, from, label, endorsed }: Leaf): ProofInput {
  return { path, from, label, endorsed };
}
