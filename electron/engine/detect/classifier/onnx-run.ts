import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import type { InferenceSession, TypedTensor } from "onnxruntime-node";
import { folderError, type OnnxExport } from "./onnx-folder.ts";
import { accelerators, type OpenedWith, openQuickest, reason } from "./onnx-provider.ts";

/** A loaded model and its tokenizer, in the thread that runs it. */
export interface OnnxRun {
  /** What computes: "cpu", "cuda", "coreml", "dml". */
  readonly provider: string;
  /** Quicker ones that could not be used, each with why; null: none. */
  readonly passedOver: string | null;
  /** Most tokens in one run, special ones included. */
  readonly maxTokens: number;
  /** Token ids of a text, with those that begin and end one. */
  encode(text: string): number[];
  /** @param ids at most `maxTokens` @returns one number a label, not normalised */
  run(ids: readonly number[]): Promise<Float32Array>;
}

type Runtime = typeof import("onnxruntime-node");

/** @throws SentinelError SETTING_INVALID naming what cannot be used and what to do */
export async function openOnnxRun(folder: OnnxExport): Promise<OnnxRun> {
  const runtime = await loadRuntime(folder);
  const { session, provider, passedOver } = await createSession(runtime, folder);
  const inputs = session.inputMetadata.map((input) => readInput(input, folder));
  const fixed = inputs.find(({ tokens }) => tokens !== null)?.tokens ?? null;
  const outputName = session.outputNames.includes("logits") ? "logits" : session.outputNames[0]!;
  const tokenizer = openTokenizer(folder);

  async function run(ids: readonly number[]): Promise<Float32Array> {
    const length = fixed ?? ids.length;
    const feeds: Record<string, TypedTensor<"int64" | "int32">> = {};
    for (const { name, kind, wide } of inputs) {
      const valueAt = (i: number) => {
        if (kind === "ids") return ids[i] ?? folder.padToken;
        if (kind === "mask") return i < ids.length ? 1 : 0;
        return 0;
      };
      const values = Array.from({ length }, (_, i) => valueAt(i));
      feeds[name] = wide
        ? new runtime.Tensor("int64", BigInt64Array.from(values, BigInt), [1, length])
        : new runtime.Tensor("int32", Int32Array.from(values), [1, length]);
    }
    const output = (await session.run(feeds))[outputName]!;
    if (output.type !== "float32" || output.size !== folder.labelNames.length) {
      throw new RangeError("The model's output has not one 32-bit number a label.");
    }
    return output.data as Float32Array;
  }

  const encode = (text: string) => tokenizer.encode(text, { return_token_type_ids: true }).ids;
  // Once, so that a model that does not fit its folder is told of now, and the first payload does not pay for what is set up late.
  await run(encode("id=1")).catch((error: unknown) => {
    throw folderError(
      folder,
      folder.modelPath,
      `does not fit tokenizer.json or config.json beside it (${reason(error)})`,
    );
  });
  return { provider, passedOver, maxTokens: fixed ?? folder.maxTokens, encode, run };
}

async function loadRuntime(folder: OnnxExport): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    throw folderError(
      folder,
      folder.modelPath,
      `cannot be run: there is no ONNX runtime for this machine (${reason(error)})`,
    );
  }
}

async function createSession(runtime: Runtime, folder: OnnxExport): Promise<OpenedWith<InferenceSession>> {
  const path = folder.modelPath;
  const beside = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..", "bin", "napi-v6");
  const isThere = (file: string) => existsSync(join(beside, process.platform, process.arch, file));
  const quicker = accelerators(runtime.listSupportedBackends(), process.platform, isThere);
  try {
    return await openQuickest(quicker, (provider) =>
      runtime.InferenceSession.create(path, {
        executionProviders: [provider],
        ...(provider === "cpu" ? ({ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const) : {}),
      }),
    );
  } catch (error) {
    throw folderError(
      folder,
      path,
      `cannot be loaded (${reason(error)}); export it again for ONNX Runtime 1.30 or older`,
    );
  }
}

interface Input {
  readonly name: string;
  readonly kind: "ids" | "mask" | "types";
  /** 64 bits a number. */
  readonly wide: boolean;
  /** How many tokens it wants; null: any number. */
  readonly tokens: number | null;
}

const inputKinds: Readonly<Record<string, Input["kind"]>> = {
  input_ids: "ids",
  attention_mask: "mask",
  token_type_ids: "types",
};

function readInput(input: InferenceSession.ValueMetadata, folder: OnnxExport): Input {
  const kind = inputKinds[input.name];
  if (kind === undefined || !input.isTensor || (input.type !== "int64" && input.type !== "int32")) {
    throw folderError(
      folder,
      folder.modelPath,
      `wants an input "${input.name.slice(0, 40)}" that is not known; export it for text classification`,
    );
  }
  const tokens = input.shape[1];
  return {
    name: input.name,
    kind,
    wide: input.type === "int64",
    tokens: typeof tokens === "number" && tokens > 0 ? tokens : null,
  };
}

function openTokenizer(folder: OnnxExport): Tokenizer {
  try {
    return new Tokenizer(folder.tokenizer, {});
  } catch (error) {
    const path = folder.modelPath.replace(/model\.onnx$/, "tokenizer.json");
    throw folderError(folder, path, `cannot be used (${reason(error)}); save the fast tokenizer of the model again`);
  }
}
