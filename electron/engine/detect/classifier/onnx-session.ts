import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import type { InferenceSession, TypedTensor } from "onnxruntime-node";
import { payloadClasses } from "../../../../shared/payload.ts";
import { exp } from "../../base/math.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import type { ClassifierOutput } from "../payload.ts";
import { familyCount } from "./families.ts";
import { folderError, type OnnxFolder } from "./onnx-folder.ts";
import { leftOut } from "./onnx-labels.ts";
import { familyOf, likeliest, sumToClasses } from "./outcome.ts";

/** A loaded model, in the thread that runs it. */
export interface OnnxSession {
  /** What computes: "cpu", "cuda", "coreml", "dml". */
  readonly provider: string;
  judge(text: string): Promise<ClassifierOutput>;
}

/** Parts that a long text is judged in, at most; the worst decides. */
const mostParts = 8;
/** Tokens that are not text: beginning and end. */
const specialTokens = 8;
/** After this long no further part is begun, milliseconds: a long text must be judged in part, not be late. */
const partsWithinMs = 500;
/** Least share of probability that the set of classes holds together. */
const setMass = 0.95;

type Runtime = typeof import("onnxruntime-node");

/** @throws SentinelError SETTING_INVALID naming what cannot be used and what to do */
export async function openOnnxSession(folder: OnnxFolder): Promise<OnnxSession> {
  const runtime = await loadRuntime(folder.modelPath);
  const { session, provider } = await createSession(runtime, folder.modelPath);
  const inputs = session.inputMetadata.map((input) => readInput(input, folder));
  const fixed = inputs.find(({ tokens }) => tokens !== null)?.tokens ?? null;
  const maxTokens = fixed ?? folder.maxTokens;
  const outputName = session.outputNames.includes("logits") ? "logits" : session.outputNames[0]!;
  const tokenizer = openTokenizer(folder);

  async function run(text: string): Promise<Float64Array> {
    const encoded = tokenizer.encode(text, { return_token_type_ids: true });
    const ids = cutTokens(encoded.ids, maxTokens);
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
    if (output.type !== "float32" || output.size !== folder.labels.length) {
      throw new RangeError("The model's output has not one 32-bit number a label.");
    }
    return toFamilies(output.data as Float32Array, folder.labels);
  }

  // Once, so that a model that does not fit its folder is told of now, and the first payload does not pay for what is set up late.
  await run("id=1").catch((error: unknown) => {
    throw folderError(folder.modelPath, `does not fit tokenizer.json or config.json beside it (${reason(error)})`);
  });

  return {
    provider,
    async judge(text) {
      const canonical = canonicalize(text);
      const reading = canonical.layers.at(-1)!.text;
      const from = performance.now();
      const parts = partsOf(reading, maxTokens - specialTokens);
      let { cut } = canonical;
      let worst: Float64Array | null = null;
      for (const part of parts.texts) {
        if (worst !== null && performance.now() - from > partsWithinMs) {
          cut = true;
          break;
        }
        const families = await run(part);
        if (worst === null || families[0]! < worst[0]!) worst = families;
      }
      return toOutput(worst!, cut || parts.cut);
    },
  };
}

async function loadRuntime(path: string): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    throw folderError(path, `cannot be run: there is no ONNX runtime for this machine (${reason(error)})`);
  }
}

/** What may compute quicker than the processor, by the runtime's names. CUDA's part is not in the package: an operator adds it. */
function accelerators(runtime: Runtime): string[] {
  const bundled = runtime.listSupportedBackends().filter((backend) => backend.bundled);
  const found = ["coreml", "dml"].filter((name) => bundled.some((backend) => backend.name === name));
  const folder = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..", "bin");
  const isThere = (name: string) => existsSync(join(folder, "napi-v6", process.platform, process.arch, name));
  const cuda = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  return isThere(cuda) ? ["cuda", ...found] : found;
}

async function createSession(runtime: Runtime, path: string): Promise<{ session: InferenceSession; provider: string }> {
  for (const provider of accelerators(runtime)) {
    try {
      return { session: await runtime.InferenceSession.create(path, { executionProviders: [provider] }), provider };
    } catch {
      // Not on this machine, or not for this model.
    }
  }
  try {
    const options = {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    } as const;
    return { session: await runtime.InferenceSession.create(path, options), provider: "cpu" };
  } catch (error) {
    throw folderError(path, `cannot be loaded (${reason(error)}); export it again for ONNX Runtime 1.30 or older`);
  }
}

/** First line of what the runtime says while no payload is there yet, short. */
function reason(error: unknown): string {
  return (error instanceof Error ? error.message : "no reason given").split("\n")[0]!.slice(0, 300);
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

function readInput(input: InferenceSession.ValueMetadata, folder: OnnxFolder): Input {
  const kind = inputKinds[input.name];
  if (kind === undefined || !input.isTensor || (input.type !== "int64" && input.type !== "int32")) {
    throw folderError(
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

function openTokenizer(folder: OnnxFolder): Tokenizer {
  try {
    return new Tokenizer(folder.tokenizer, {});
  } catch (error) {
    const path = folder.modelPath.replace(/model\.onnx$/, "tokenizer.json");
    throw folderError(path, `cannot be used (${reason(error)}); save the fast tokenizer of the model again`);
  }
}

/** Too many tokens are cut before the last one, which ends the text. */
function cutTokens(ids: number[], most: number): number[] {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)!];
}

/** A text in parts of so many characters, of which no tokenizer makes more tokens; of too many the first and the last ones. */
function partsOf(text: string, size: number): { texts: string[]; cut: boolean } {
  const overlap = Math.min(32, size >> 2);
  const step = size - overlap;
  const count = text.length <= size ? 1 : Math.ceil((text.length - overlap) / step);
  const partAt = (i: number) => text.slice(i * step, i * step + size);
  if (count <= mostParts) return { texts: Array.from({ length: count }, (_, i) => partAt(i)), cut: false };
  const half = mostParts / 2;
  const starts = Array.from({ length: mostParts }, (_, i) => (i < half ? i : count - mostParts + i));
  return { texts: starts.map(partAt), cut: true };
}

/** Softmax over the outputs that stand for a family, summed by family. */
function toFamilies(logits: Float32Array, labels: Int32Array): Float64Array {
  const families = new Float64Array(familyCount);
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    if (!Number.isFinite(logits[i]!)) throw new RangeError("The model's output is no number.");
    if (labels[i] !== leftOut && logits[i]! > top) top = logits[i]!;
  }
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    if (labels[i] === leftOut) continue;
    const e = exp(logits[i]! - top);
    families[labels[i]!]! += e;
    total += e;
  }
  for (let k = 0; k < families.length; k++) families[k] = families[k]! / total;
  return families;
}

function toOutput(families: Float64Array, cut: boolean): ClassifierOutput {
  const probabilities = Array.from(sumToClasses(families));
  const best = likeliest(probabilities);
  const order = probabilities.map((p, c) => ({ p, c })).sort((a, b) => b.p - a.p);
  let mass = 0;
  const members = new Set<number>();
  for (const { p, c } of order) {
    if (mass >= setMass || p === 0) break;
    members.add(c);
    mass += p;
  }
  return {
    class: payloadClasses[best]!,
    confidence: probabilities[best]!,
    probabilities,
    family: familyOf(families, best),
    tier: "model",
    spans: [],
    set: payloadClasses.filter((_, c) => members.has(c)),
    cut,
  };
}
