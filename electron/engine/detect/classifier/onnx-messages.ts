import type { MessagePort } from "node:worker_threads";
import type { WireError } from "../../store/store-errors.ts";
import type { ClassifierOutput } from "../payload.ts";

/** What the thread that runs an ONNX model is started with. */
export interface OnnxThreadData {
  readonly folder: string;
  /** Questions come and answers go here. */
  readonly port: MessagePort;
  /** Raised by one with each answer, and notified: a thread that blocks waits for it. Shape [1]. */
  readonly signal: Int32Array<SharedArrayBuffer>;
}

export interface OnnxQuestion {
  readonly id: number;
  readonly text: string;
}

export type OnnxAnswer =
  | { readonly kind: "ready"; readonly hash: string; readonly provider: string; readonly passedOver: string | null }
  /** The model cannot be loaded. */
  | { readonly kind: "unusable"; readonly error: WireError }
  | { readonly kind: "output"; readonly id: number; readonly output: ClassifierOutput }
  /** SECURITY: the name of the error and no more: what it says may quote the payload. */
  | { readonly kind: "failed"; readonly id: number; readonly error: string };
