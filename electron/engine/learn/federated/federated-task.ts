import { readFileSync } from "node:fs";
import type { MessagePort } from "node:worker_threads";
import { sha256 } from "../../base/ids.ts";
import { readModel } from "../../detect/classifier/model-file.ts";
import { receiveRows } from "../training/training-task.ts";
import { applyUpdate, type Combined, combineUpdates } from "./combine-updates.ts";
import { createSecureRandom } from "./discrete-gaussian.ts";
import { type LocalSource, toLocalGroups } from "./local-groups.ts";
import { type MadeUpdate, makeUpdate, mechanism } from "./local-update.ts";
import { createPublicFrame, type PublicFrame } from "./public-frame.ts";

/** What a thread is asked for an update. The rows come through the port, progress leaves by it. */
export interface UpdateTask {
  readonly port: MessagePort;
  /** File of the base model. */
  readonly basePath: string;
  /** What the update may cost, as zCDP. */
  readonly rho: number;
}

export interface UpdateProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/** What came of it: what may leave, and what stays here. */
export interface UpdateResult {
  readonly update: Pick<MadeUpdate, "weights" | "count" | "noise" | "rho">;
  /** Hash of the public frame. */
  readonly frame: string;
  /** Of the rows themselves: never in a file. */
  readonly local: MadeUpdate["local"] & { readonly rows: number };
}

export interface CombineTask {
  readonly basePath: string;
  readonly updates: readonly Float64Array[];
  /** What the model says of its version. */
  readonly version: string;
}

export interface CombineResult extends Omit<Combined, "update"> {
  /** The model file. */
  readonly bytes: Uint8Array;
}

/** The frame as it is named: two engines that make it otherwise do not mean the same by an update. */
export function hashOfFrame({ factor }: Pick<PublicFrame, "factor">): string {
  return sha256(new Uint8Array(factor.buffer, factor.byteOffset, factor.byteLength));
}

function frameOf(basePath: string): PublicFrame {
  return createPublicFrame(readModel(readFileSync(basePath)));
}

export async function runUpdate({ port, basePath, rho }: UpdateTask): Promise<UpdateResult> {
  const dataset = await receiveRows<LocalSource>(port);
  if ("bytes" in dataset) throw new Error("an update is made of a version of the dataset");
  const tell = (progress: UpdateProgress) => port.postMessage(progress);
  const total = dataset.rows.length;
  const frame = frameOf(basePath);
  let read = 0;
  const groups = toLocalGroups(dataset.rows, frame, () => {
    if (++read % 500 === 0) tell({ step: "reading rows", done: read, total });
  });
  const random = createSecureRandom();
  const made = makeUpdate(groups, frame, rho, random, (step) => {
    tell({ step: "fitting with noise", done: step, total: mechanism.steps });
  });
  const { local, ...update } = made;
  return { update, frame: hashOfFrame(frame), local: { ...local, rows: read } };
}

/** @returns the hash of the frame of a base model */
export function runFrame(basePath: string): string {
  return hashOfFrame(frameOf(basePath));
}

export function runCombine({ basePath, updates, version }: CombineTask): CombineResult {
  const base = readModel(readFileSync(basePath));
  const { update, ...combined } = combineUpdates(updates);
  return { ...combined, bytes: applyUpdate(base, createPublicFrame(base), update, version) };
}
