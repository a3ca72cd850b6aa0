import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { ApiError, errorTold, SentinelError } from "../../shared/errors.ts";
import { cancelJob, type Job, listJobs } from "../../shared/job.ts";
import { type Given, requestFor } from "../../shared/request.ts";
import type { Route } from "../../shared/route.ts";
import type { Principal } from "../engine/base/principals.ts";
import { openLocalHost } from "../host.ts";
import { readRunFile } from "../run-file.ts";
import type { Surroundings } from "./command.ts";

/** The contract's routes, whoever answers them: the engine that runs, or one opened for this command. */
export interface ApiClient {
  /**
   * @param signal what ends the call; the command's own unless told
   * @throws SentinelError as the route answered it
   */
  call<I extends z.ZodType, O extends z.ZodType>(
    route: Route<I, O>,
    input: Given<Route<I, O>>,
    body?: Blob,
    signal?: AbortSignal,
  ): Promise<z.output<O>>;
  /** The bytes of a route that replies with a file, as they come. @throws SentinelError as the route answered it */
  download<I extends z.ZodType, O extends z.ZodType>(
    route: Route<I, O>,
    input: Given<Route<I, O>>,
  ): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

/** Who acts when a command does. */
export const commandLine = { actor: "command line", role: "admin", caller: "cli" } satisfies Principal;

/** @throws SentinelError LOCKED when an engine that cannot be reached holds the data directory */
export async function openClient(around: Surroundings): Promise<ApiClient> {
  const running = readRunFile(around.config.SENTINEL_HOME);
  if (running !== undefined) {
    const send = async (path: string, init: RequestInit) => {
      const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${running.token}` };
      try {
        return await fetch(new URL(path, running.ui_origin), { ...init, headers });
      } catch (error) {
        throw new SentinelError("UNAVAILABLE", "The running engine does not answer.", undefined, error);
      }
    };
    return createClient(send, around.stop, () => Promise.resolve());
  }
  // A command tells in words what it did; what an engine that runs on notes of each step would stand between them.
  const log = around.log.level === "info" ? around.log.child({}, { level: "error" }) : around.log;
  const local = await openLocalHost({ ...around, log, host: "command line", checkOutput: false });
  const send = (path: string, init: RequestInit) =>
    local.router.handle(new Request(new URL(path, "http://127.0.0.1"), init), commandLine);
  return createClient(send, around.stop, local.close);
}

/** @param send answers a path of the API */
export function createClient(
  send: (path: string, init: RequestInit) => Promise<Response>,
  stop: AbortSignal,
  close: () => Promise<void>,
): ApiClient {
  async function open(route: Route, input: Record<string, unknown>, body?: Blob, signal = stop): Promise<Response> {
    const { url, json } = requestFor(route, input);
    for (;;) {
      const response = await send(url, {
        method: route.method,
        headers: json === null ? {} : { "Content-Type": "application/json" },
        ...(json === null ? {} : { body: json }),
        ...(body === undefined ? {} : { body }),
        signal,
      });
      if (response.ok) return response;
      const error = await readError(response);
      if (error.code !== "RATE_LIMITED") throw error;
      await sleep(Number(response.headers.get("Retry-After") ?? 1) * 1_000, undefined, { signal });
    }
  }
  return {
    close,
    async call(route, input, body, signal) {
      const response = await open(route, input as Record<string, unknown>, body, signal);
      return (await response.json()) as z.output<typeof route.output>;
    },
    async download(route, input) {
      const { body } = await open(route, input as Record<string, unknown>);
      if (body === null) throw new SentinelError("UNAVAILABLE", "The engine answered without a file.");
      return body;
    },
  };
}

/** How long a command that is stopped waits for its job to be cancelled. */
const lastWordMs = 5000;

/** The job once it ended; a command that is stopped cancels it. */
export async function waitForJob(client: ApiClient, id: string, stop: AbortSignal): Promise<Job> {
  let pauseMs = 10;
  for (;;) {
    const job = (await client.call(listJobs, {})).find((one) => one.id === id);
    if (job === undefined) throw new SentinelError("NOT_FOUND", "The job is gone.");
    if (job.state !== "queued" && job.state !== "running") return job;
    try {
      await sleep(pauseMs, undefined, { signal: stop });
    } catch (error) {
      await client.call(cancelJob, { id }, undefined, AbortSignal.timeout(lastWordMs)).catch(() => undefined);
      throw error;
    }
    pauseMs = Math.min(250, pauseMs * 2);
  }
}

async function readError(response: Response): Promise<SentinelError> {
  const parsed = ApiError.safeParse(await response.json().catch(() => undefined));
  return (
    errorTold(parsed.data) ?? new SentinelError("UNAVAILABLE", `The engine answered with status ${response.status}.`)
  );
}

/** @throws SentinelError with the code that the job failed by */
export function resultOf({ state, result, error }: Job): Record<string, unknown> {
  if (state === "done" && result !== null) return result;
  throw errorTold(error) ?? new SentinelError("CANCELLED", error?.message ?? "The job was cancelled.");
}
