import type { PayloadClassifier } from "../payload.ts";
import { classicMagic } from "./classic-file.ts";
import { loadClassicClassifier } from "./classic-model.ts";
import { loadClassifier } from "./payload-model.ts";

/**
 * A model in one file, whichever kind it is of.
 * @param setErrorRate of its conformal sets, where its file has thresholds for it
 * @throws SentinelError MODEL_UNREADABLE
 */
export function loadPayloadClassifier(bytes: Uint8Array, setErrorRate?: number): PayloadClassifier {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.byteLength)).toString("latin1");
  return start === classicMagic ? loadClassicClassifier(bytes) : loadClassifier(bytes, setErrorRate);
}
