import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { errorTold, SentinelError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { listModels, trainPayloadClassifier, trainRows } from "../../shared/model.ts";
import { type ApiClient, openClient, waitForJob } from "./client.ts";
import { type Command, exitCodes } from "./command.ts";
import { whyUnreadable } from "./unreadable.ts";

export const train: Command = {
  name: "train",
  summary: "Train a payload model, judge it by its gates and register it",
  usage: "[--file ROWS.jsonl | --dataset VERSION] [--seed SEED] [--scratch] [--json]",
  details: `Trains on the newest version of the dataset, on the one that is named, or on a file of JSON lines {text, label} that may name place,
split (train, validation, test), group, source and is_false_positive. It goes on from the model that decides, or with --scratch begins anew.
Lines that cannot be read are named on standard error, and the others are used. The model decides nothing before it is made champion.
Exit code 3: nothing could be learned from what was given. Interrupted, the same command goes on where it was.`,
  options: {
    file: { type: "string" },
    dataset: { type: "string" },
    seed: { type: "string" },
    scratch: { type: "boolean" },
    json: { type: "boolean" },
  },
  operands: [0, 0],
  async run({ options, around }) {
    const { file, dataset } = options;
    if (typeof file === "string" && typeof dataset === "string") {
      throw new SentinelError("SETTING_INVALID", "Give --file or --dataset, not both.");
    }
    const seed = typeof options.seed === "string" ? options.seed : "sentinel";
    const start = options.scratch === true ? ("scratch" as const) : ("champion" as const);
    const body = typeof file === "string" ? await openRows(file) : undefined;
    const client = await openClient(around);
    try {
      let jobId: string;
      if (typeof file === "string") {
        const begun = await client.call(trainRows, { file_name: basename(file), seed, start }, body);
        for (const { line, what } of begun.problems) around.tell(`${file}, line ${line}: ${what}`);
        const untold = begun.refused - begun.problems.length;
        if (untold > 0) around.tell(`${file}: ${untold} more lines are not used.`);
        jobId = begun.job_id;
      } else {
        const dataset_version = typeof dataset === "string" ? dataset : null;
        jobId = (await client.call(trainPayloadClassifier, { dataset_version, seed, start })).job_id;
      }
      const job = await waitForJob(client, jobId, around.stop);
      if (job.state !== "done") throw toError(job);
      await around.write(
        options.json === true ? `${JSON.stringify(await resultOf(client, job))}\n` : await tellResult(client, job),
      );
      return exitCodes.done;
    } finally {
      await client.close();
    }
  },
};

async function openRows(path: string): Promise<Blob> {
  const reason = await whyUnreadable(path);
  if (reason !== null) throw new SentinelError("INPUT_INVALID", `${path}: ${reason}`);
  return await openAsBlob(path);
}

/** Why a training ended without a model, with the code that it failed by. */
function toError({ state, error }: Job): SentinelError {
  return errorTold(error) ?? new SentinelError("CANCELLED", `The training is ${state}.`);
}

async function resultOf(client: ApiClient, job: Job) {
  const id = String(job.result?.model_id);
  const { models } = await client.call(listModels, {});
  const entry = models.find(({ metadata }) => metadata.id === id);
  if (entry === undefined) throw new SentinelError("NOT_FOUND", `The model ${id} is not in the registry any more.`);
  return { ...entry, left_out: job.result?.left_out ?? [] };
}

async function tellResult(client: ApiClient, job: Job): Promise<string> {
  const { metadata, evaluation, left_out } = await resultOf(client, job);
  const leftOut = left_out as readonly { id: string; reason: string }[];
  const gates = evaluation?.gates ?? [];
  const width = Math.max(...gates.map(({ name }) => name.length));
  return [
    `Model ${metadata.id}`,
    ...leftOut.map(({ id, reason }) => `  row ${id} was left out: ${reason}`),
    ...gates.map(
      ({ name, verdict, why }) => `  ${verdict === "passed" ? "passed" : "FAILED"}  ${name.padEnd(width)}  ${why}`,
    ),
    evaluation?.passed === true
      ? "Every gate passed: it can be made champion."
      : "It cannot decide before every gate passed, or an admin overrides them with a reason.",
    "",
  ].join("\n");
}
