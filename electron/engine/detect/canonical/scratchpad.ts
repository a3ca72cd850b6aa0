import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { type DecodedStep, type DecoderName, longestScratch } from "../../../../shared/decode.ts";
import { canonicalize } from "./canonicalize.ts";
import { decodeBase64, decodeUtf7 } from "./decode-base64.ts";
import { decodeEscapes, decodeJson } from "./decode-escapes.ts";
import { decodeHex } from "./decode-hex.ts";
import { decodeHtml } from "./decode-html.ts";
import { createUrlDecoder } from "./decode-url.ts";
import { foldSpace } from "./fold-space.ts";
import { foldUnicode } from "./fold-unicode.ts";
import { createRewriter, type Decoder, writtenText } from "./rewriter.ts";
import { undoLookups, undoShell } from "./undo-shell.ts";

/** What a step gave: text, and the bytes that it stands for where it gave bytes. */
interface State {
  readonly text: string;
  readonly bytes: Uint8Array | null;
  readonly binary: boolean;
}

/** Why a step cannot be taken, in words. */
class Refused extends Error {}

export interface Decoded {
  readonly steps: DecodedStep[];
  readonly problem: string | null;
}

/** Most that compressed bytes may expand to. */
const mostBytes = 1024 ** 2;
/** Encodings within encodings that are undone unasked. */
const mostRounds = 6;

const rewriter = createRewriter();

/** Decodings of the detector, one pass each; several are tried until one changes something. */
const rewriting: Partial<Record<DecoderName, readonly Decoder[]>> = {
  url: [createUrlDecoder(false)],
  url_plus: [createUrlDecoder(true)],
  html: [decodeHtml],
  escapes: [decodeEscapes],
  json: [decodeJson],
  utf7: [decodeUtf7],
  unicode: [foldUnicode],
  white_space: [foldSpace],
  shell: [undoLookups, undoShell],
};

/** Decodes a text by steps that somebody chose. */
export function decodeBySteps(text: string, names: readonly DecoderName[]): Decoded {
  const steps: DecodedStep[] = [];
  let state: State = { text, bytes: null, binary: false };
  for (const name of names) {
    try {
      state = decodeOnce(state, name);
    } catch (error) {
      if (error instanceof Refused) return { steps, problem: error.message };
      throw error;
    }
    steps.push(toStep(state, [name]));
  }
  return { steps, problem: null };
}

/** Decodes a text as the detector reads it, each reading a step; and what it does not open: compressed bytes, tokens. */
export function decodeAsDetector(text: string): Decoded {
  const steps: DecodedStep[] = [];
  let state: State = { text, bytes: null, binary: false };
  const take = (name: DecoderName) => {
    state = decodeOnce(state, name);
    steps.push(toStep(state, [name]));
  };
  for (let round = 0; round < mostRounds; round++) {
    try {
      if (isToken(state.text)) {
        take("jwt");
        break;
      }
      const packed = compressionOf(state.text);
      if (packed !== null) {
        take("base64");
        take(packed);
        continue;
      }
    } catch (error) {
      if (error instanceof Refused) return { steps, problem: error.message };
      throw error;
    }
    const { layers } = canonicalize(state.text);
    for (const [i, layer] of layers.entries()) {
      if (i === 0) continue;
      const before = layers[i - 1]!.decodings;
      const own = layer.decodings.slice(layer.decodings.length > before.length ? before.length : -1);
      state = { text: layer.text, bytes: null, binary: false };
      steps.push(toStep(state, own));
    }
    if (layers.length === 1 || (compressionOf(state.text) === null && !isToken(state.text))) break;
  }
  return { steps, problem: null };
}

function toStep({ text, binary }: State, decodings: readonly string[]): DecodedStep {
  return { decodings: [...decodings], text: text.slice(0, longestScratch), length: text.length, binary };
}

