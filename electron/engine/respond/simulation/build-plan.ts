import type { AttackClass } from "../../../../shared/payload.ts";
import type {
  PlanApplication,
  PlanPayload,
  PlanRequest,
  PlanStep,
  SimulatorPlan,
} from "../../../../shared/simulator.ts";
import { toTextSpans } from "../../detect/analysis/byte-span.ts";
import type { FindingRecord } from "../../detect/verdicts/verdict-record.ts";
import { type Exchange, headerOf, renderRequest } from "../../evidence/exchange.ts";
import { maskText } from "../../evidence/secrets.ts";
import { scaleDelay } from "./delay-argument.ts";
import { ordinaryValue } from "./ordinary-value.ts";
import { valueForms } from "./value-forms.ts";

/** A payload that is played, by its number in the plan. */
export interface PlannedPayload {
  readonly n: number;
  readonly finding: FindingRecord;
  readonly ordinary: string;
}

export interface Plan {
  readonly plan: SimulatorPlan;
  readonly payloads: readonly PlannedPayload[];
}

/** How long an application may take for one answer, milliseconds. */
const requestTimeoutMs = 10_000;

/**
 * What one sandbox plays: each chosen request twice, with its payloads and with ordinary values in their place.
 *
 * @param findings attacks among the session's findings that are to be played
 */
export function buildPlan(
  application: PlanApplication,
  exchanges: readonly Exchange[],
  findings: readonly FindingRecord[],
): Plan {
  const payloads: PlannedPayload[] = [];
  const steps = exchanges.map((exchange): PlanStep => {
    const mine = findings.filter(({ request }) => request === exchange.index);
    const parts = mine.map((finding) => locate(exchange, finding)).filter((part) => part !== null);
    const attack = toRequest(exchange);
    const planned = parts.map((part): PlanPayload => {
      const n = payloads.length;
      payloads.push({ n, finding: part.finding, ordinary: part.ordinary });
      const scaled = scaleDelay(part.raw);
      return {
        n,
        class: part.finding.class as AttackClass,
        place: part.finding.place,
        name: part.finding.name,
        forms: valueForms(part.raw, part.finding.canonical.includes(maskText) ? part.raw : part.finding.canonical),
        isForged: part.finding.class === "csrf",
        scaled:
          scaled === null
            ? null
            : {
                request: replaceParts(exchange, [{ ...part, ordinary: scaled.text }]),
                fromSeconds: scaled.fromSeconds,
                toSeconds: scaled.toSeconds,
              },
      };
    });
    const clean = planned.length === 0 ? attack : replaceParts(exchange, parts);
    return { payloads: planned, clean, attack, witness: witnessOf(exchange) };
  });
  const hasCookies = exchanges.some(({ headers }) => headerOf(headers, "cookie") !== null);
  const attacked = new Set(findings.map(({ request }) => request));
  const host = exchanges.find((exchange) => exchange.host !== null && attacked.has(exchange.index))?.host ?? null;
  return { plan: { application, host, hasCookies, steps, requestTimeoutMs, hasEgress: false }, payloads };
}

/** A payload within a part of its request: offsets in the text of that part. */
interface Part {
  readonly finding: FindingRecord;
  readonly in: "target" | "body" | number;
  readonly start: number;
  readonly end: number;
  readonly raw: string;
  readonly ordinary: string;
}

/** Where a finding stands; null: its span is not in what is recorded. */
function locate(exchange: Exchange, finding: FindingRecord): Part | null {
  const { text, targetStart, headerValueStarts, bodyStart } = renderRequest(exchange);
  const [span] = toTextSpans(text, [finding.span]);
  if (span === undefined || span.end <= span.start || span.end > text.length) return null;
  const raw = text.slice(span.start, span.end);
  // A forged request is ordinary where the application's own page sends it.
  const own = `${exchange.scheme ?? "http"}://${exchange.host ?? "127.0.0.1"}`;
  const ordinary = finding.class === "csrf" ? own : ordinaryValue(raw, finding.place, finding.name);
  const within = (place: Part["in"], from: number, length: number): Part | null =>
    span.start >= from && span.end <= from + length
      ? { finding, in: place, start: span.start - from, end: span.end - from, raw, ordinary }
      : null;
  const inHeader = headerValueStarts.findIndex(
    (start, i) => span.start >= start && span.end <= start + exchange.headers![i]![1].length,
  );
  return (
    within("target", targetStart, exchange.target.length) ??
    (inHeader >= 0 ? within(inHeader, headerValueStarts[inHeader]!, exchange.headers![inHeader]![1].length) : null) ??
    within("body", bodyStart, exchange.body?.length ?? 0)
  );
}

function replaceParts(exchange: Exchange, parts: readonly Part[]): PlanRequest {
  const replaced = (where: Part["in"], text: string) => {
    // From the end, so that offsets stay; of parts within each other the outer one.
    const mine = parts.filter((part) => part.in === where).sort((a, b) => b.start - a.start || b.end - a.end);
    let result = text;
    for (const { start, end, ordinary } of mine.filter(
      (part) => !mine.some((other) => other !== part && other.start <= part.start && part.end < other.end),
    )) {
      result = result.slice(0, start) + ordinary + result.slice(end);
    }
    return result;
  };
  const isForged = parts.some(({ finding }) => finding.class === "csrf");
  const own = parts.find(({ finding }) => finding.class === "csrf")?.ordinary;
  const request = toRequest(exchange);
  return {
    ...request,
    target: replaced("target", request.target),
    headers: request.headers.map(([name, value], i) => {
      const isReferer = isForged && /^(?:origin|referer)$/i.test(name);
      return [name, isReferer ? (own ?? value) : replaced(i, value)] as const;
    }),
    body: request.body === null ? null : replaced("body", request.body),
  };
}

function toRequest({ method, target, headers, body }: Exchange): PlanRequest {
  return { method, target, headers: headers ?? [], body: body === "" ? null : body };
}

/** The page that a form came from, where it is one of the application's own; else the form's own address. */
function witnessOf(exchange: Exchange): string | null {
  if (/^(?:GET|HEAD|OPTIONS)$/i.test(exchange.method)) return null;
  const referer = URL.parse(headerOf(exchange.headers, "referer") ?? "");
  if (referer !== null && referer.host === exchange.host) return referer.pathname + referer.search;
  return exchange.target.split("?", 1)[0] ?? null;
}
