import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, type Span as OtelSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { ExportResultCode, parseTraceParent } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "../engine/base/logging.ts";
import { type SpanAttributes, type SpanName, spanAttributes, type Tracing } from "../engine/base/tracing.ts";

export interface OtlpOptions {
  /** Ends with `/v1/traces`. */
  readonly url: string;
  readonly token: string | null;
  /** Share of traces that are kept, in [0, 1]. */
  readonly ratio: number;
  readonly version: string;
  readonly log: Logger;
  /** How long spans wait for others, milliseconds. */
  readonly delayMs?: number;
  /** Longest time that one sending may take, repetitions included, milliseconds. */
  readonly timeoutMs?: number;
  /** Longest time for what waits at the end, milliseconds. */
  readonly closeMs?: number;
}

/** Spans that wait to be sent; what comes beyond is let go. */
const mostWaiting = 2048;
const kinds: Partial<Record<SpanName, SpanKind>> = {
  http: SpanKind.SERVER,
  "fleet.intake": SpanKind.CONSUMER,
  "fleet.publish": SpanKind.PRODUCER,
  "fleet.fetch": SpanKind.CLIENT,
  "model.call": SpanKind.CLIENT,
};

/** Spans by OTLP over HTTP, as JSON, in batches, in the background. */
export function createOtlpTracing(options: OtlpOptions): Tracing {
  const { url, token, ratio, version, log, delayMs = 5_000, timeoutMs = 10_000, closeMs = 3_000 } = options;
  const sampled = new TraceIdRatioBasedSampler(ratio);
  let problem: string | null = null;
  let lost = 0;
  const exporter = hearing(
    new OTLPTraceExporter({
      url,
      timeoutMillis: timeoutMs,
      ...(token === null ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    }),
    (why, spans) => {
      if (why !== null) {
        lost += spans;
        // Once until it works again: the collector's absence is no news every five seconds.
        if (problem === null) log.warn({ why }, "Traces do not reach the collector.");
      }
      problem = why;
    },
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "sentinel", "service.version": version }),
    sampler: new ParentBasedSampler({
      root: sampled,
      // SECURITY: a caller may ask for less to be traced than the operator wants, never for more.
      remoteParentSampled: sampled,
      remoteParentNotSampled: new AlwaysOffSampler(),
    }),
    spanLimits: { attributeValueLengthLimit: 200, attributeCountLimit: 20 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: mostWaiting,
        scheduledDelayMillis: delayMs,
        exportTimeoutMillis: timeoutMs + 1_000,
      }),
    ],
  });
  const tracer = provider.getTracer("sentinel", version);
  const around = new AsyncLocalStorage<Context>();

  function begin(name: SpanName, attributes: SpanAttributes, context: Context, startTime = Date.now()) {
    const kept = allowed(attributes);
    const title = name === "http" ? `${kept["http.request.method"]} ${kept["http.route"]}` : name;
    const given = { kind: kinds[name] ?? SpanKind.INTERNAL, attributes: kept, startTime };
    return tracer.startSpan(title, given, context);
  }

  return {
    isOn: true,
    span(name, attributes, work, parent) {
      const context = contextOf(parent ?? null) ?? around.getStore() ?? ROOT_CONTEXT;
      const span = begin(name, attributes, context);
      const handle = {
        set: (more: SpanAttributes) => void note(span, more),
        get traceparent() {
          const { traceId, spanId, traceFlags } = span.spanContext();
          return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
        },
      };
      const fail = (error: unknown) => {
        // SECURITY: the code alone; messages may say what evidence or callers said.
        note(span, { "error.type": error instanceof SentinelError ? error.code : "INTERNAL" });
        span.end();
        throw error;
      };
      let result: ReturnType<typeof work>;
      try {
        result = around.run(trace.setSpan(context, span), () => work(handle));
      } catch (error) {
        return fail(error);
      }
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      const ended = result.then((value: unknown) => {
        span.end();
        return value;
      }, fail);
      return ended as typeof result;
    },
    past(name, from, to, attributes) {
      const span = begin(name, attributes, around.getStore() ?? ROOT_CONTEXT, from);
      note(span, attributes);
      span.end(to);
    },
    health: () =>
      problem === null
        ? { status: "healthy", detail: lost === 0 ? "Traces are sent" : `Traces are sent; ${lost} spans were lost` }
        : { status: "degraded", detail: `${problem} ${lost} spans were lost since the start.` },
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

function note(span: OtelSpan, attributes: SpanAttributes): void {
  span.setAttributes(allowed(attributes));
  const status = attributes["http.response.status_code"];
  if (attributes["error.type"] !== undefined || (typeof status === "number" && status >= 500)) {
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
}

/** SECURITY: what is not in the list, or does not look as it should, is left out, whoever set it. */
function allowed(attributes: SpanAttributes): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name, value]) =>
        Object.hasOwn(spanAttributes, name) && spanAttributes[name as keyof typeof spanAttributes](value),
    ),
  );
}

/** SECURITY: of what a caller sends, two numbers and a flag are kept. */
function contextOf(traceparent: string | null): Context | null {
  const parent = traceparent === null ? null : parseTraceParent(traceparent);
  return parent === null ? null : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

/** @param hear why spans were not taken, and how many; null: they were */
function hearing(exporter: SpanExporter, hear: (why: string | null, spans: number) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        hear(result.code === ExportResultCode.SUCCESS ? null : whyOf(result.error), spans.length);
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

/** In words of ours: what a collector answers is not repeated. */
function whyOf(error: Error | undefined): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number"
    ? `The collector answers with status ${code}.`
    : "The collector cannot be reached, is busy, or does not answer in time.";
}