function decodeOnce(state: State, name: DecoderName): State {
  switch (name) {
    case "base64":
      return fromBytes(base64Bytes(state.text)) ?? rewrite(state.text, [decodeBase64], "Base64");
    case "hex":
      return fromBytes(hexBytes(state.text)) ?? rewrite(state.text, [decodeHex], "hexadecimal");
    case "gzip":
      return expand(state, "gzip");
    case "deflate":
      return expand(state, "deflate");
    case "jwt":
      return readToken(state.text);
    default:
      return rewrite(state.text, rewriting[name]!, name.replaceAll("_", " "));
  }
}

function rewrite(text: string, decoders: readonly Decoder[], what: string): State {
  for (const decode of decoders) {
    if (decode(text, rewriter) !== null) return { text: writtenText(rewriter), bytes: null, binary: false };
  }
  throw new Refused(`There is nothing in it to decode as ${what}.`);
}

/** All of a text as Base64 or base64url, white space aside; null: it is not. */
function base64Bytes(text: string): Uint8Array | null {
  const digits = text.replaceAll(/\s/g, "");
  if (digits.length < 2 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(digits) || digits.replace(/=+$/, "").length % 4 === 1)
    return null;
  return Buffer.from(digits, "base64");
}

/** All of a text as hexadecimal bytes, with or without `0x` and signs between them; null: it is not. */
function hexBytes(text: string): Uint8Array | null {
  const digits = text.replaceAll(/^0x|\\x|[\s:,-]/gi, "");
  return digits !== "" && digits.length % 2 === 0 && /^[0-9a-f]+$/i.test(digits) ? Buffer.from(digits, "hex") : null;
}

function fromBytes(bytes: Uint8Array | null): State | null {
  if (bytes === null) return null;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), bytes, binary: false };
  } catch {
    return { text: Buffer.from(bytes).toString("latin1"), bytes, binary: true };
  }
}

/** How Base64 of compressed bytes begins; null: it is none. */
function compressionOf(text: string): "gzip" | "deflate" | null {
  // Short ones are words; the first bytes are enough to tell.
  const head = text.length < 16 ? null : base64Bytes(text.slice(0, 16));
  if (head === null || base64Bytes(text) === null) return null;
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return "gzip";
  // RFC 1950 section 2.2: the method, and a check over both bytes.
  const isZlib = head[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(head[1]!);
  return isZlib ? "deflate" : null;
}

/** SECURITY: a few bytes can expand to gigabytes; more than the bound is refused before it is held. */
function expand({ text, bytes }: State, method: "gzip" | "deflate"): State {
  const packed = bytes ?? base64Bytes(text);
  if (packed === null) throw new Refused("These are no bytes: decode Base64 or hexadecimal first.");
  const ways = method === "gzip" ? [gunzipSync] : [inflateSync, inflateRawSync];
  for (const unpack of ways) {
    try {
      return fromBytes(unpack(packed, { maxOutputLength: mostBytes }))!;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") {
        throw new Refused("It expands to more than 1 MiB, as a decompression bomb does: refused.");
      }
    }
  }
  throw new Refused(`These bytes are no whole ${method}.`);
}

const isToken = (text: string) => /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text.trim());

/** Header and claims of a JSON Web Token (RFC 7519), as they stand. */
function readToken(text: string): State {
  const [header = "", claims = "", signature = ""] = text.trim().split(".");
  if (!isToken(text))
    throw new Refused("This is no JSON Web Token: three parts with dots between, the first from eyJ on.");
  const shown = (part: string) => {
    const json = fromBytes(base64Bytes(part))?.text ?? part;
    try {
      return JSON.stringify(JSON.parse(json), null, 2);
    } catch {
      return json;
    }
  };
  const signed = signature === "" ? "none" : `${Buffer.from(signature, "base64url").length} bytes, not verified`;
  return {
    text: `Header: ${shown(header)}\nClaims: ${shown(claims)}\nSignature: ${signed}`,
    bytes: null,
    binary: false,
  };
}
