import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { SentinelError } from "../../shared/errors.ts";
import { systemClock } from "../engine/base/clock.ts";
import { createLogger } from "../engine/base/logging.ts";
import { createMetrics } from "../engine/base/metrics.ts";
import { openTestEngine, type TestEngine } from "../engine/test-engine.ts";
import { allRoutes } from "./engine-routes.ts";
import { type ExternalOptions, listenExternal, listenUi } from "./listeners.ts";
import { createLive } from "./live.ts";
import type { PinCheck } from "./pin-check.ts";
import { createRateLimiter, defaultRateLimits } from "./rate-limit.ts";
import { createRefusals } from "./refusals.ts";
import { createRouter, type Router } from "./router.ts";
import type { Listener } from "./serve-http.ts";

const log = createLogger("silent");
const patience = 120_000;
/** Scripted: the lock-out has tests of its own. */
const pin: PinCheck = {
  async check(given) {
    if (given === "2468") return;
    if (given === "locked") throw new SentinelError("RATE_LIMITED", "Too many wrong PINs.", { retry_after_s: 7 });
    throw new SentinelError("UNAUTHENTICATED", "The PIN is wrong.");
  },
};

let folder: string;
let opened: TestEngine;
let router: Router;
let external: Listener;
let ui: Listener;
/** Sends of the mail tool: none may be done twice. */
let sent = 0;
let planned = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-socket-"));
  writeFileSync(
    join(folder, "mail.yaml"),
    "version: 1\ntools:\n  mail/read: { effect: read }\n  mail/send: { effect: external }\n",
  );
  const steps = [
    { id: "r", type: "tool_call", tool: "mail/read", args: {} },
    { id: "s", type: "llm_task", prompt: `Sum up \${r}`, output: "text" },
    { id: "w", type: "tool_call", tool: "mail/send", args: { to: "ann", body: { $from: "s" } } },
    { id: "t", type: "llm_task", prompt: `Say that it is done: \${w}`, output: "text" },
  ];
  opened = await openTestEngine({
    assistant: {
      planner: {
        async submit() {
          planned++;
          return { plan: { summary: "Mail.", steps }, inputTokens: 1, outputTokens: 1 };
        },
      },
      worker: {
        async *answer() {
          yield "An answer.";
        },
      },
      servers: {
        names: () => ["mail"],
        status: () => [],
        list: async () =>
          ["read", "send"].map((name) => ({ name: `mail/${name}`, description: name, input: { type: "object" } })),
        async call(_server, tool) {
          if (tool === "send") sent++;
          return "given";
        },
        close: async () => {},
      },
    },
    environment: { SENTINEL_POLICIES: folder, SENTINEL_TRUST_LEVEL: "1" },
  });
  const live = createLive(opened.engine.live, systemClock);
  const limiter = createRateLimiter(
    { ...defaultRateLimits, read: 100_000, agent: 100_000, task: 100_000 },
    systemClock,
  );
  router = createRouter({ bindings: allRoutes(opened.engine, live), limiter, log, checkOutput: true });
  const metrics = createMetrics({ processMetrics: false });
  const refusals = createRefusals({ clock: systemClock, log, metrics });
  const common = { port: 0, router, documents: () => undefined, refusals, log };
  const options = { ...common, allowedOrigins: ["http://dashboard.example"], pin, token: "program-token" };
  external = await listenExternal({ ...options, credentialRequired: true } satisfies ExternalOptions);
  ui = await listenUi({
    ...common,
    live,
    principalOf: (token) => (token === "window" ? { actor: "analyst", role: "analyst", caller: "ui" } : undefined),
    rendererDirectory: null,
    panicOrigin: null,
  });
}, patience);

