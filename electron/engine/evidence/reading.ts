import { type ErrorCode, SentinelError } from "../../../shared/errors.ts";
import type { EvidenceProblem } from "../../../shared/evidence.ts";

/** How much of hostile evidence is held or worked on at once. */
export interface ReadLimits {
  /** Largest HAR entry or package element, bytes. */
  readonly entryBytes: number;
  /** Longest log line, bytes. */
  readonly lineBytes: number;
  /** Longest request body that is kept, UTF-16 units; more is cut and said to be cut. */
  readonly requestBody: number;
  /** Longest response body that is kept, UTF-16 units. */
  readonly responseBody: number;
  /** Deepest nesting of one entry. */
  readonly depth: number;
  /** Most objects and arrays in one entry: each costs memory far beyond its two bytes in the file. */
  readonly containers: number;
  /** Most headers of one message. */
  readonly headers: number;
  /** Largest package, bytes: it is held whole, because its hash is over the whole. */
  readonly packageBytes: number;
  /** Most bytes that a compressed file may expand to. */
  readonly inflatedBytes: number;
}

export const defaultLimits: ReadLimits = {
  entryBytes: 32 * 1024 ** 2,
  lineBytes: 1024 ** 2,
  requestBody: 1024 ** 2,
  responseBody: 256 * 1024,
  depth: 512,
  containers: 500_000,
  headers: 1000,
  packageBytes: 64 * 1024 ** 2,
  inflatedBytes: 16 * 1024 ** 3,
};

export type OnProblem = (problem: EvidenceProblem) => void;

/** Who recorded the evidence, as it says itself: name and version of the tool. */
export interface Recorder {
  readonly name: string;
  readonly version: string;
}

export interface ReadOptions {
  readonly limits?: Partial<ReadLimits>;
  readonly signal?: AbortSignal;
  readonly onProblem?: OnProblem;
  /** Bytes of the stored file read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly onRecorder?: (recorder: Recorder) => void;
  /** Hears of each entry that is no HTTP request, as `otherSchemeOf` tells it: nothing is wrong with it. */
  readonly onPassedOver?: (scheme: string) => void;
}

/** One place's complaints, ready to be filled in. */
export type Complain = (code: ErrorCode, message: string) => void;

export function complainAt(place: string, onProblem: OnProblem | undefined): Complain {
  return (code, message) => onProblem?.({ code, place, message });
}

/** @throws SentinelError CANCELLED once the signal is aborted */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SentinelError("CANCELLED", "Reading was cancelled.");
}

/** Largest piece that a reader looks at in one go, so that batches stay small however the bytes come. */
const pieceBytes = 1024 ** 2;

/**
 * The bytes in pieces; tells of the progress once a chunk is read.
 * @throws SentinelError CANCELLED; whatever the source throws
 */
export async function* readPieces(
  bytes: AsyncIterable<Uint8Array>,
  { signal, onProgress }: ReadOptions,
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of bytes) {
    checkCancelled(signal);
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < buffer.length; at += pieceBytes) yield buffer.subarray(at, at + pieceBytes);
    read += chunk.length;
    onProgress?.(read);
  }
}

/** Problems of one piece of evidence: the first ones whole, all of them counted, so that a hostile file cannot fill memory. */
export interface ProblemList {
  readonly add: OnProblem;
  readonly kept: readonly EvidenceProblem[];
  count(): number;
}

export function createProblemList(keep = 200): ProblemList {
  const kept: EvidenceProblem[] = [];
  let count = 0;
  return {
    add(problem) {
      count++;
      if (kept.length < keep) kept.push({ ...problem, message: problem.message.slice(0, 500) });
    },
    kept,
    count: () => count,
  };
}
