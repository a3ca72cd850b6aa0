import type { ComponentHealth } from "../../../shared/health.ts";

/** What is traced. */
export type SpanName =
  | "http"
  | "job"
  | "analysis.read"
  | "analysis.payloads"
  | "analysis.features"
  | "analysis.forest"
  | "analysis.explain"
  | "fleet.intake"
  | "fleet.fetch"
  | "fleet.publish"
  | "simulation"
  | "agent.step"
  | "model.call";

const count = (value: unknown) => typeof value === "number" && Number.isFinite(value) && value >= 0;
/** Names that stand in this program's own text: kinds, codes, tools. */
const word = (value: unknown) => typeof value === "string" && /^[A-Za-z][\w.-]{0,63}$/.test(value);
const oneOf =
  (...values: string[]) =>
  (value: unknown) =>
    values.includes(value as string);

/**
 * Everything that a span may say, and what it may say there.
 * SECURITY: a collector is read by people who may not read evidence: nothing of payloads, users, identifiers or addresses fits in here.
 */
export const spanAttributes = {
  "http.request.method": oneOf("GET", "POST", "PUT", "PATCH", "DELETE"),
  /** The template, as the route is defined. */
  "http.route": (value) => typeof value === "string" && /^\/[\w./:-]{0,150}$/.test(value),
  "http.response.status_code": count,
  /** Code of an expected error, or INTERNAL. */
  "error.type": (value) => typeof value === "string" && /^[A-Z][A-Z_]{0,63}$/.test(value),
  "sentinel.outcome": word,
  "sentinel.job.kind": word,
  "sentinel.requests": count,
  "sentinel.sessions": count,
  "sentinel.flagged": count,
  "sentinel.bytes": count,
  "sentinel.messages": count,
  "sentinel.payloads": count,
  "sentinel.confirmed": count,
  "sentinel.step.type": oneOf("llm_task", "tool_call"),
  /** A tool of Sentinel's own; `mcp`: of another program, whose names are its own words. */
  "gen_ai.tool.name": word,
  "gen_ai.operation.name": oneOf("plan", "work"),
  "gen_ai.usage.input_tokens": count,
  "gen_ai.usage.output_tokens": count,
} as const satisfies Record<string, (value: unknown) => boolean>;

export type SpanAttributes = { readonly [Name in keyof typeof spanAttributes]?: string | number };

/** A piece of work while it lasts. */
export interface Span {
  set(attributes: SpanAttributes): void;
  /** W3C Trace Context, for whom the work is handed to; null: nothing is traced. */
  readonly traceparent: string | null;
}

/** Tells a collector what the engine spends its time with. Nothing here ever throws, or waits for the collector. */
export interface Tracing {
  /** False: all of it does nothing. */
  readonly isOn: boolean;
  /**
   * Does the work under a span, child of the one around it. What it throws is passed on; the span says its code alone.
   * @param parent `traceparent` of a caller outside; one that is malformed counts as none
   */
  span<T>(name: SpanName, attributes: SpanAttributes, work: (span: Span) => T, parent?: string | null): T;
  /** A span of work that is over, child of the one around the call. @param from, to epoch milliseconds */
  past(name: SpanName, from: number, to: number, attributes: SpanAttributes): void;
  /** Null: it is off. */
  health(): ComponentHealth | null;
  /** Sends what waits, for a bounded time. */
  close(): Promise<void>;
}

const noSpan: Span = { set() {}, traceparent: null };

/** Tracing that is off. */
export const noTracing: Tracing = {
  isOn: false,
  span: (_name, _attributes, work) => work(noSpan),
  past() {},
  health: () => null,
  close: () => Promise.resolve(),
};