afterAll(async () => {
  await Promise.all([external?.close(), ui?.close()]);
  await opened?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Message {
  type: string;
  id: number;
  task_id: string;
  ref?: string;
  data: Record<string, unknown>;
}

/** A client that can be cut off. */
function connect(auth: object | null = { type: "auth", pin: "2468" }, to: Listener = external, headers = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${to.port}/ws`, { headers });
  const received: Message[] = [];
  const waiting: { want: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  socket.on("error", () => undefined);
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as Message;
    received.push(message);
    for (const one of waiting) if (one.want(message)) one.resolve(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const say = (message: unknown) => socket.send(typeof message === "string" ? message : JSON.stringify(message));
  socket.once("open", () => auth !== null && say(auth));
  const next = (want: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => {
      const known = received.find(want);
      if (known !== undefined) resolve(known);
      else waiting.push({ want, resolve });
    });
  return { socket, say, received, closed, next, ready: next(({ type }) => type === "auth_ok") };
}

const isType = (type: string) => (message: Message) => message.type === type;
const task = { type: "task", request: "Sum up the mail and send it to ann" };
const whole = [
  "task.started",
  "task.planned",
  "task.step_completed",
  "task.step_completed",
  "task.approval_requested",
  "task.step_completed",
  "task.step_completed",
  "task.completed",
];

test.each([
  ["the PIN", { type: "auth", pin: "2468" }, () => external],
  ["the token", { type: "auth", token: "program-token" }, () => external],
  ["the window's token", { type: "auth", token: "window" }, () => ui],
])(
  "a task is asked for, approved and told to its end with %s",
  async (_name, auth, to) => {
    const { say, ready, next, received, socket } = connect(auth, to());
    await ready;
    const before = sent;
    say({ ...task, ref: "first" });
    const { data, task_id } = await next(isType("task.approval_requested"));
    expect(data).toMatchObject({ task_id, kind: "tool_call", steps: [{ tool: "mail/send", args: { to: "ann" } }] });
    say({ type: "approval", approval_id: data.approval_id, granted: true, reason: "seen" });
    const end = await next(isType("task.completed"));
    expect(end).toMatchObject({ task_id, id: expect.any(Number), data: { status: "completed", task_id } });
    expect(received.map(({ type }) => type)).toEqual(["auth_ok", ...whole]);
    const ids = received.slice(1).map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(sent).toBe(before + 1);
    // An approval is worth something once.
    say({ type: "approval", approval_id: data.approval_id, granted: true, ref: "again", last_event_id: end.id });
    expect(await next(isType("error"))).toMatchObject({ ref: "again", data: { code: "APPROVAL_REFUSED" } });
    socket.terminate();
  },
  patience,
);

test(
  "who reads a task's events by HTTP goes on after the last one, and is told when none will come",
  async () => {
    const { say, ready, next, socket } = connect();
    await ready;
    say({ ...task, ref: "read" });
    const { data, task_id, id } = await next(isType("task.approval_requested"));
    const read = (query: string, headers = {}) =>
      fetch(`http://127.0.0.1:${external.port}/api/events?task_id=${query}`, {
        headers: { Authorization: "Bearer program-token", ...headers },
      });
    say({ type: "approval", approval_id: data.approval_id, granted: true });
    const end = await next(isType("task.completed"));
    const types = async (response: Response) =>
      [...(await response.text()).matchAll(/"type":"(task\.\w+)"/g)].map(([, type]) => type);
    expect(await types(await read(task_id))).toEqual(whole);
    expect(await types(await read(task_id, { "Last-Event-ID": String(id) }))).toEqual(whole.slice(5));
    // An EventSource would connect again for ever.
    const over = async () => {
      const response = await read(task_id, { "Last-Event-ID": String(end.id) });
      return [response.status, await response.text()];
    };
    // Its end is told a moment before it is stored; what is followed in between ends by itself.
    await expect.poll(over, { timeout: 10_000 }).toEqual([204, ""]);
    expect((await read("none")).status).toBe(404);
    socket.terminate();
  },
  patience,
);

test(
  "what is sent at once with the credential is not lost",
  async () => {
    const { socket, say, next } = connect(null);
    await new Promise((resolve) => socket.once("open", resolve));
    say({ type: "auth", pin: "2468" });
    say(task);
    say({ type: "follow", task_id: "none", ref: "f" });
    await next(isType("task.approval_requested"));
    expect(await next(isType("error"))).toMatchObject({ ref: "f", data: { code: "NOT_FOUND" } });
    socket.terminate();
  },
  patience,
);

