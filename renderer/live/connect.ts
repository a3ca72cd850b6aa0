import type { QueryClient } from "@tanstack/react-query";
import { LiveMessage, liveStream, pollLive } from "../../shared/live.ts";
import { CallFailed, call, open } from "../queries/client.ts";
import { settingsQuery } from "../queries/settings.ts";
import { noteSignedIn, noteSignedOut, signedOutMs } from "../queries/signed-out.ts";
import { readToken } from "../queries/token.ts";
import { applyJobs, markStale } from "./apply.ts";
import { createEventReader } from "./events.ts";
import { createFlusher } from "./flusher.ts";
import { type LiveMode, useChangedAlerts, useLive } from "./live-state.ts";
import { followSocket, socketAddress } from "./socket.ts";

/** A stream that is silent for this long, heartbeats included, is dead. */
const silenceMs = 60_000;
/** How long a WebSocket may take to open before the stream of events is tried. */
const openMs = 3_000;
const pollMs = 2000;
/** How long after the stream opened the window catches up with what changed while it opened: first it has to be drawn. */
const catchUpMs = 1500;
/** Polls between two attempts to stream again. */
const pollsBeforeStream = 15;
const firstDelayMs = 500;
const longestDelayMs = 15_000;

/** Doubles up to a limit, with a little chance so that many windows do not come back at once. */
export function backOff(failures: number, random: number): number {
  return Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), longestDelayMs) * (0.75 + random / 2);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** Follows the engine's changes for as long as the window is open: over a WebSocket, else a stream of events, else by asking again and again. @returns the function that stops it */
export function followLive(client: QueryClient): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let lastId: number | undefined;
  const push = createFlusher({
    now: () => performance.now(),
    later: (ms, run) => setTimeout(run, ms),
    isReading: (key) => key.length > 0 && client.isFetching({ queryKey: key }) > 0,
    applyJobs: (jobs) => applyJobs(client, jobs),
    applyAlerts: (ids) => useChangedAlerts.setState({ ids }),
    markStale: (key) => markStale(client, key),
  });
  const setMode = (mode: LiveMode) => {
    if (useLive.getState().mode !== mode) useLive.setState({ mode });
  };

  /** The way is open. What changed between the first queries and this moment was not heard of. */
  const begin = (): void => {
    setMode("live");
    noteSignedIn();
    // Whoever was shut out and may come in again sees the screens again.
    const { queryKey } = settingsQuery();
    if (client.getQueryState(queryKey)?.status === "error") void client.invalidateQueries({ queryKey });
    if (lastId !== undefined) return void client.invalidateQueries({ queryKey: ["jobs"] });
    void sleep(catchUpMs, signal).then(() => {
      push([{ type: "health" }, { type: "verdicts", added: 0, evidence_id: "" }]);
      return client.invalidateQueries({ queryKey: ["jobs"] });
    });
  };

  /** @returns false when it cannot be opened here */
  const viaSocket = async (): Promise<boolean> => {
    const address = socketAddress(location);
    if (address === null) return false;
    const onOpen = (id: number) => {
      begin();
      lastId ??= id;
    };
    const onMessage = (id: number, message: LiveMessage | null) => {
      lastId = id;
      if (message !== null) push([message]);
    };
    const options = { address, token: readToken(), lastId, openMs, silenceMs, onOpen, onMessage };
    return await followSocket(options, signal);
  };

  const stream = async (): Promise<void> => {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener("abort", end, { once: true });
    let silence = setTimeout(end, silenceMs);
    try {
      const response = await open(liveStream, { last_event_id: lastId }, { signal: attempt.signal });
      if (response.body === null) throw new Error("The stream has no body.");
      begin();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const readEvents = createEventReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(end, silenceMs);
        const messages: LiveMessage[] = [];
        for (const event of readEvents(value)) {
          lastId = event.id ?? lastId;
          const message = LiveMessage.safeParse(parseJson(event.data));
          if (message.success) messages.push(message.data);
        }
        push(messages);
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", end);
      attempt.abort();
    }
  };

  const poll = async (): Promise<void> => {
    for (let i = 0; i < pollsBeforeStream && !signal.aborted; i++) {
      const answer = await call(pollLive, { last_event_id: lastId ?? 0 }, { signal });
      setMode("polling");
      lastId = answer.last_event_id;
      push(answer.messages);
      await sleep(pollMs, signal);
    }
  };

  /** Whoever is shut out is told so, and does not go on asking: the engine counts failures by address, others' among them. */
  const pause = async (): Promise<void> => {
    setMode("offline");
    noteSignedOut();
    void client.invalidateQueries({ queryKey: ["settings"] });
    await sleep(signedOutMs, signal);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        if (!(await viaSocket()) && !signal.aborted) await stream();
      } catch (error) {
        // Told apart below: a stream that lived for a while only has to be opened again.
        if (isSignedOut(error)) await pause();
      }
      if (signal.aborted) return;
      failures = performance.now() - began > silenceMs / 2 ? 1 : failures + 1;
      if (failures >= 2) {
        try {
          await poll();
        } catch (error) {
          setMode("offline");
          if (isSignedOut(error)) await pause();
        }
      }
      await sleep(backOff(failures, Math.random()), signal);
    }
  };
  void run();
  return () => stop.abort();
}

const isSignedOut = (error: unknown) => error instanceof CallFailed && error.status === 401;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
