import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import type { Route } from "../../shared/route.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { Metrics } from "../engine/base/metrics.ts";
import { type Principal, requireRole } from "../engine/base/principals.ts";
import { noTracing, type Span, type Tracing } from "../engine/base/tracing.ts";
import type { Binding, Call, StreamItem } from "./binding.ts";
import { errorReply, plainHeaders, toSentinelError, type WholeReply, wholeError } from "./error-reply.ts";
import { streamEvents } from "./event-stream.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { limitBody, parseInput, readInput, readWholeInput } from "./read-input.ts";

export interface RouterOptions {
  readonly bindings: readonly Binding[];
  readonly limiter: RateLimiter;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, "requestDuration">;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
  /** Checks every reply against the route's schema: in tests and while developing. */
  readonly checkOutput: boolean;
}

/** The API: the same function behind a socket, Electron's scheme, the command line and tests. Never throws. */
export interface Router {
  handle(request: Request, principal: Principal): Promise<Response>;
  /**
   * The same for a body that is there as a whole, of a JSON route that takes nothing from path and query and whose handler answers at
   * once. Never throws for the caller's faults.
   */
  answerWhole(
    route: Route,
    body: Buffer,
    principal: Principal,
    traceparent?: string | null,
  ): WholeReply & { readonly requestId: string };
  /**
   * The same for channels that are no HTTP: the same rights, limits and schemas. @throws SentinelError as the route would answer it,
   * INTERNAL for a bug
   */
  call<I extends z.ZodType, O extends z.ZodType>(
    route: Route<I, O>,
    given: z.input<I>,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<z.output<O>>;
  /** The same for a route that replies with a stream. */
  open<I extends z.ZodType, O extends z.ZodType>(
    route: Route<I, O>,
    given: z.input<I>,
    principal: Principal,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly id: number; readonly data: z.output<O> }>;
  /** The route that a method and path lead to, so that a listener can tell an open one before anybody is known. */
  find(method: string, path: string): Route | undefined;
  readonly routes: readonly Route[];
}

interface Environment {
  Bindings: { principal: Principal; requestId: string };
}

/** @throws Error when two bindings share method and path */
export function createRouter(options: RouterOptions): Router {
  const app = new Hono<Environment>({ strict: true });
  const paths = new Map<string, string[]>();
  const matchers: { route: Route; pattern: RegExp }[] = [];
  for (const binding of options.bindings) {
    const { method, path } = binding.route;
    const methods = paths.get(path) ?? [];
    if (methods.includes(method)) throw new Error(`Two routes are ${method} ${path}.`);
    paths.set(path, [...methods, method]);
    matchers.push({ route: binding.route, pattern: pathPattern(path) });
    app.on(method, path, (context) => answer(binding, context, options));
  }
  for (const [path, methods] of paths) {
    app.all(path, (context) =>
      errorReply(new SentinelError("METHOD_NOT_ALLOWED", `${path} does not know ${context.req.method}.`), {
        Allow: methods.join(", "),
      }),
    );
  }
  app.notFound((context) => errorReply(new SentinelError("NOT_FOUND", `There is no ${context.req.path}.`)));
  app.onError((error, context) =>
    errorReply(toSentinelError(error, context.env.requestId, options.log, context.req.path)),
  );
  return {
    handle: async (request, principal) => await app.fetch(request, { principal, requestId: randomUUID() }),
    answerWhole(route, body, principal, traceparent = null) {
      const traced = (span: Span) => {
        const whole = answerWhole(options, route, body, principal);
        span.set({ "http.response.status_code": whole.status });
        return whole;
      };
      return (options.tracing ?? noTracing).span("http", spanOf(route), traced, traceOf(principal, traceparent));
    },
    call: async (route, given, principal, signal) =>
      (await callRoute(options, route, given, principal, signal)) as z.output<typeof route.output>,
    async *open(route, given, principal, signal) {
      const items = (await callRoute(options, route, given, principal, signal)) as AsyncIterable<StreamItem> | null;
      if (items === null) return;
      try {
        for await (const { id, data } of items) {
          if (data !== undefined) yield { id, data: data as z.output<typeof route.output> };
        }
      } catch (error) {
        throw toSentinelError(error, randomUUID(), options.log, route.path);
      }
    },
    find: (method, path) => matchers.find((m) => m.route.method === method && m.pattern.test(path))?.route,
    routes: options.bindings.map((binding) => binding.route),
  };
}

function pathPattern(path: string): RegExp {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll(/:[a-z_]+/g, "[^/]+")}$`);
}

/** May this door lead to this route? The engine itself and the command line go where people or programs may. */
function isCallable(route: Route, principal: Principal): boolean {
  if (principal.caller === "cli" || principal.caller === "engine") {
    return route.callers.includes("ui") || route.callers.includes("external");
  }
  return route.callers.includes(principal.caller);
}

/** @throws SentinelError NOT_FOUND, RATE_LIMITED, FORBIDDEN */
function admit({ limiter }: RouterOptions, route: Route, principal: Principal): void {
  // SECURITY: a route that this door does not offer looks like none.
  if (!isCallable(route, principal)) throw new SentinelError("NOT_FOUND", `There is no ${route.path}.`);
  limiter.take(principal, route);
  // SECURITY: checked for every route and every channel, here and nowhere else.
  requireRole(principal, route.role);
}

/** The trace that a caller is in. SECURITY: of programs alone; nobody else has one to tell. */
const traceOf = ({ caller }: Principal, given: string | null) => (caller === "external" ? given : null);

const spanOf = ({ method, path }: Route) => ({ "http.request.method": method, "http.route": path });

async function answer(binding: Binding, context: Context<Environment>, options: RouterOptions): Promise<Response> {
  const { tracing = noTracing } = options;
  const parent = traceOf(context.env.principal, context.req.header("traceparent") ?? null);
  const traced = async (span: Span) => {
    const response = await answerRequest(binding, context, options);
    span.set({ "http.response.status_code": response.status });
    return response;
  };
  return await tracing.span("http", spanOf(binding.route), traced, parent);
}

async function answerRequest(
  binding: Binding,
  context: Context<Environment>,
  options: RouterOptions,
): Promise<Response> {
  const { route } = binding;
  const { principal, requestId } = context.env;
  const started = performance.now();
  const request = context.req.raw;
  // Electron cancels a reply's body where a socket aborts its request: handlers hear of both through one signal.
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (request.signal.aborted) abort();
  else request.signal.addEventListener("abort", abort, { once: true });
  let response: Response;
  try {
    admit(options, route, principal);
    const input = await readInput(request, route, context.req.param());
    const call = {
      by: principal,
      signal: controller.signal,
      body: route.body === "raw" ? limitBody(request, route) : empty(),
    } satisfies Call;
    const output = await binding.handle(input as never, call);
    response = reply(route, output, controller, options);
  } catch (error) {
    response = errorReply(toSentinelError(error, requestId, options.log, route.path));
  }
  if (route.reply !== "stream") request.signal.removeEventListener("abort", abort);
  const seconds = (performance.now() - started) / 1000;
  options.metrics?.requestDuration.observe({ route: route.path, status: String(response.status) }, seconds);
  response.headers.set("X-Request-Id", requestId);
  return response;
}

function answerWhole(options: RouterOptions, route: Route, body: Buffer, by: Principal) {
  const requestId = randomUUID();
  const started = performance.now();
  let whole: WholeReply;
  try {
    const binding = options.bindings.find((each) => each.route === route);
    if (binding === undefined) throw new Error(`${route.path} is not bound.`);
    admit(options, route, by);
    const call = { by, signal: neverAborted, body: empty() } satisfies Call;
    const output = binding.handle(readWholeInput(body, route) as never, call);
    if (output instanceof Promise) throw new Error(`${route.path} does not answer at once.`);
    if (options.checkOutput) route.output.parse(output);
    whole = { status: 200, headers: wholeHeaders, text: JSON.stringify(output) };
  } catch (error) {
    whole = wholeError(toSentinelError(error, requestId, options.log, route.path));
  }
  // What is answered has a histogram of its own; this one takes as long as the answer.
  if (whole.status !== 200) {
    const seconds = (performance.now() - started) / 1000;
    options.metrics?.requestDuration.observe({ route: route.path, status: String(whole.status) }, seconds);
  }
  return { ...whole, requestId };
}

async function callRoute(
  options: RouterOptions,
  route: Route,
  given: unknown,
  by: Principal,
  signal: AbortSignal,
): Promise<unknown> {
  const traced = () => callBinding(options, route, given, by, signal);
  return await (options.tracing ?? noTracing).span("http", spanOf(route), traced);
}

async function callBinding(
  options: RouterOptions,
  route: Route,
  given: unknown,
  by: Principal,
  signal: AbortSignal,
): Promise<unknown> {
  const started = performance.now();
  let status = 200;
  try {
    const binding = options.bindings.find((each) => each.route === route);
    if (binding === undefined) throw new Error(`${route.path} is not bound.`);
    admit(options, route, by);
    const call = { by, signal, body: empty() } satisfies Call;
    const output = await binding.handle(parseInput(route, given) as never, call);
    if (options.checkOutput && route.reply !== "stream") route.output.parse(output);
    return output;
  } catch (error) {
    const told = toSentinelError(error, randomUUID(), options.log, route.path);
    status = told.status;
    throw told;
  } finally {
    const seconds = (performance.now() - started) / 1000;
    options.metrics?.requestDuration.observe({ route: route.path, status: String(status) }, seconds);
  }
}

const neverAborted = new AbortController().signal;
const wholeHeaders = { ...plainHeaders, "Content-Type": "application/json" };

async function* empty(): AsyncGenerator<Uint8Array> {}

function reply(route: Route, output: unknown, controller: AbortController, options: RouterOptions): Response {
  if (route.reply === "stream") {
    // HTML Living Standard, section 9.2.3: 204 is what tells an EventSource not to connect again.
    if (output === null) return new Response(null, { status: 204, headers: plainHeaders });
    return streamEvents(output as AsyncIterable<StreamItem>, controller, options.log);
  }
  if (options.checkOutput && route.reply !== "bytes") route.output.parse(output);
  if (route.reply === "text") {
    return new Response(output as string, {
      headers: { ...plainHeaders, "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  }
  if (route.reply === "bytes") {
    const body =
      output instanceof Uint8Array
        ? (output as Uint8Array<ArrayBuffer>)
        : ReadableStream.from(output as AsyncIterable<Uint8Array>);
    return new Response(body, {
      headers: { ...plainHeaders, "Content-Type": "application/octet-stream" },
    });
  }
  return Response.json(output, { headers: plainHeaders });
}
