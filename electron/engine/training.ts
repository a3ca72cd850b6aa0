import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { SentinelError } from "../../shared/errors.ts";
import type {
  TrainingEpoch as EpochOnWire,
  getDoubtedLabels,
  trainPayloadClassifier,
  trainRows,
} from "../../shared/model.ts";
import type { ModelEvaluation } from "../../shared/model-figures.ts";
import type { Input, Output } from "../../shared/route.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { sha256 } from "./base/ids.ts";
import { inBackground } from "./base/on-demand.ts";
import type { Principal } from "./base/principals.ts";
import type { DeployedPayload } from "./detect/serving/deployed-payload.ts";
import { falsePositiveAgeMs } from "./learn/evaluate-candidate.ts";
import type { Registry } from "./learn/registry/registry.ts";
import type { ReportedValue } from "./learn/reported-now.ts";
import type { DatasetVersion } from "./learn/sample.ts";
import type { KnownSample } from "./learn/sample-table.ts";
import type { TrainingEpoch } from "./learn/training/train-payload-model.ts";
import type { leftOutReasons } from "./learn/training/training-rows.ts";
import {
  type EpochMessage,
  type EvaluateResult,
  type EvaluateTask,
  type FittedSource,
  type GivenDataset,
  type ReadFile,
  type RowFile,
  type StartModel,
  sendDataset,
  type TaskResult,
  type TrainedInThread,
  type TrainResult,
  type TrainTask,
} from "./learn/training/training-task.ts";
import { toModelFigures } from "./learn/wire-figures.ts";
import type { JobContext, JobKind, Jobs } from "./store/jobs.ts";
import { unpackError } from "./store/store-errors.ts";

interface TrainArgs {
  readonly dataset_version: string;
  /** Whether that is of a file, which is known until the engine closes; absent in jobs of before that was told. */
  readonly is_file?: boolean;
  readonly seed: string;
  readonly start: "champion" | "scratch";
}
interface EvaluateArgs {
  readonly model_id: string;
  readonly dataset_version: string;
}

/** Training and judging of payload models, as jobs. */
export interface Training {
  readonly trainJob: JobKind<TrainArgs, never>;
  readonly evaluateJob: JobKind<EvaluateArgs, never>;
  start(input: Input<typeof trainPayloadClassifier>, by: Principal): Promise<Output<typeof trainPayloadClassifier>>;
  /** Trains on the rows of a file, which are forgotten when the engine closes. */
  startOnRows(
    source: AsyncIterable<Uint8Array>,
    input: Input<typeof trainRows>,
    by: Principal,
  ): Promise<Output<typeof trainRows>>;
  evaluate(id: string, datasetVersion: string | null, by: Principal): Promise<{ job_id: string }>;
  /** Epochs of a training that runs or ran since the engine was started, oldest first. */
  curve(jobId: string): EpochOnWire[];
  /** Rows whose label the cross-validation of a training doubts; none of one that is not done. @throws SentinelError NOT_FOUND */
  doubts(jobId: string): Promise<Output<typeof getDoubtedLabels>>;
  close(): Promise<void>;
}

export interface TrainingOptions {
  readonly jobs: Jobs;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly workerEntry: URL;
  readonly onnxEntry: URL;
  /** Data directory. */
  readonly home: string;
  /** A version of the dataset; null: the newest. @throws SentinelError NOT_FOUND */
  readonly datasetVersion: (id: string | null) => Promise<DatasetVersion>;
  /** Texts of samples, those that are still there. */
  readonly samples: (ids: readonly string[]) => Promise<readonly KnownSample[]>;
  /** Tells the name of a source of labels. */
  readonly nameSources: () => Promise<(source: string) => string>;
  /** Values that were reported as false positives since a moment, epoch ms, by the labels as they stand now. */
  readonly reportedSince: (since: number) => Promise<readonly ReportedValue[]>;
  /** What decides now. */
  readonly champion: () => Promise<DeployedPayload>;
  /** File of the shipped model, which a training goes on from where what decides is of another sort. */
  readonly shipped: { readonly path: string; readonly hash: string };
  /** Another one for tests. */
  readonly saveEveryMs?: number;
}

/** States of killed trainings are kept for so long, milliseconds. */
const keptMs = 30 * 24 * 3_600_000;
/** Files and curves that are remembered. */
const remembered = 4;
/** Ids of rows that were left out which a job's result names. */
const mostNamed = 100;

