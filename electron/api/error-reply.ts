import { SentinelError } from "../../shared/errors.ts";
import type { Logger } from "../engine/base/logging.ts";

/** A reply of one piece. */
export interface WholeReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

/** An error in the contract's one shape. */
export function errorReply(error: SentinelError, headers: Record<string, string> = {}): Response {
  const whole = wholeError(error, headers);
  return new Response(whole.text, whole);
}

/** The same before it becomes a `Response`. */
export function wholeError(error: SentinelError, headers: Record<string, string> = {}): WholeReply {
  const extra = { ...headers };
  const seconds = error.details?.retry_after_s;
  if (error.code === "RATE_LIMITED" && typeof seconds === "number") extra["Retry-After"] = String(seconds);
  // RFC 9110 section 11.6.1: a 401 names the scheme.
  if (error.code === "UNAUTHENTICATED") extra["WWW-Authenticate"] = "Bearer";
  return {
    status: error.status,
    headers: { ...plainHeaders, "Content-Type": "application/json", ...extra },
    text: JSON.stringify(error.toJSON()),
  };
}

/** Of every API reply. */
export const plainHeaders = {
  // SECURITY: replies hold evidence; no cache keeps them, no browser guesses another type.
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Expected errors as they are; a bug becomes INTERNAL, told apart by the request id in the log. */
export function toSentinelError(error: unknown, requestId: string, log: Logger, route: string): SentinelError {
  if (error instanceof SentinelError) {
    if (error.status >= 500) log.warn({ code: error.code, route, request_id: requestId }, error.message);
    return error;
  }
  if (error instanceof Error && error.name === "AbortError") {
    return new SentinelError("CANCELLED", "The caller went away.");
  }
  // SECURITY: what a bug says, and where, goes to the log and never to the caller.
  log.error({ err: error, route, request_id: requestId }, "A request failed for an unexpected reason");
  return new SentinelError("INTERNAL", `Something unexpected happened (request ${requestId}).`, {
    request_id: requestId,
  });
}
