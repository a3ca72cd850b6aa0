import { z } from "zod";
import { defineRoute } from "./route.ts";

/** Decodings that can be chosen by hand. */
export const decoderNames = [
  "url",
  "url_plus",
  "html",
  "escapes",
  "json",
  "base64",
  "hex",
  "utf7",
  "unicode",
  "gzip",
  "deflate",
  "jwt",
  "white_space",
  "shell",
] as const;
export const DecoderName = z.enum(decoderNames);
export type DecoderName = z.infer<typeof DecoderName>;

/** Longest text that is decoded, in UTF-16 units. */
export const longestScratch = 100_000;

export const DecodedStep = z.object({
  /** Names of the decodings that this step applied. */
  decodings: z.array(z.string()),
  /** What it gave, at most 100,000 UTF-16 units of it. Bytes that are no UTF-8 stand as Latin-1 characters. */
  text: z.string(),
  /** Of all that it gave, in UTF-16 units. */
  length: z.number().int(),
  /** True: what it gave are bytes that are no text. */
  binary: z.boolean(),
});
export type DecodedStep = z.infer<typeof DecodedStep>;

export const decodeText = defineRoute({
  method: "POST",
  path: "/api/v1/sentinel/decode",
  summary:
    "Decode a text step by step, as the detector reads it or by chosen decodings. Nothing of it is stored or logged; " +
    "what expands to more than 1 MiB is refused",
  role: "viewer",
  callers: ["ui"],
  input: z.strictObject({
    text: z.string().max(longestScratch),
    /** Absent: as the detector reads it. */
    steps: z.array(DecoderName).max(20).optional(),
  }),
  output: z.object({
    steps: z.array(DecodedStep),
    /** Why the step behind the last one was not taken, in words; null: all were. */
    problem: z.string().nullable(),
  }),
});