export async function createTraining(options: TrainingOptions): Promise<Training> {
  const { registry, clock } = options;
  const states = join(options.home, "training");
  await removeOldStates(states, clock.now());
  const files = new Map<string, GivenDataset>();
  const curves = new Map<string, EpochOnWire[]>();
  let started: Piscina | undefined;

  function pool(): Piscina {
    started ??= new Piscina({
      filename: options.workerEntry.href,
      ...inBackground,
      idleTimeout: 2000,
      // A training makes much that lives shortly: a larger young generation is not faster, and is kept.
      resourceLimits: { maxYoungGenerationSizeMb: 32 },
    });
    return started;
  }

  /** Runs a task in the thread with a dataset beside it. */
  async function ask<T>(
    name: "train" | "evaluate",
    task: Omit<TrainTask, "port"> | Omit<EvaluateTask, "port">,
    dataset: DatasetVersion | GivenDataset,
    signal: AbortSignal,
    onMessage: (message: EpochMessage) => void = () => {},
  ): Promise<T> {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", onMessage);
    try {
      const running = pool().run({ ...task, port: port2 }, { name, signal, transferList: [port2] as never });
      const [result] = await Promise.all([running as Promise<TaskResult<T>>, sendDataset(port1, dataset)]);
      signal.throwIfAborted();
      if ("error" in result) throw unpackError(result.error);
      return result.value;
    } finally {
      port1.close();
    }
  }

  async function datasetOf(id: string): Promise<DatasetVersion | GivenDataset> {
    return files.get(id) ?? (await options.datasetVersion(id));
  }

  /** The model that a training goes on from: what decides, where it is of the built-in kind. */
  async function startOf(start: TrainArgs["start"]): Promise<StartModel | null> {
    if (start === "scratch") return null;
    const champion = await options.champion();
    const { path, hash } = champion.kind === "built-in" ? champion : options.shipped;
    return { path, hash, fitted: fittedOf(hash) };
  }

  /** What a model was fitted to. The shipped one never saw a label of this engine. */
  function fittedOf(id: string): FittedSource {
    if (id === options.shipped.hash) return "nothing";
    const path = registry.files.fittedPathOf(id);
    return path === null ? "unknown" : { path };
  }

  async function judge(
    id: string,
    dataset: DatasetVersion | GivenDataset,
    signal: AbortSignal,
    by: Principal,
  ): Promise<ModelEvaluation> {
    const { metadata } = await registry.get(id);
    const onnxEntry = options.onnxEntry.href;
    const candidate = { kind: metadata.kind, path: registry.files.pathOf(metadata), hash: id, onnxEntry };
    const reported = await options.reportedSince(clock.now() - falsePositiveAgeMs);
    const task = { candidate, fitted: fittedOf(id), champion: await options.champion(), reported };
    const judged = await ask<Extract<EvaluateResult, { value: unknown }>["value"]>("evaluate", task, dataset, signal);
    const evaluation: ModelEvaluation = { ...judged, at: toInstant(clock.now()) };
    await registry.noteEvaluation(id, evaluation, by);
    return evaluation;
  }

  async function train({ dataset_version, seed, start }: TrainArgs, { id, by, signal, progress }: JobContext<never>) {
    progress({ step: "reading rows" });
    const dataset = await datasetOf(dataset_version);
    const from = await startOf(start);
    await mkdir(states, { recursive: true, mode: 0o700 });
    // Named by what is trained: whoever asks for the same again goes on where a killed run was.
    const progressPath = join(states, `${sha256(`${dataset_version} ${seed} ${from?.hash ?? ""}`)}.state`);
    const curve = remember(curves, id, [] as EpochOnWire[]);
    const since = performance.now();
    const trained = await ask<Extract<TrainResult, { value: unknown }>["value"]>(
      "train",
      { seed, start: from, progressPath, saveEveryMs: options.saveEveryMs ?? 3000 },
      dataset,
      signal,
      (epoch) => {
        curve.push(toWire(epoch));
        progress({ step: stepOf(epoch), done: epoch.done, total: epoch.total, unit: "epochs" });
      },
    );
    curve.splice(0, curve.length, ...trained.curve.map(toWire));
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    const modelId = await registry.files.keepFile(trained.bytes);
    await registry.files.keepFitted(modelId, trained.fittedRows);
    const model = { id: modelId, kind: "built-in", origin: "trained", parent: from?.hash ?? null } as const;
    const training = recordOf(trained, seed, seconds);
    const event = await registry.register({ ...model, dataset_version, training }, by);
    progress({ step: "judging by the gates" });
    const evaluation = await judge(modelId, dataset, signal, by);
    await rm(progressPath, { force: true });
    files.delete(dataset_version);
    return {
      model_id: modelId,
      registered: event !== null,
      ...outcomeOf(evaluation),
      left_out: trained.leftOut.slice(0, mostNamed),
      doubted: trained.doubted,
    };
  }

  async function evaluate({ model_id, dataset_version }: EvaluateArgs, { by, signal, progress }: JobContext<never>) {
    progress({ step: "judging by the gates" });
    const evaluation = await judge(model_id, await datasetOf(dataset_version), signal, by);
    return { model_id, ...outcomeOf(evaluation) };
  }

  return {
    trainJob: {
      kind: "train-payload",
      role: "analyst",
      resumable: ({ dataset_version, is_file = false }) => !is_file || files.has(dataset_version),
      run: train,
    },
    evaluateJob: { kind: "evaluate-model", role: "analyst", resumable: true, run: evaluate },
    async start({ dataset_version, seed, start }, by) {
      const dataset = await options.datasetVersion(dataset_version);
      const args: TrainArgs = { dataset_version: dataset.id, is_file: false, seed, start };
      const subject = `dataset ${dataset.id.slice(0, 12)}`;
      return { job_id: (await options.jobs.start("train-payload", args, subject, by)).id };
    },
    async startOnRows(source, { file_name, seed, start }, by) {
      const file: RowFile = { bytes: await buffer(source), name: file_name, at: clock.now() };
      // In the training's thread: fifty thousand lines would hold up this one.
      const { id, rows, problems, refused, bytes } = (await pool().run(file, { name: "read" })) as ReadFile;
      if (rows === 0) {
        const first = problems[0];
        throw new SentinelError(
          "INPUT_INVALID",
          `The file has no row that can be read${first === undefined ? "" : ` (line ${first.line}: ${first.what})`}. Each line is {"text", "label"} and may name place, split, group, source and is_false_positive.`,
          { problems, refused },
        );
      }
      remember(files, id, { bytes });
      const args: TrainArgs = { dataset_version: id, is_file: true, seed, start };
      const job = await options.jobs.start("train-payload", args, file_name, by);
      return { job_id: job.id, rows, refused, problems: problems.map((one) => ({ ...one })) };
    },
    async evaluate(id, datasetVersion, by) {
      await registry.get(id);
      const dataset = await options.datasetVersion(datasetVersion);
      const args: EvaluateArgs = { model_id: id, dataset_version: dataset.id };
      return { job_id: (await options.jobs.start("evaluate-model", args, `model ${id.slice(0, 12)}`, by)).id };
    },
    curve: (jobId) => curves.get(jobId) ?? [],
    async doubts(jobId) {
      const { kind, result } = await options.jobs.get(jobId);
      // One of before they were told has none.
      const doubted =
        kind === "train-payload" ? (result?.doubted as TrainedInThread["doubted"] | undefined) : undefined;
      if (doubted === undefined) return { count: 0, rows: [] };
      const samples = await options.samples(doubted.rows.map(({ id }) => id));
      const known = new Map(samples.map((sample) => [sample.id, sample]));
      const nameOf = await options.nameSources();
      const rows = doubted.rows.map(({ id, label, likely, probability, source }) => {
        const { text = null, place = null } = known.get(id) ?? {};
        return { sample_id: id, text, place, label, likely, probability, source: nameOf(source) };
      });
      return { count: doubted.count, rows };
    },
    async close() {
      await started?.destroy();
    },
  };
}

