import type { MessagePort } from "node:worker_threads";
import type { WireError } from "../../../store/store-errors.ts";

/** What the thread that runs a Prompt Guard model is started with. */
export interface GuardThreadData {
  readonly folder: string;
  readonly port: MessagePort;
}

export type GuardQuestion =
  | { readonly kind: "judge"; readonly id: number; readonly text: string }
  /** Nobody waits for it any more. */
  | { readonly kind: "cancel"; readonly id: number };

/** A window of the text that the model takes for an attack. */
export interface GuardHit {
  readonly start: number;
  readonly end: number;
  /** Probability that it is none of the honest label. */
  readonly score: number;
}

export type GuardAnswer =
  /** What computes, and which quicker ones could not be used. */
  | { readonly kind: "ready"; readonly provider: string; readonly passedOver: string | null }
  | { readonly kind: "unusable"; readonly error: WireError }
  | { readonly kind: "hits"; readonly id: number; readonly hits: readonly GuardHit[] }
  /** SECURITY: the name of the error and no more: what it says may quote the text. */
  | { readonly kind: "failed"; readonly id: number; readonly error: string };
