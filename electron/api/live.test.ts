import { expect, test } from "vitest";
import { createLogger } from "../engine/base/logging.ts";
import type { Principal } from "../engine/base/principals.ts";
import { allRoutes } from "./engine-routes.ts";
import { createLive } from "./live.ts";
import { createRateLimiter, defaultRateLimits } from "./rate-limit.ts";
import { createRouter } from "./router.ts";
import { createScriptedEngine } from "./scripted-engine.ts";

const clock = { now: () => 1_000 };
const analyst = { actor: "analyst", role: "analyst", caller: "ui" } satisfies Principal;

function start(capacity?: number) {
  const engine = createScriptedEngine();
  const live = createLive(engine.live, clock, capacity);
  const limiter = createRateLimiter(defaultRateLimits, clock);
  const log = createLogger("silent");
  const router = createRouter({ bindings: allRoutes(engine, live), limiter, log, checkOutput: true });
  const get = (path: string, init?: RequestInit) =>
    router.handle(new Request(`http://127.0.0.1${path}`, init), analyst);
  return { engine, live, get };
}

const logged = (seq: number) => ({ type: "log" as const, seq });

test("polling gives what came after an id, and reset when that is no longer kept or from another run", async () => {
  const { engine, get } = start(3);
  const poll = async (id: number) => (await get(`/api/v1/sentinel/live/poll?last_event_id=${id}`)).json();
  expect(await poll(1_000)).toEqual({ messages: [], last_event_id: 1_000 });
  for (const seq of [1, 2, 3, 4]) engine.publish(logged(seq));
  expect(await poll(1_001)).toEqual({ messages: [logged(2), logged(3), logged(4)], last_event_id: 1_004 });
  expect(await poll(1_004)).toEqual({ messages: [], last_event_id: 1_004 });
  for (const unknown of [0, 1_000, 5_000]) {
    expect(await poll(unknown)).toEqual({ messages: [{ type: "reset" }], last_event_id: 1_004 });
  }
});

test("of a job only the newest message is kept", () => {
  const { engine, live } = start();
  const job = {
    id: "j1",
    kind: "import",
    subject: "a.har",
    state: "running" as const,
    step: "reading",
    total: 9,
    unit: "bytes",
    resumable: true,
    started_at: "2026-01-01T00:00:00.000Z",
    ended_at: null,
    error: null,
    result: null,
  };
  for (let done = 0; done < 5; done++) engine.publish({ type: "job", job: { ...job, done } });
  engine.publish(logged(1));
  expect(live.since(1_000).messages).toEqual([{ type: "job", job: { ...job, done: 4 } }, logged(1)]);
});

async function readEvents(response: Response, count: number) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.split("\n\n").length - 1 < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  return { events: text.split("\n\n").slice(0, -1), reader };
}

test("the stream starts with its id, sends what comes, and resumes from an id", async () => {
  const { engine, get } = start();
  const first = await get("/api/v1/sentinel/live");
  expect(first.headers.get("content-type")).toContain("text/event-stream");
  const reading = readEvents(first, 3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  engine.publish(logged(1));
  const { events, reader } = await reading;
  expect(events).toEqual([": connected", "id: 1000", 'id: 1001\ndata: {"type":"log","seq":1}']);
  await reader.cancel();
  engine.publish(logged(2));
  const again = await readEvents(await get("/api/v1/sentinel/live?last_event_id=1001"), 3);
  expect(again.events[2]).toBe('id: 1002\ndata: {"type":"log","seq":2}');
  await again.reader.cancel();
});

test("a client that connects again by itself goes on after its last event, whatever its address says", async () => {
  const { engine, get } = start();
  for (let seq = 1; seq <= 3; seq++) engine.publish(logged(seq));
  const from = (id: string) => get("/api/v1/sentinel/live?last_event_id=1001", { headers: { "Last-Event-ID": id } });
  const { events, reader } = await readEvents(await from("1002"), 3);
  expect(events).toEqual([": connected", "id: 1002", 'id: 1003\ndata: {"type":"log","seq":3}']);
  await reader.cancel();
  expect((await from("no number")).status).toBe(400);
  // Only streams know it.
  const poll = await get("/api/v1/sentinel/live/poll?last_event_id=1000", { headers: { "Last-Event-ID": "1003" } });
  expect(await poll.json()).toMatchObject({ messages: [logged(1), logged(2), logged(3)] });
});

test("cancelling the body ends the subscription's source without a word in the log", async () => {
  const { live } = start();
  const ended = Promise.withResolvers<void>();
  const lines: string[] = [];
  const follow = live.follow.bind(live);
  const engine = createScriptedEngine();
  const watched = {
    ...live,
    lastId: live.lastId,
    follow: async function* (id: number, signal: AbortSignal) {
      try {
        yield* follow(id, signal);
      } finally {
        ended.resolve();
      }
    },
  };
  const router = createRouter({
    bindings: allRoutes(engine, watched),
    limiter: createRateLimiter(defaultRateLimits, clock),
    log: createLogger("info", { write: (line: string) => void lines.push(line) }),
    checkOutput: true,
  });
  const response = await router.handle(new Request("http://127.0.0.1/api/v1/sentinel/live"), analyst);
  const { reader } = await readEvents(response, 2);
  const waiting = reader.read();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await reader.cancel();
  await waiting;
  await ended.promise;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lines).toEqual([]);
});
