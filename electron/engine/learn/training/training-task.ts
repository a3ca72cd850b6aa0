import { setImmediate } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { ModelEvaluation } from "../../../../shared/model-figures.ts";
import type { DeployedPayload } from "../../detect/serving/deployed-payload.ts";
import type { WireError } from "../../store/store-errors.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";
import { type RowsOfFile, readRows } from "./read-rows.ts";
import type { TrainedModel, TrainingEpoch } from "./train-payload-model.ts";

/** What a training thread is asked. Plain data, but for the port that rows come through and progress leaves by. */
export interface TrainTask {
  readonly port: MessagePort;
  readonly seed: string;
  /** File of the model to go on from; null: from scratch. */
  readonly startPath: string | null;
  /** File that the state is kept in, so that a killed run goes on. */
  readonly progressPath: string;
  /** How much work is between two of its states at least, milliseconds. */
  readonly saveEveryMs: number;
}

export interface EvaluateTask {
  readonly port: MessagePort;
  readonly candidate: DeployedPayload;
  readonly champion: DeployedPayload;
  /** Epoch ms. */
  readonly now: number;
}

/** What a training comes to, without what only its thread has use for. */
export interface TrainedInThread extends Omit<TrainedModel, "outOfFold"> {
  /** Rows whose label a model that did not see them finds unlikely, the most doubtful first: mistakes, or what is new. */
  readonly doubtful: readonly { readonly id: string; readonly probability: number }[];
}

/** Expected failures come back as such: a thread's boundary takes their code away. */
export type TaskResult<T> = { readonly value: T } | { readonly error: WireError };
export type TrainResult = TaskResult<TrainedInThread>;
export type EvaluateResult = TaskResult<Omit<ModelEvaluation, "at">>;

/** A file of labelled rows, as it was sent. */
export interface RowFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Epoch ms that its rows count from. */
  readonly at: number;
}

/** Into the thread: rows and in the end the version that they are of, or a file to be read there. */
type RowMessage = { readonly rows: readonly DatasetRow[] } | { readonly id: string } | { readonly file: RowFile };

/** Rows sent at once: some milliseconds of this thread. */
const rowsAtOnce = 500;

/** Sends a dataset to a thread bit by bit: the thread that routes the analyst's input never copies all of it at once. */
export async function sendDataset(port: MessagePort, source: DatasetVersion | RowFile): Promise<void> {
  if ("bytes" in source) {
    port.postMessage({ file: source } satisfies RowMessage);
    return;
  }
  const { id, rows } = source;
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    port.postMessage({ rows: rows.slice(at, at + rowsAtOnce) } satisfies RowMessage);
    await setImmediate();
  }
  port.postMessage({ id } satisfies RowMessage);
}

/** The other end of it. */
export function receiveDataset(port: MessagePort): Promise<DatasetVersion> {
  return new Promise((resolve) => {
    const rows: DatasetRow[] = [];
    port.on("message", (message: RowMessage) => {
      if ("rows" in message) rows.push(...message.rows);
      else if ("file" in message) resolve(readRowFile(message.file).dataset);
      else resolve({ id: message.id, rows });
    });
  });
}

export function readRowFile({ bytes, name, at }: RowFile): RowsOfFile {
  return readRows(Buffer.from(bytes).toString("utf8"), name, at);
}

/** Out of the thread, after each epoch. */
export type EpochMessage = TrainingEpoch;
