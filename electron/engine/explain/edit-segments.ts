import type { z } from "zod";
import type { EditSegment } from "../../../shared/payload-explanation.ts";
import { maskText, type SecretSpan } from "../evidence/secrets.ts";
import type { Edit } from "./edit-choice.ts";

type Segment = z.infer<typeof EditSegment>;

/** Kept stretches are shown up to this length from either end. */
const shownOfKept = 200;

/**
 * The edited value beside the original, for a screen.
 *
 * @param edits in order, without overlaps
 * @param secrets in order, without overlaps; masked as wholes, also where an edit cuts into one
 */
export function editSegments(text: string, edits: readonly Edit[], secrets: readonly SecretSpan[]): Segment[] {
  const segments: Segment[] = [];
  let masked = 0;
  const show = (start: number, end: number, kind: Segment["kind"]) => {
    let shown = "";
    let at = start;
    for (const secret of secrets) {
      if (secret.end <= at || secret.start >= end) continue;
      shown += text.slice(at, Math.max(at, secret.start));
      // SECURITY: a secret is masked once and whole: its parts on both sides of an edit would tell how long it is.
      if (secret.start >= masked) shown += maskText;
      masked = Math.max(masked, secret.end);
      at = Math.min(end, secret.end);
    }
    shown += text.slice(at, end);
    if (shown !== "") segments.push({ text: kind === "kept" ? shorten(shown) : shown, kind });
  };
  let at = 0;
  for (const { start, end, replacement } of edits) {
    show(at, start, "kept");
    show(start, end, "removed");
    if (replacement !== "") segments.push({ text: replacement, kind: "added" });
    at = end;
  }
  show(at, text.length, "kept");
  return segments;
}

function shorten(text: string): string {
  if (text.length <= 2 * shownOfKept) return text;
  return `${text.slice(0, shownOfKept)} … ${text.slice(-shownOfKept)}`;
}
