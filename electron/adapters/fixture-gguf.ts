/** One entry of the header. Numbers are written as unsigned 32-bit integers unless they are marked as floats. */
type Entry = string | number | boolean | { readonly float: number } | readonly string[] | readonly number[];

interface Tensor {
  readonly name: string;
  /** Row after row; the length of a row is the first dimension. */
  readonly shape: readonly [number] | readonly [row: number, rows: number];
  readonly values: Float32Array;
}

/** Codes of the format for the kinds of values that are written here. */
const kinds = { uint32: 4, int32: 5, float32: 6, boolean: 7, string: 8, array: 9 } as const;
const alignment = 32;

/** A model file. Source: the GGUF specification, version 3 (little-endian, tensors of 32-bit floats, aligned to 32 bytes). */
function writeGguf(entries: Readonly<Record<string, Entry>>, tensors: readonly Tensor[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const put = (part: Buffer) => {
    parts.push(part);
    length += part.length;
  };
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    put(bytes);
  };
  const uint64 = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    put(bytes);
  };
  const float = (value: number) => put(Buffer.from(Float32Array.of(value).buffer));
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    uint64(bytes.length);
    put(bytes);
  };
  const align = () => put(Buffer.alloc((alignment - (length % alignment)) % alignment));

  put(Buffer.from("GGUF"));
  uint32(3);
  uint64(tensors.length);
  uint64(Object.keys(entries).length);
  for (const [key, value] of Object.entries(entries)) {
    text(key);
    if (typeof value === "string") {
      uint32(kinds.string);
      text(value);
    } else if (typeof value === "number") {
      uint32(kinds.uint32);
      uint32(value);
    } else if (typeof value === "boolean") {
      uint32(kinds.boolean);
      put(Buffer.of(value ? 1 : 0));
    } else if ("float" in value) {
      uint32(kinds.float32);
      float(value.float);
    } else {
      uint32(kinds.array);
      uint32(typeof value[0] === "number" ? kinds.int32 : kinds.string);
      uint64(value.length);
      for (const one of value) typeof one === "number" ? uint32(one) : text(one);
    }
  }
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    text(name);
    uint32(shape.length);
    for (const size of shape) uint64(size);
    uint32(0); // 32-bit floats
    uint64(offset);
    offset += Math.ceil(values.byteLength / alignment) * alignment;
  }
  align();
  for (const { values } of tensors) {
    put(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    align();
  }
  return Buffer.concat(parts);
}

export interface TinyModel {
  /** The words that it answers anything with, in order: none twice, none of a single character; each but the first begins with its space. */
  readonly says: readonly string[];
  /** After the last word it begins anew, and never ends. */
  readonly endless?: boolean;
  /** More of them make it slower. */
  readonly layers?: number;
  /** It embeds, and does not speak. */
  readonly embeds?: boolean;
}

/** Numbers of a vector: a multiple of the 32 of an attention head, and one for each token. */
const width = 288;
const feedForward = 32;
/** Ends the prompt in the template; the first word follows it. */
export const answerMark = "<|answer|>";

/**
 * The smallest model that a real server runs: a language model of the llama architecture whose weights are set by hand. A token's
 * vector is 1 at its own place, the layers add nothing, and the last matrix holds which token follows which: it says its words,
 * and where a grammar lets it say something else, it closes what is open. One that embeds gives the mean of a text's bytes.
 */
export function tinyModel({ says, endless = false, layers = 1, embeds = false }: TinyModel): Buffer {
  const bytes = byteTokens();
  const controls = ["<|begin|>", "<|end|>", answerMark];
  const words = says.map((word) => [...Buffer.from(word)].map((byte) => bytes[byte]!).join(""));
  const merges = ["q q"]; // A tokenizer without any is refused.
  const tokens = [...bytes, "qq", ...words, ...controls];
  if (tokens.length > width) throw new RangeError("A tiny model knows fewer words.");
  const idOf = (token: string) => tokens.lastIndexOf(token);
  const [begin, end, mark] = controls.map(idOf) as [number, number, number];

  const embedding = matrix(width, tokens.length, (token, place) => (token === place ? 1 : 0));
  const chain = [mark, ...words.map(idOf), endless ? idOf(words[0]!) : end];
  const follows = new Map(chain.slice(0, -1).map((token, i) => [token, chain[i + 1]!]));
  // Where the next word may not be said: what closes, a text first (anything may stand in it), and a short number.
  const closing = new Map([...'"}]0'].map((token, i) => [idOf(token), 1 - i / 10]));
  const next = matrix(width, tokens.length, (token, after) =>
    follows.get(after) === token ? 2 : (closing.get(token) ?? 0),
  );

  const nothing = (row: number, rows: number) => new Float32Array(row * rows);
  const same = matrix(width, width, (row, place) => (row === place ? 1 : 0));
  const tensors: Tensor[] = [
    { name: "token_embd.weight", shape: [width, tokens.length], values: embedding },
    { name: "output_norm.weight", shape: [width], values: new Float32Array(width).fill(1) },
    { name: "output.weight", shape: [width, tokens.length], values: next },
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, row: number, rows: number) =>
      tensors.push({ name: `blk.${layer}.${name}.weight`, shape: [row, rows], values: nothing(row, rows) });
    for (const norm of ["attn_norm", "ffn_norm"]) {
      tensors.push({ name: `blk.${layer}.${norm}.weight`, shape: [width], values: new Float32Array(width).fill(1) });
    }
    for (const name of ["attn_q", "attn_k"]) add(name, width, width);
    for (const name of ["attn_v", "attn_output"]) {
      // All that came before counts alike, so the last vector is the mean of all.
      if (embeds) tensors.push({ name: `blk.${layer}.${name}.weight`, shape: [width, width], values: same });
      else add(name, width, width);
    }
    add("ffn_gate", width, feedForward);
    add("ffn_up", width, feedForward);
    add("ffn_down", feedForward, width);
  }
  return writeGguf(
    {
      "general.architecture": "llama",
      "general.name": "tiny",
      "general.file_type": 0,
      "general.alignment": alignment,
      "llama.context_length": 4096,
      "llama.embedding_length": width,
      "llama.block_count": layers,
      "llama.feed_forward_length": feedForward,
      "llama.attention.head_count": width / 32,
      "llama.attention.head_count_kv": width / 32,
      "llama.attention.layer_norm_rms_epsilon": { float: 1e-5 },
      "llama.rope.dimension_count": 32,
      "llama.vocab_size": tokens.length,
      ...(embeds ? { "llama.pooling_type": 1 } : {}), // marks it as one that embeds
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.pre": "default",
      "tokenizer.ggml.tokens": tokens,
      "tokenizer.ggml.token_type": tokens.map((token) => (controls.includes(token) ? 3 : 1)), // control or normal
      "tokenizer.ggml.merges": merges,
      "tokenizer.ggml.bos_token_id": begin,
      "tokenizer.ggml.eos_token_id": end,
      "tokenizer.ggml.add_bos_token": true,
    },
    tensors,
  );
}

function matrix(row: number, rows: number, at: (row: number, place: number) => number): Float32Array {
  return Float32Array.from({ length: row * rows }, (_, i) => at(Math.floor(i / row), i % row));
}

/** How each byte is written in a vocabulary. Source: Radford et al. 2019, GPT-2, `bytes_to_unicode`. */
function byteTokens(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isShown = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(isShown ? byte : next++);
  });
}
