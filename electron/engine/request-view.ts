import type { z } from "zod";
import type { Output } from "../../shared/route.ts";
import type { getSessionRequest, RequestSegment } from "../../shared/verdict.ts";
import { toTextSpans } from "./detect/analysis/byte-span.ts";
import { type FindingRecord, isWholeBody } from "./detect/verdicts/verdict-record.ts";
import { type Exchange, type ExchangeResponse, renderRequest } from "./evidence/exchange.ts";
import { findSecrets, mask, maskText, uncoverAttacks } from "./evidence/secrets.ts";

type Segment = z.infer<typeof RequestSegment>;
type ResponseView = Output<typeof getSessionRequest>["response"];

/** Characters of a request and of a response body that a screen shows. */
const longestRequest = 200_000;
const longestBody = 100_000;

/**
 * The request as text, cut where payloads and secrets begin and end; concatenated, the segments are the whole text (with masks in
 * place of secrets unless revealed).
 *
 * @param findings of this request, in the order that segments number them by
 */
export function requestSegments(
  exchange: Exchange,
  findings: readonly FindingRecord[],
  reveal: boolean,
): { segments: Segment[]; cut: boolean } {
  const { text } = renderRequest(exchange);
  const attacks = findings
    .map((finding, index) => ({ ...toTextSpans(text, [finding.span])[0]!, index, finding }))
    .filter(({ finding }) => finding.class !== "benign")
    .map((attack) => ({ ...attack, decisive: decisiveSpans(text, attack) }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  // SECURITY: an attack uncovers the field it stands in, unless the finding itself is masked or is a body
  // that could only be taken whole.
  const uncovering = attacks.filter(({ finding }) => !isWholeBody(finding) && finding.text !== maskText);
  const secrets = reveal ? [] : uncoverAttacks(findSecrets(text), uncovering);
  const end = Math.min(text.length, longestRequest);
  const edges = new Set([0, end]);
  for (const { start, end: stop } of [...attacks, ...attacks.flatMap(({ decisive }) => decisive), ...secrets]) {
    if (start < end) edges.add(start);
    if (stop < end) edges.add(stop);
  }
  const cuts = [...edges].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [from, to] = [cuts[i]!, cuts[i + 1]!];
    const covers = (span: { start: number; end: number }) => span.start <= from && to <= span.end;
    // The innermost of nested payloads is the one to point at.
    const attack = attacks.findLast(covers);
    const finding = attack?.index ?? null;
    const decisive = attack?.decisive.some(covers) ?? false;
    if (secrets.some(covers)) segments.push({ text: maskText, kind: "secret", finding, decisive: false });
    else
      segments.push({
        text: text.slice(from, to),
        kind: attack === undefined ? "plain" : "payload",
        finding,
        decisive,
      });
  }
  return { segments, cut: text.length > end || exchange.bodyCut };
}

/** Where in the request the parts of a payload stand that spoke for the attack; none where its text is not there as it was judged. */
function decisiveSpans(
  request: string,
  { start, end, finding }: { start: number; end: number; finding: FindingRecord },
): { start: number; end: number }[] {
  if (!request.startsWith(finding.text, start)) return [];
  return finding.spans
    .filter((span) => span.weight > 0 && span.start < span.end && start + span.end <= end)
    .map((span) => ({ start: start + span.start, end: start + span.end }));
}

/** The response as text, secrets masked; null where the evidence has none. */
export function responseView(response: ExchangeResponse | null): ResponseView {
  if (response === null) return null;
  const headers = (response.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const body = response.body ?? "";
  return {
    // SECURITY: as a whole message, so that headers are recognised as such: a cookie is a secret by its header alone.
    head: mask(`HTTP/1.1 ${response.status ?? "status not available"}\r\n${headers}`).replace("HTTP/1.1", "HTTP"),
    // SECURITY: masked before it is cut: half a token is not recognised as one.
    body: mask(body).slice(0, longestBody),
    body_cut: response.bodyCut || body.length > longestBody,
    body_available: response.body !== null,
  };
}
