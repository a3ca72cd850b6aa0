import type { Exchange, RenderedRequest } from "../../evidence/exchange.ts";
import { mask } from "../../evidence/secrets.ts";
import { canonicalize } from "../canonical/canonicalize.ts";
import type { CsrfJudgement } from "../csrf.ts";
import { attackScore } from "../features/score-features.ts";
import type { JudgedOutcome } from "../outcome.ts";
import type { ClassifierOutput, PayloadValue } from "../payload.ts";
import type { FindingRecord } from "../verdicts/verdict-record.ts";
import { createByteSpans } from "./byte-span.ts";
import { findingThreshold } from "./finding-list.ts";
import { maskedPath } from "./masked-path.ts";
import { shownReading } from "./shown-reading.ts";
import { longestText, showsValue } from "./shown-value.ts";

export type RequestPlace = Pick<Exchange, "index" | "method" | "target" | "host">;

/** Characters of a name that are kept. */
const longestName = 200;

/** A judged value as it is stored: where it stands in its request and what it says, masked. */
export function describeFinding(
  request: RequestPlace,
  rendered: RenderedRequest,
  value: PayloadValue,
  output: ClassifierOutput,
  judged: JudgedOutcome,
): FindingRecord {
  const isAttack = attackScore(output) >= findingThreshold;
  const canonical = canonicalize(value.text, { place: value.place });
  const reading = shownReading(canonical, output);
  const shown = showsValue(value, isAttack && output.class !== "benign", canonical.layers.at(-1)!.text);
  const text = shown(value.text);
  return {
    request: request.index,
    requestLine: requestLine(request),
    host: request.host,
    place: value.place,
    name: mask(value.name).slice(0, longestName),
    span: createByteSpans(rendered.text)(value.start, value.end),
    text,
    canonical: shown(reading.text),
    decodings: reading.decodings,
    class: output.class,
    confidence: output.confidence,
    probabilities: output.probabilities,
    family: output.family,
    set: output.set,
    // Offsets in the value as it stood: they would point at the wrong characters of a masked one.
    spans: isAttack && text === value.text.slice(0, longestText) ? output.spans : [],
    cut: output.cut,
    outcome: judged.outcome,
    outcomeReason: judged.reason,
  };
}

/** Method and path; the query may hold personal data and is not needed to tell where it happened. */
export function requestLine({ method, target }: Pick<Exchange, "method" | "target">): string {
  return `${method} ${maskedPath(target)}`.slice(0, 500);
}

/** The header that names the other site stands for a forged request: there is nothing else in it to point at. */
export function forgedHeader(exchange: Exchange, rendered: RenderedRequest, forgery: CsrfJudgement): PayloadValue {
  const [name, text] = exchange.headers![forgery.header]!;
  const start = rendered.headerValueStarts[forgery.header]!;
  return { place: "header", name, text, start, end: start + text.length };
}
