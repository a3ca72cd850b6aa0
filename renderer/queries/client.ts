import type { z } from "zod";
import { ApiError } from "../../shared/errors.ts";
import { type Given, requestFor } from "../../shared/request.ts";
import type { Route } from "../../shared/route.ts";
import { takeEarly } from "./early.ts";
import { sendBody } from "./send-body.ts";
import { isSignedOut, noteSignedOut } from "./signed-out.ts";
import { credentialsMode, readToken } from "./token.ts";

type Answer<R> = R extends Route<z.ZodType, infer O> ? z.output<O> : never;

/** A call that did not succeed. `status` 0: the engine could not be reached. */
export class CallFailed extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;

  constructor(status: number, error: ApiError) {
    super(error.message);
    this.name = "CallFailed";
    this.code = error.code;
    this.status = status;
    this.details = error.details;
  }
}

/** Why a change was not made, for the person who wanted it. A version that moved is told as what it means, not as numbers. */
export function refusalInWords(error: Error): string {
  return error instanceof CallFailed && error.details?.base_version !== undefined && error.code === "CONFLICT"
    ? "it was changed elsewhere in the meantime. Nothing was overwritten; this is how it stands now."
    : error.message;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The body of a route whose body is raw bytes. */
  readonly body?: Blob;
  /** Hears how many bytes of the body were sent so far. */
  readonly onSent?: (bytes: number) => void;
}

/** Opens a route and returns the raw reply. @throws CallFailed, or the abort reason */
export async function open<R extends Route>(route: R, input: Given<R>, options: CallOptions = {}): Promise<Response> {
  const { url, json } = requestFor(route, input as Record<string, unknown>);
  const early = route.method === "GET" ? await takeEarly(url) : undefined;
  if (early !== undefined) return early;
  // Only what is read: a change, and panic above all, is asked for whatever was said before.
  if (route.method === "GET" && isSignedOut()) {
    throw new CallFailed(401, { code: "UNAUTHENTICATED", message: "Nobody is signed in here." });
  }
  const headers: Record<string, string> = {};
  const token = readToken();
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (json !== null) headers["content-type"] = "application/json";
  else if (options.body !== undefined) headers["content-type"] = "application/octet-stream";
  let response: Response;
  try {
    const { body, signal = null, onSent } = options;
    const { method } = route;
    response =
      body !== undefined && onSent !== undefined
        ? await sendBody(url, { method, headers, body, signal }, onSent)
        : await fetch(url, {
            method,
            headers,
            body: json ?? body ?? null,
            signal,
            credentials: credentialsMode(token),
            cache: "no-store",
          });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new CallFailed(0, {
      code: "UNREACHABLE",
      message: "The engine does not answer. It may be starting, busy, or closed.",
    });
  }
  if (response.ok) return response;
  if (response.status === 401) noteSignedOut();
  const reply = ApiError.safeParse(await response.json().catch(() => null));
  throw new CallFailed(
    response.status,
    reply.success
      ? reply.data
      : { code: `HTTP_${response.status}`, message: `The engine answered with status ${response.status}.` },
  );
}

/** Calls a route of the contract and checks the answer. @throws CallFailed, or the abort reason */
export async function call<R extends Route>(route: R, input: Given<R>, options: CallOptions = {}): Promise<Answer<R>> {
  const response = await open(route, input, options);
  const answer = route.output.safeParse(await response.json());
  if (answer.success) return answer.data as Answer<R>;
  const issue = answer.error.issues[0];
  throw new CallFailed(response.status, {
    code: "UNEXPECTED_REPLY",
    message: `The engine's answer does not have the agreed form (${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}).`,
  });
}
