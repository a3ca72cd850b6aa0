import { createWriteStream, openAsBlob } from "node:fs";
import { mkdir, rename, stat, unlink, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DatasetFormat,
  type DatasetVersionSummary,
  datasetStats,
  exportDataset,
  importDataset,
  listDatasets,
  makeDataset,
  type Split,
  splits,
} from "../../shared/dataset.ts";
import { SentinelError } from "../../shared/errors.ts";
import { type ApiClient, resultOf, waitForJob } from "./client.ts";
import { type Command, exitCodes } from "./command.ts";
import { dataFolder, dvcYaml, metricsJson, paramsYaml, rowsFile } from "./dvc-folder.ts";
import { type Action, type Call, commandOf } from "./subcommands.ts";
import { whyUnreadable } from "./unreadable.ts";

const actions: Readonly<Record<string, Action>> = {
  stats: { operands: [0, 0], run: tellStats },
  versions: { operands: [0, 0], run: tellVersions },
  make: { operands: [0, 0], run: make },
  import: { operands: [1, 1000], run: importFiles },
  export: { operands: [1, 1], run: exportVersion },
};

export const dataset: Command = commandOf(
  {
    name: "dataset",
    summary: "Labelled payloads: import, make a version, export",
    usage: "stats | versions | make [--why TEXT] | import FILE… | export PATH [--version ID] [--format csv|json|jsonl]",
    details: `stats       counts and quality of the newest version, and of the labels as they stand
versions    every version, the newest first
make        a version of everything that is labelled and agreed on
import      labelled payloads as CSV (columns text and label), JSON or JSON Lines; lines that cannot be used are named on
            standard error, and the others go in (exit code 3)
export      the newest version, or --version ID, into the folder PATH: data/<split>.jsonl, params.yaml, metrics.json and, where
            there is none yet, dvc.yaml, as DVC knows them. With --format into the one file PATH
--json      one JSON object instead of words`,
    options: {
      why: { type: "string" },
      version: { type: "string" },
      format: { type: "string" },
      json: { type: "boolean" },
    },
  },
  actions,
);

async function tellStats({ client, options, around }: Call): Promise<number> {
  const stats = await client.call(datasetStats, {});
  if (options.json === true) {
    await around.write(`${JSON.stringify(stats)}\n`);
    return exitCodes.done;
  }
  const { dataset_version: version, rows, by_class, by_split, labels } = stats;
  const listed = (counts: object) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  await around.write(
    version === null
      ? "No version was made yet.\n"
      : `Version ${version}: ${rows} rows (${listed(by_class)}; ${listed(by_split)}).\n`,
  );
  await around.write(
    `Labelled now: ${labels.samples} samples (${listed(labels.by_class)}), ${labels.disagreements} disputed.\n`,
  );
  if (labels.suspicious.length > 0) {
    around.tell(`${labels.suspicious.length} batches of labels look poisoned: look at them before a model is trained.`);
  }
  return exitCodes.done;
}

async function tellVersions({ client, options, around }: Call): Promise<number> {
  for (const version of await client.call(listDatasets, {})) {
    const { id, at, by, counts, why } = version;
    const words = `${id}  ${at}  ${counts.rows} rows  ${by}${why === null ? "" : `: ${why.replaceAll(/\s+/g, " ")}`}`;
    await around.write(options.json === true ? `${JSON.stringify(version)}\n` : `${words}\n`);
  }
  return exitCodes.done;
}

async function make({ client, options, around }: Call): Promise<number> {
  const { job_id } = await client.call(makeDataset, typeof options.why === "string" ? { why: options.why } : {});
  const job = await waitForJob(client, job_id, around.stop);
  const result = resultOf(job);
  const { dataset_version, rows, unchanged } = result;
  const words = unchanged === true ? "Nothing was labelled since" : "Made";
  await around.write(
    options.json === true ? `${JSON.stringify(result)}\n` : `${words}: version ${dataset_version}, ${rows} rows.\n`,
  );
  return exitCodes.done;
}