function stepOf({ fold, folds, epoch, epochs }: TrainingEpoch): string {
  const what = fold === null ? "fitting the model" : `cross-validation, fold ${fold + 1} of ${folds}`;
  return `${what}, epoch ${epoch} of ${epochs}`;
}

function toWire({ validationF1, ...epoch }: TrainingEpoch): EpochOnWire {
  return { ...epoch, validation_f1: validationF1 };
}

function recordOf(trained: TrainedInThread, seed: string, seconds: number) {
  const count = (reason: keyof typeof leftOutReasons) => trained.leftOut.filter((row) => row.reason === reason).length;
  return {
    seed,
    fitted: trained.fitted,
    validated: trained.validated,
    left_out: { contradiction: count("contradiction"), csrf: count("csrf"), empty: count("empty") },
    calibrated_on: trained.calibratedOn,
    classes_without_threshold: [...trained.classesWithoutThreshold],
    cross_validation: toModelFigures(trained.crossValidation),
    doubted: trained.doubted.count,
    curve: trained.curve.map(toWire),
    seconds,
  };
}

function outcomeOf({ passed, gates }: ModelEvaluation) {
  return { passed, failed_gates: gates.filter(({ verdict }) => verdict === "failed").map(({ name }) => name) };
}

/** Notes a value, and forgets the oldest where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): T {
  map.delete(key);
  map.set(key, value);
  if (map.size > remembered) map.delete(map.keys().next().value!);
  return value;
}

async function removeOldStates(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (name.endsWith(".tmp") || (found !== null && found.mtimeMs < now - keptMs)) await rm(path, { force: true });
  }
}
