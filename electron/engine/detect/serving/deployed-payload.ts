import { readFile } from "node:fs/promises";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Settings } from "../../../../shared/settings.ts";
import { loadPayloadClassifier } from "../classifier/load-payload-model.ts";
import { openOnnxClassifier } from "../classifier/onnx-classifier.ts";
import type { PayloadClassifier, RemoteClassifier } from "../payload.ts";
import type { BreakerStatus } from "./breaker.ts";
import type { ServingTally } from "./tally.ts";

export const payloadModelKinds = ["built-in", "classic", "onnx"] as const;

/** The payload model that decides. Plain data: each thread opens its own. */
export interface DeployedPayload {
  readonly kind: (typeof payloadModelKinds)[number];
  /** Its file, or the folder of an ONNX model. */
  readonly path: string;
  readonly hash: string;
  /** Entry file of the thread that an ONNX model runs in. */
  readonly onnxEntry: string;
  /** Error rate that its conformal sets are to keep to; absent: as its file has them. */
  readonly setErrorRate?: Settings["class_set_error_rate"];
}

/** What conformal sets kept to before another error rate could be chosen: what a verdict means that names none. */
export const usualSetErrorRate = "0.05" satisfies Settings["class_set_error_rate"];

/** How a model fared in one thread since it last told. Plain data. */
export interface ServingReport {
  /** Hash of the model. */
  readonly hash: string;
  readonly tally: ServingTally;
  readonly breaker: BreakerStatus;
}

/**
 * @param deployed without a hash where it is only now chosen
 * @throws SentinelError MODEL_UNREADABLE, SETTING_INVALID, UNAVAILABLE, naming what cannot be used
 */
export async function openDeployedPayload(
  deployed: Omit<DeployedPayload, "hash"> & { readonly hash?: string },
): Promise<PayloadClassifier | RemoteClassifier> {
  const { kind, path, hash, onnxEntry, setErrorRate } = deployed;
  if (kind === "onnx") {
    return await openOnnxClassifier({
      entry: new URL(onnxEntry),
      folder: path,
      ...(hash === undefined ? {} : { hash }),
    });
  }
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new SentinelError("MODEL_UNREADABLE", `The model file ${path} cannot be read.`, undefined, error);
  });
  const classifier = loadPayloadClassifier(bytes, setErrorRate === undefined ? undefined : Number(setErrorRate));
  if (hash !== undefined && classifier.hash !== hash) {
    throw new SentinelError("MODEL_UNREADABLE", `The model file ${path} is not the one that was chosen.`);
  }
  return classifier;
}
