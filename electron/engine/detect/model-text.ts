import type { z } from "zod";
import { sha256 } from "../base/ids.ts";

/** A model as text: a line with the format and the SHA-256 of the rest, then the content as one line of JSON. */
export interface TextFormat<T> {
  /** First words of a file; a change of the format gets another number. */
  readonly magic: string;
  /** SECURITY: a larger file than this is not read at all. */
  readonly maxBytes: number;
  readonly content: z.ZodType<T>;
  /** Throws for a file that cannot be used. */
  readonly unreadable: (why: string) => never;
}

export function writeModelText(magic: string, content: string): Buffer {
  return Buffer.from(`${magic} ${sha256(content)}\n${content}\n`);
}

/** @returns the content and its hash. @throws what `unreadable` throws when the file is damaged or of another format */
export function readModelText<T>(bytes: Uint8Array, format: TextFormat<T>): { content: T; hash: string } {
  const { magic, maxBytes, unreadable } = format;
  if (bytes.length > maxBytes) return unreadable("it is too large");
  const [head = "", text = ""] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString().split("\n");
  if (!head.startsWith(`${magic} `)) return unreadable("it has another format");
  // SECURITY: a damaged or edited file must not decide, nor say what is ordinary: its hash is part of what follows from it.
  const hash = sha256(text);
  if (hash !== head.slice(magic.length + 1)) return unreadable("its hash does not match");
  const parsed = format.content.safeParse(JSON.parse(text));
  if (parsed.success) return { content: parsed.data, hash };
  const [issue] = parsed.error.issues;
  return unreadable(`${issue!.path.join(".")}: ${issue!.message}`);
}
