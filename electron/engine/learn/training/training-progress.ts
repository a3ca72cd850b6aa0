import { deserialize, serialize } from "node:v8";
import { sha256 } from "../../base/ids.ts";
import { familyCount } from "../../detect/classifier/families.ts";
import type { DatasetVersion } from "../sample.ts";
import type { FitState } from "./fit-state.ts";
import type { TrainingEpoch, TrainingOptions } from "./train-payload-model.ts";

/** Changes whenever the same rows and options would be trained otherwise. */
const revision = 1;

/** How far a training is. */
export interface SavedProgress {
  /** Names rows and options: progress of others is none. */
  readonly key: string;
  readonly curve: TrainingEpoch[];
  /** For each fold that is done, its rows (by position among those that are learned from) with uncalibrated probabilities. */
  readonly folds: { readonly row: number; readonly probabilities: readonly number[] }[][];
  /** The fit that is under way; null: none is. */
  fit: FitState | null;
}

/** Names what is trained: rows (by content id), labels, splits, groups, seed, and the weights it goes on from. */
export function keyOf({ id: version, rows }: DatasetVersion, { seed, start, folds }: TrainingOptions): string {
  const list = rows.map(({ id, label, split, group }) => [id, label, split, group]);
  return sha256(JSON.stringify([revision, familyCount, version, seed, folds ?? null, start?.header ?? null, list]));
}

/** 64 hexadecimal digits of the SHA-256, then the state. */
export function writeProgress(progress: SavedProgress): Uint8Array {
  const bytes = serialize(progress);
  return Buffer.concat([Buffer.from(sha256(bytes)), bytes]);
}

/** Null where there is none, it is damaged, or it is of another training. */
export function readProgress(saved: Uint8Array | null, key: string): SavedProgress | null {
  if (saved === null || saved.length < 64) return null;
  const bytes = Buffer.from(saved.buffer, saved.byteOffset, saved.byteLength);
  const state = bytes.subarray(64);
  // SECURITY: nothing that was changed after it was written is taken apart.
  if (bytes.toString("latin1", 0, 64) !== sha256(state)) return null;
  const progress = deserialize(state) as SavedProgress;
  return progress.key === key ? progress : null;
}
