import { folderError, type OnnxExport, readOnnxExport } from "../../../detect/classifier/onnx-folder.ts";
import { type OnnxRun, openOnnxRun } from "../../../detect/classifier/onnx-run.ts";
import type { GuardHit } from "./guard-messages.ts";

/** Labels of honest text, as published models of this shape name them. */
const honest = /^(?:benign|safe|legit\w*|label_0)$/i;
/** From this probability on a window is told of. */
const threshold = 0.5;
/** Characters that are cut into tokens at a time, and what two neighbouring pieces share. */
const pieceLength = 16_384;
const pieceOverlap = 1024;

export interface GuardSession extends Pick<OnnxRun, "provider" | "passedOver"> {
  /** Judges all of a text, window by window. @param isCancelled asked between windows */
  judge(text: string, isCancelled: () => boolean): Promise<GuardHit[]>;
}

/** @throws SentinelError SETTING_INVALID naming the file of the folder and what to do */
export async function openGuardSession(folder: string): Promise<GuardSession> {
  const found = await readOnnxExport(folder, "SENTINEL_PROMPT_GUARD");
  const honestLabel = findHonest(found, folder);
  const model = await openOnnxRun(found);
  return {
    provider: model.provider,
    passedOver: model.passedOver,
    async judge(text, isCancelled) {
      const hits: GuardHit[] = [];
      for (let offset = 0; ; offset += pieceLength - pieceOverlap) {
        const piece = text.slice(offset, offset + pieceLength);
        for (const hit of await judgePiece(model, piece, honestLabel, isCancelled)) {
          hits.push({ start: hit.start + offset, end: hit.end + offset, score: hit.score });
        }
        if (offset + pieceLength >= text.length || isCancelled()) return hits;
      }
    },
  };
}

function findHonest(found: OnnxExport, folder: string): number {
  const at = found.labelNames.findIndex((name) => honest.test(name));
  if (at < 0 || found.labelNames.length < 2) {
    throw folderError(found, `${folder}/config.json`, "names no benign label and one of attacks in id2label");
  }
  return at;
}

async function judgePiece(
  model: OnnxRun,
  text: string,
  honestLabel: number,
  isCancelled: () => boolean,
): Promise<GuardHit[]> {
  const { head, tail } = specialTokens(model);
  const ids = model.encode(text);
  const inner = ids.slice(head.length, ids.length - tail.length);
  const room = model.maxTokens - head.length - tail.length;
  const step = Math.max(1, room - Math.floor(room / 4));
  const hits: GuardHit[] = [];
  // Nothing is cut off: windows go on to the last token, each sharing a quarter with the one before.
  for (let first = 0; ; first += step) {
    const window = inner.slice(first, first + room);
    const score = 1 - probabilityOf(await model.run([...head, ...window, ...tail]), honestLabel);
    if (score >= threshold) {
      // Tokens do not tell their characters: a window's share of them stands for its place.
      const at = (token: number) =>
        Math.round((Math.min(inner.length, token) / Math.max(1, inner.length)) * text.length);
      hits.push({ start: at(first), end: at(first + room), score });
    }
    if (first + room >= inner.length || isCancelled()) return hits;
  }
}

/** Tokens that begin and end every text. */
function specialTokens(model: OnnxRun): { head: number[]; tail: number[] } {
  const [one, two] = [model.encode("a"), model.encode("b a")];
  let head = 0;
  while (head < one.length - 1 && one[head] === two[head] && model.encode("")[head] === one[head]) head++;
  const empty = model.encode("");
  return { head: empty.slice(0, head), tail: empty.slice(head) };
}

/** Softmax of one output. @throws RangeError for an output that is no number */
function probabilityOf(logits: Float32Array, label: number): number {
  if (!logits.every(Number.isFinite)) throw new RangeError("The model's output is no number.");
  const top = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return Math.exp(logits[label]! - top) / total;
}
