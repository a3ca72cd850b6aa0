import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import { sha256 } from "../../base/ids.ts";
import { readLabels } from "./onnx-labels.ts";

/** Changes whenever the same folder would give other outputs. */
const readerVersion = "onnx 1";

const megabyte = 1024 ** 2;
const largest = { "model.onnx": 4096 * megabyte, "tokenizer.json": 64 * megabyte, "config.json": megabyte };
type FileName = keyof typeof largest;

const Config = z.object({
  id2label: z.record(z.string().regex(/^\d{1,4}$/), z.string()),
  max_position_embeddings: z.number().int().min(8).max(1_000_000).optional(),
  pad_token_id: z.number().int().min(0).nullish(),
});

/** What a folder with a fine-tuned classifier says, before the model is loaded. */
export interface OnnxExport {
  /** The setting that names the folder: what goes wrong with it is that setting. null: it was given by hand. */
  readonly setting: string | null;
  readonly modelPath: string;
  /** As Hugging Face's tokenizers write it. */
  readonly tokenizer: Record<string, unknown>;
  /** Names of the outputs, in their order. */
  readonly labelNames: readonly string[];
  /** Most tokens in one run, special ones included. */
  readonly maxTokens: number;
  readonly padToken: number;
  /** SHA-256 over the three files. */
  readonly hash: string;
}

/** A classifier of payloads. */
export interface OnnxFolder extends OnnxExport {
  /** Position in `families` for each output; `leftOut` for csrf. */
  readonly labels: Int32Array;
}

type Of = Pick<OnnxExport, "setting">;

/** What goes wrong with a folder is the setting that names it, or what was given by hand. */
export function folderError({ setting }: Of, path: string, what: string): SentinelError {
  const said = `${path} ${what}.`;
  return setting === null
    ? new SentinelError("INPUT_INVALID", said)
    : new SentinelError("SETTING_INVALID", `${setting}: ${said}`);
}

/**
 * Reads the folder of a classifier of payloads.
 * @throws SentinelError SETTING_INVALID, or INPUT_INVALID where no setting names the folder; naming the file and what to do
 */
export async function readOnnxFolder(folder: string, setting: string | null = "payload_model"): Promise<OnnxFolder> {
  const found = await readOnnxExport(folder, setting);
  const labels = readLabels(found.labelNames);
  if (typeof labels === "string") throw folderError(found, join(folder, "config.json"), `cannot be used: ${labels}`);
  return { ...found, labels };
}

/**
 * Reads a folder of `model.onnx`, `tokenizer.json` and `config.json`, as the export tools of Hugging Face write it.
 * @throws SentinelError SETTING_INVALID, or INPUT_INVALID where no setting names the folder; naming the file and what to do
 */
export async function readOnnxExport(folder: string, setting: string | null): Promise<OnnxExport> {
  const of = { setting };
  const found = await stat(folder).catch(() => null);
  if (found === null || !found.isDirectory()) {
    throw folderError(of, folder, "is no folder; give one with model.onnx, tokenizer.json and config.json");
  }
  const modelPath = await check(of, folder, "model.onnx");
  const config = await readJson(of, folder, "config.json");
  const parsed = Config.safeParse(config.json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw folderError(of, config.path, `is not as expected at ${issue.path.join(".")}; export the model again with it`);
  }
  const { id2label, max_position_embeddings = 512, pad_token_id } = parsed.data;
  const count = Object.keys(id2label).length;
  const names = Array.from({ length: count }, (_, i) => id2label[i]);
  if (names.includes(undefined)) throw folderError(of, config.path, "does not number the labels of id2label from 0 on");
  const tokenizer = await readJson(of, folder, "tokenizer.json");
  if (typeof tokenizer.json !== "object" || tokenizer.json === null || !("model" in tokenizer.json)) {
    throw folderError(of, tokenizer.path, "is no tokenizer; save the fast tokenizer of the model beside it");
  }
  return {
    setting,
    modelPath,
    tokenizer: tokenizer.json as Record<string, unknown>,
    labelNames: names as string[],
    maxTokens: Math.min(512, max_position_embeddings),
    padToken: pad_token_id ?? 0,
    hash: sha256(`${readerVersion} ${await hashFile(of, modelPath)} ${tokenizer.hash} ${config.hash}`),
  };
}

async function check(of: Of, folder: string, name: FileName): Promise<string> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) {
    throw folderError(
      of,
      path,
      "is missing; put model.onnx, tokenizer.json and config.json of one export into the folder",
    );
  }
  // SECURITY: a wrong path must not fill the memory.
  if (found.size > largest[name]) throw folderError(of, path, `is larger than ${largest[name] / megabyte} MiB`);
  return path;
}

async function readJson(
  of: Of,
  folder: string,
  name: FileName,
): Promise<{ path: string; json: unknown; hash: string }> {
  const path = await check(of, folder, name);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw folderError(of, path, `cannot be read (${error instanceof Error ? error.message : "no reason given"})`);
  });
  try {
    return { path, json: JSON.parse(bytes.toString("utf8")), hash: sha256(bytes) };
  } catch {
    throw folderError(of, path, "is no JSON; export the model again");
  }
}

async function hashFile(of: Of, path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: megabyte })) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw folderError(of, path, `cannot be read (${error instanceof Error ? error.message : "no reason given"})`);
  }
  return hash.digest("hex");
}
