import type { z } from "zod";
import type { Input, Output, Route } from "../../shared/route.ts";
import type { Principal } from "../engine/base/principals.ts";

/** What a handler may know of the call beside its parsed input. */
export interface Call {
  readonly by: Principal;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** The request body of a `raw` route, cut off with INPUT_TOO_LARGE at the route's limit; empty for other routes. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** One item of a server-sent event stream. A missing `data` carries the id alone, so that a client can resume from it. */
export interface StreamItem {
  readonly id: number;
  readonly data?: unknown;
}

/** A route with what answers it, its types settled at `bind`. */
export interface Binding {
  readonly route: Route;
  readonly handle: (input: never, call: Call) => unknown;
}

/** Binds a route that replies with one value: `json`, `text` (a string) or `bytes` (a `Uint8Array`, or its pieces as they come). */
export function bind<I extends z.ZodType, O extends z.ZodType>(
  route: Route<I, O>,
  handle: (input: Input<Route<I, O>>, call: Call) => Output<Route<I, O>> | Promise<Output<Route<I, O>>>,
): Binding {
  if (route.reply === "stream") throw new Error(`${route.path} replies with a stream: use bindStream.`);
  return { route, handle };
}

/** Binds a route that replies with server-sent events. Null: nothing will ever come; a reader that resumes by itself is told so. */
export function bindStream<I extends z.ZodType, O extends z.ZodType>(
  route: Route<I, O>,
  handle: (
    input: Input<Route<I, O>>,
    call: Call,
  ) => AsyncIterable<StreamItem> | Promise<AsyncIterable<StreamItem> | null>,
): Binding {
  if (route.reply !== "stream") throw new Error(`${route.path} replies with one value: use bind.`);
  return { route, handle };
}