async function importFiles({ client, operands, options, around }: Call): Promise<number> {
  let code: number = exitCodes.done;
  for (const path of operands) {
    const body = await openFile(path);
    const format = formatOf(path, options.format);
    const { job_id } = await client.call(importDataset, { file_name: basename(path), format }, body);
    const result = resultOf(await waitForJob(client, job_id, around.stop));
    for (const { line, problem } of result.problems as { line: number; problem: string }[]) {
      around.tell(`${path}:${line}: ${problem}`);
    }
    if (Number(result.refused) > 0) code = exitCodes.refused;
    const words = `${path}: ${result.rows} rows, ${result.refused} lines that could not be used.\n`;
    await around.write(options.json === true ? `${JSON.stringify({ file: path, ...result })}\n` : words);
  }
  return code;
}

async function openFile(path: string): Promise<Blob> {
  const reason = await whyUnreadable(path);
  if (reason !== null) throw new SentinelError("INPUT_INVALID", `${path}: ${reason}`);
  return await openAsBlob(path);
}

/** @throws SentinelError INPUT_INVALID for a name that tells no format */
function formatOf(path: string, given: string | boolean | undefined): DatasetFormat {
  const ending = extname(path).slice(1).toLowerCase();
  const parsed = DatasetFormat.safeParse(given ?? (ending === "ndjson" ? "jsonl" : ending));
  if (parsed.success) return parsed.data;
  throw new SentinelError("INPUT_INVALID", `${path}: tell its format with --format csv, json or jsonl.`);
}

async function exportVersion({ client, operands: [path = ""], options, around }: Call): Promise<number> {
  const version = await findVersion(client, options.version);
  if (options.format === undefined) await exportFolder(client, version, resolve(path));
  else {
    const format = formatOf(path, options.format);
    await download(client, { id: version.id, format }, resolve(path));
  }
  const result = { dataset_version: version.id, path: resolve(path), rows: version.counts.rows };
  const words = `Version ${version.id}: ${version.counts.rows} rows in ${result.path}.\n`;
  await around.write(options.json === true ? `${JSON.stringify(result)}\n` : words);
  return exitCodes.done;
}

async function findVersion(client: ApiClient, wanted: string | boolean | undefined): Promise<DatasetVersionSummary> {
  const versions = await client.call(listDatasets, {});
  // As with git, the beginning of an id is enough where it fits one only.
  const fitting =
    typeof wanted === "string" ? versions.filter(({ id }) => id.startsWith(wanted)) : versions.slice(0, 1);
  const [found] = fitting;
  if (found === undefined) {
    const why = versions.length === 0 ? 'none was made yet: "sentinel dataset make"' : "see sentinel dataset versions";
    throw new SentinelError("NOT_FOUND", `There is no such dataset version; ${why}.`);
  }
  if (fitting.length > 1) throw new SentinelError("INPUT_INVALID", `${wanted} begins ${fitting.length} versions.`);
  return found;
}

async function exportFolder(client: ApiClient, version: DatasetVersionSummary, folder: string): Promise<void> {
  await mkdir(join(folder, dataFolder), { recursive: true }).catch((error: unknown) => {
    throw new SentinelError("INPUT_INVALID", `${folder} is no folder that can be written to.`, undefined, error);
  });
  for (const split of splits) {
    await download(client, { id: version.id, format: "jsonl", split }, join(folder, rowsFile(split)));
  }
  await writeFile(join(folder, "params.yaml"), paramsYaml(version));
  await writeFile(join(folder, "metrics.json"), metricsJson(version));
  // The user adds stages of their own to it.
  const isThere = (await stat(join(folder, "dvc.yaml")).catch(() => null)) !== null;
  if (!isThere) await writeFile(join(folder, "dvc.yaml"), dvcYaml);
}

/** Writes beside the place first, so that a broken-off export does not pass for a whole one. */
async function download(
  client: ApiClient,
  input: { id: string; format: DatasetFormat; split?: Split },
  path: string,
): Promise<void> {
  const partial = `${path}.partial`;
  const bytes = await client.download(exportDataset, input);
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, path);
  } catch (error) {
    await unlink(partial).catch(() => {});
    throw new SentinelError("UNAVAILABLE", `${path} could not be written.`, undefined, error);
  }
}
