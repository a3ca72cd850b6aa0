import type { z } from "zod";
import type { getHighlights } from "../../shared/payload-explanation.ts";
import type { PayloadFinding } from "../../shared/verdict.ts";

type Finding = Pick<z.infer<typeof PayloadFinding>, "span" | "text">;
type Highlights = z.infer<(typeof getHighlights)["output"]>;

/** A stretch of a payload and what it did to its judgement. */
export interface PayloadPart {
  /** Byte offsets in the request. */
  readonly start: number;
  readonly end: number;
  /** Null where the shown text is not the value byte by byte: masked or shortened. */
  readonly text: string | null;
  /** Change of the log-odds of being an attack. */
  readonly contribution: number;
}

/** Log-odds from where the value starts without its parts to where they lead; null before the answer is here. */
export interface PayloadParts {
  readonly base: number;
  readonly total: number;
  readonly parts: readonly PayloadPart[];
}

/** The parts of one payload of a request, in its order; null when the request's highlights tell nothing of it. */
export function partsOf({ span, text }: Finding, highlights: Highlights): PayloadParts | null {
  const own = highlights.spans.filter(({ start, end }) => start >= span.start && end <= span.end);
  const payload = highlights.payloads.find(({ finding }) => finding === own[0]?.finding);
  if (payload === undefined) return null;
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const isWhole = bytes.length === span.end - span.start;
  const parts = own
    .filter(({ finding }) => finding === payload.finding)
    .map(({ start, end, contribution }) => ({
      start,
      end,
      text: isWhole ? decoder.decode(bytes.subarray(start - span.start, end - span.start)) : null,
      contribution,
    }));
  return { base: payload.base_log_odds, total: payload.log_odds, parts };
}