test(
  "nothing is lost or doubled however often, and wherever, the connection breaks",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
        // A fresh one also where a failure is narrowed down: a ref stands for one request.
        const ref = randomUUID();
        const [sends, plans] = [sent, planned];
        const kept: Message[] = [];
        let approved = false;
        for (let turn = 0; kept.at(-1)?.type !== "task.completed"; turn++) {
          // Cut off after so many messages; in the end it holds.
          const most = cuts[turn] ?? Number.POSITIVE_INFINITY;
          const client = connect();
          const taken = new Promise<void>((resolve) => {
            let count = 0;
            const look = (message: Message) => {
              if (message.type === "auth_ok") {
                const last = kept.at(-1);
                client.say(
                  last === undefined
                    ? { ...task, ref }
                    : { type: "follow", task_id: last.task_id, last_event_id: last.id },
                );
                // The word was perhaps lost with the connection: it is given again.
                const asked = kept.find(isType("task.approval_requested"));
                if (asked !== undefined) grant(asked, last!.id);
                if (most === 0) resolve();
                return;
              }
              if (message.type === "error") return;
              kept.push(message);
              if (message.type === "task.approval_requested") grant(message, message.id);
              if (++count >= most || message.type === "task.completed") resolve();
            };
            function grant({ data }: Message, last_event_id: number) {
              approved = true;
              client.say({ type: "approval", approval_id: data.approval_id, granted: true, last_event_id });
            }
            void client.next((message) => {
              look(message);
              return false;
            });
            void client.closed.then(() => resolve());
          });
          await taken;
          client.socket.terminate();
          await client.closed;
        }
        expect(approved).toBe(true);
        expect(kept.map(({ type }) => type)).toEqual(whole);
        expect(new Set(kept.map(({ id }) => id)).size).toBe(whole.length);
        expect([sent - sends, planned - plans]).toEqual([1, 1]);
      }),
      { numRuns: 12 * Number(process.env.TORTURE ?? 1) },
    );
  },
  patience,
);

test("a ref stands for one request", { timeout: patience }, async () => {
  const { say, ready, next, socket } = connect();
  await ready;
  say({ ...task, ref: "same" });
  await next(isType("task.started"));
  say({ ...task, request: "Something else", ref: "same" });
  expect(await next(isType("error"))).toMatchObject({ ref: "same", data: { code: "CONFLICT" } });
  socket.terminate();
});

test.each([
  ["a wrong PIN", { type: "auth", pin: "1111" }, 4401],
  ["a wrong token", { type: "auth", token: "no" }, 4401],
  ["no credential", { type: "auth" }, 4401],
  ["a task before the credential", task, 4401],
  ["a first message of 5 KB", { type: "auth", token: "x".repeat(5_000) }, 4401],
  ["a PIN while they are locked out", { type: "auth", pin: "locked" }, 4429],
])("ends on %s, and says nothing before", async (_why, auth, code) => {
  const { closed, received } = connect(auth);
  expect((await closed).code).toBe(code);
  expect(received).toEqual([]);
});

test("the window's token opens nothing to other programs, nor theirs the window's", async () => {
  expect((await connect({ type: "auth", token: "window" }).closed).code).toBe(4401);
  expect((await connect({ type: "auth", token: "program-token" }, ui).closed).code).toBe(4401);
});

test("pages of other sites are refused, listed ones are not", async () => {
  for (const headers of [{ Origin: "http://evil.example" }, { Host: "evil.example" }, { Origin: "null" }]) {
    expect((await connect({ type: "auth", pin: "2468" }, external, headers).closed).code).toBe(1006);
  }
  const listed = connect(undefined, external, { Origin: "http://dashboard.example" });
  await listed.ready;
  listed.socket.terminate();
});

test("noise is answered in words, and not for ever", async () => {
  const { say, ready, next, closed, received } = connect();
  await ready;
  for (const noise of ["hello", "[]", '{"type":"task","request":1}', '{"__proto__":{"type":"task"},"ref":"p"}'])
    say(noise);
  say({ ...task, request: "a\u202eb", ref: "hidden" });
  expect(await next(({ ref }) => ref === "hidden")).toMatchObject({ data: { code: "INPUT_INVALID" } });
  expect(received.filter(isType("error"))).toHaveLength(5);
  for (let i = 0; i < 20; i++) say("noise");
  expect((await closed).code).toBe(1008);
});

test("a message that is too large ends the connection, and nothing else", async () => {
  const { say, ready, closed } = connect();
  await ready;
  say({ ...task, request: "x".repeat(300_000) });
  expect((await closed).code).toBe(1009);
  await connect().ready;
});
