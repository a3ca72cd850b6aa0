import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { z } from "zod";
import type { Logger } from "../engine/base/logging.ts";

/** A text that somebody sent. */
export interface SignalMessage {
  /** Telephone number (E.164), or account identifier where the number is hidden. */
  readonly from: string;
  readonly text: string;
}

export interface SignalOptions {
  /** Program and arguments before `--output=json jsonRpc`, such as `signal-cli -a +49123456789`. */
  readonly command: readonly string[];
  readonly log: Logger;
  readonly onMessage: (message: SignalMessage) => void;
  /** First pause before it is started again, milliseconds; it doubles up to five minutes. */
  readonly firstPauseMs?: number;
}

export interface SignalProcess {
  /** @returns whether the process took it; a text that it did not take is lost */
  send(to: string, text: string): Promise<boolean>;
  isRunning(): boolean;
  close(): Promise<void>;
}

/** Longest line that is looked at, UTF-16 units. */
const longestLine = 200_000;
const maxPauseMs = 5 * 60_000;
/** A process that ran for so long has recovered. */
const steadyMs = 60_000;
const sendTimeoutMs = 30_000;
/** Messages on their way to the process at once. */
const mostSends = 100;

const Line = z.union([
  z.object({
    method: z.literal("receive"),
    params: z.object({
      envelope: z.object({
        sourceNumber: z.string().nullish(),
        sourceUuid: z.string().nullish(),
        dataMessage: z.object({ message: z.string().nullish(), groupInfo: z.unknown().optional() }).optional(),
      }),
    }),
  }),
  z.object({ id: z.number(), result: z.unknown().optional(), error: z.unknown().optional() }),
]);

/**
 * signal-cli as a process of its own, one JSON-RPC message a line. Ended, it is started again.
 * Source: signal-cli, `man/signal-cli-jsonrpc.5.adoc`.
 */
export function startSignal({ command, log, onMessage, firstPauseMs = 1_000 }: SignalOptions): SignalProcess {
  const sends = new Map<number, (isTaken: boolean) => void>();
  let child: ChildProcessWithoutNullStreams | null = null;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = firstPauseMs;
  let lastId = 0;
  let isClosed = false;

  function start(): void {
    const [program, ...args] = command;
    const startedAt = performance.now();
    // SECURITY: no shell, and nothing of the engine's environment but the ways to programs and to the account's own folder.
    const { PATH = "", HOME = "", JAVA_HOME } = process.env;
    const env = { PATH, HOME, ...(JAVA_HOME === undefined ? {} : { JAVA_HOME }) };
    const started = spawn(program!, [...args, "--output=json", "jsonRpc"], { env, stdio: "pipe" });
    child = started;
    let hasEnded = false;
    const ended = (why: string) => {
      if (hasEnded) return;
      hasEnded = true;
      child = null;
      for (const settle of sends.values()) settle(false);
      sends.clear();
      if (isClosed) return;
      if (performance.now() - startedAt > steadyMs) pauseMs = firstPauseMs;
      log.warn({ why, pause_ms: pauseMs }, "signal-cli ended; it is started again.");
      timer = setTimeout(start, pauseMs);
      pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    };
    started.once("error", (error) => ended((error as NodeJS.ErrnoException).code ?? "error"));
    started.once("close", (code, signal) => ended(String(code ?? signal)));
    started.stdin.on("error", () => undefined);
    // Its own log may hold numbers and texts.
    started.stderr.resume();
    let line = "";
    let isSkipping = false;
    started.stdout.setEncoding("utf8");
    started.stdout.on("data", (chunk: string) => {
      const parts = chunk.split("\n");
      for (const [at, part] of parts.entries()) {
        if (at > 0) {
          if (!isSkipping) takeLine(line);
          [line, isSkipping] = ["", false];
        }
        // SECURITY: a line without an end does not fill the memory.
        if (isSkipping || line.length + part.length > longestLine) [line, isSkipping] = ["", true];
        else line += part;
      }
    });
  }

  function takeLine(line: string): void {
    const parsed = Line.safeParse(parseJson(line));
    // What is no message of the protocol, or of no interest, is passed over: receipts, typing, other accounts' notes.
    if (!parsed.success) return;
    if ("id" in parsed.data) {
      sends.get(parsed.data.id)?.(parsed.data.error === undefined);
      return;
    }
    const { sourceNumber, sourceUuid, dataMessage } = parsed.data.params.envelope;
    const from = sourceNumber ?? sourceUuid;
    const text = dataMessage?.message;
    // SECURITY: in a group others read along.
    if (from == null || text == null || text === "" || dataMessage?.groupInfo != null) return;
    onMessage({ from, text });
  }

  start();
  return {
    isRunning: () => child !== null,
    async send(to, text) {
      const running = child;
      if (running === null || sends.size >= mostSends) return false;
      const id = ++lastId;
      const taken = new Promise<boolean>((resolve) => {
        const limit = setTimeout(() => settle(false), sendTimeoutMs);
        const settle = (isTaken: boolean) => {
          clearTimeout(limit);
          sends.delete(id);
          resolve(isTaken);
        };
        sends.set(id, settle);
      });
      const call = { jsonrpc: "2.0", id, method: "send", params: { recipient: [to], message: text } };
      running.stdin.write(`${JSON.stringify(call)}\n`);
      return await taken;
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      const running = child;
      if (running === null) return;
      const gone = new Promise<void>((resolve) => running.once("close", () => resolve()));
      running.kill("SIGTERM");
      const hard = setTimeout(() => running.kill("SIGKILL"), 2_000);
      await gone;
      clearTimeout(hard);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
