import { setImmediate } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { ModelEvaluation } from "../../../../shared/model-figures.ts";
import type { PayloadClass } from "../../../../shared/payload.ts";
import type { DeployedPayload } from "../../detect/serving/deployed-payload.ts";
import type { WireError } from "../../store/store-errors.ts";
import type { FittedRows } from "../fitted-rows.ts";
import type { ReportedValue } from "../reported-now.ts";
import type { DatasetRow, DatasetVersion } from "../sample.ts";
import type { RowsOfFile } from "./read-rows.ts";
import type { TrainedModel, TrainingEpoch } from "./train-payload-model.ts";

/** What a training thread is asked. Plain data, but for the port that rows come through and progress leaves by. */
export interface TrainTask {
  readonly port: MessagePort;
  readonly seed: string;
  /** The model to go on from; null: from scratch. */
  readonly start: StartModel | null;
  /** File that the state is kept in, so that a killed run goes on. */
  readonly progressPath: string;
  /** How much work is between two of its states at least, milliseconds. */
  readonly saveEveryMs: number;
}

/** What a training goes on from. */
export interface StartModel {
  readonly path: string;
  readonly hash: string;
  readonly fitted: FittedSource;
}

/** Where what a model was fitted to is written down; `nothing`: to no row of a dataset, as the shipped one; `unknown`: nowhere. */
export type FittedSource = "nothing" | "unknown" | { readonly path: string };

export interface EvaluateTask {
  readonly port: MessagePort;
  readonly candidate: DeployedPayload;
  readonly fitted: FittedSource;
  readonly champion: DeployedPayload;
  /** Every value that was reported as a false positive lately, by the labels as they stand. */
  readonly reported: readonly ReportedValue[];
}

/** A row whose label a model that was not fitted to it doubts. */
export interface DoubtedRow extends Pick<DatasetRow, "id" | "label" | "source"> {
  /** What that model takes it for. */
  readonly likely: PayloadClass;
  /** What it gives the row's label. */
  readonly probability: number;
}

/** What a training comes to, without what only its thread has use for. */
export interface TrainedInThread extends Omit<TrainedModel, "outOfFold"> {
  /** How many rows have a label that the cross-validation doubts, and the likeliest to be wrong of them: mistakes, or what is new. */
  readonly doubted: { readonly count: number; readonly rows: readonly DoubtedRow[] };
  readonly fittedRows: FittedRows;
}

/** Expected failures come back as such: a thread's boundary takes their code away. */
export type TaskResult<T> = { readonly value: T } | { readonly error: WireError };
export type TrainResult = TaskResult<TrainedInThread>;
export type EvaluateResult = TaskResult<Omit<ModelEvaluation, "at">>;

/** A file of labelled rows, as it was sent: read once, in the thread. */
export interface RowFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Epoch ms that its rows count from. */
  readonly at: number;
}

/** What a thread has read of such a file: its `DatasetVersion` as JSON, which the thread that routes input only passes on. */
export interface GivenDataset {
  readonly bytes: Uint8Array;
}

/** What a thread says of a file. */
export interface ReadFile extends GivenDataset, Pick<RowsOfFile, "problems" | "refused"> {
  readonly id: string;
  readonly rows: number;
}

/** Into the thread: rows and in the end the version that they are of, or what was read of a file. */
type RowMessage<R> = { readonly rows: readonly R[] } | { readonly id: string } | { readonly given: GivenDataset };

/** Rows sent at once: some milliseconds of this thread. */
const rowsAtOnce = 500;

/** Rows and the version that they are of. */
export interface RowsOf<R> {
  readonly id: string;
  readonly rows: readonly R[];
}

/** Sends a dataset to a thread bit by bit: the thread that routes the analyst's input never copies all of it at once. */
export async function sendDataset<R>(port: MessagePort, source: RowsOf<R> | GivenDataset): Promise<void> {
  if ("bytes" in source) {
    port.postMessage({ given: { bytes: source.bytes } } satisfies RowMessage<R>);
    return;
  }
  const { id, rows } = source;
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    port.postMessage({ rows: rows.slice(at, at + rowsAtOnce) } satisfies RowMessage<R>);
    await setImmediate();
  }
  port.postMessage({ id } satisfies RowMessage<R>);
}

/** What arrived, and whether somebody gave its rows in a file: nothing else is known of those. */
export interface ReceivedDataset {
  readonly dataset: DatasetVersion;
  readonly isGiven: boolean;
}

/** The other end of it. */
export async function receiveDataset(port: MessagePort): Promise<ReceivedDataset> {
  const received = await receiveRows<DatasetRow>(port);
  return "bytes" in received
    ? { dataset: JSON.parse(Buffer.from(received.bytes).toString("utf8")) as DatasetVersion, isGiven: true }
    : { dataset: received, isGiven: false };
}

/** What `sendDataset` sends, as it is. */
export function receiveRows<R>(port: MessagePort): Promise<RowsOf<R> | GivenDataset> {
  return new Promise((resolve) => {
    const rows: R[] = [];
    port.on("message", (message: RowMessage<R>) => {
      if ("rows" in message) rows.push(...message.rows);
      else if ("given" in message) resolve(message.given);
      else resolve({ id: message.id, rows });
    });
  });
}

/** Out of the thread, after each epoch. */
export type EpochMessage = TrainingEpoch;
