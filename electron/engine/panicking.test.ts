import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { call, from } from "./agent/flow/fixture-run.ts";
import type { Json } from "./agent/flow/json.ts";
import { workerFile } from "./base/fixture-threads.ts";
import { defaultLimits } from "./sandbox/driver.ts";
import { childChannel } from "./sandbox/process-channel.ts";
import { leftPulls } from "./sandbox/pull-notes.ts";
import {
  absentSupervisor,
  connectSupervisor,
  type PanicNews,
  type SupervisorClient,
} from "./sandbox/supervisor-client.ts";
import { analyst, openTestEngine, pullDoor, type TestEngine, temporaryHome } from "./test-engine.ts";

const patience = 120_000;
const press_id = randomUUID();
const result = { destroyed: 1, left: 0, took_ms: 2 };
const entry = join(import.meta.dirname, "../supervisor.ts");

let folder: string;
let home: string;
const opened: TestEngine[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-agent-"));
  home = temporaryHome();
  writeFileSync(
    join(folder, "mail.yaml"),
    "version: 1\ntools:\n  mail/read: { effect: read }\n  mail/send: { effect: external }\n",
  );
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
  rmSync(home, { recursive: true, force: true });
});

async function open(options: Parameters<typeof openTestEngine>[0]): Promise<TestEngine> {
  const one = await openTestEngine({ home, ...options });
  opened.push(one);
  return one;
}

/** A supervisor whose news a test tells. */
function toldSupervisor(changes: Partial<SupervisorClient> = {}) {
  const listeners = new Set<(news: PanicNews) => void>();
  const supervisor: SupervisorClient = {
    ...absentSupervisor("healthy", "A test's."),
    panic: () => Promise.resolve(result),
    onPanic: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...changes,
  };
  const tell = (news: PanicNews) => {
    for (const listener of listeners) listener(news);
  };
  return { supervisor, tell };
}

/** A real one. */
async function startSupervisor() {
  const child = fork(entry, [], { env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "advanced" });
  children.push(child);
  const client = await connectSupervisor(childChannel(child), join(home, "run"), "token", 2, home);
  return { child, client };
}

const kindsOf = async ({ engine }: TestEngine) =>
  (await engine.audit.log({ after: 0, limit: 500 })).entries.flatMap(({ kind }) =>
    /^panic\.|^trust\.incident/.test(kind) ? [kind] : [],
  );
const isHeld = async ({ engine }: TestEngine) => (await engine.rules.list()).held !== null;

/** An engine with a task whose tool has been called, and one that waits for a word about its call. */
async function openWithTasks(supervisor: SupervisorClient, listens: boolean, writer = workerFile("writer")) {
  const called = Promise.withResolvers<AbortSignal>();
  const end = Promise.withResolvers<Json>();
  const sent: unknown[] = [];
  const t = await open({
    supervisor,
    writer,
    environment: { SENTINEL_POLICIES: folder, SENTINEL_TRUST_LEVEL: "1" },
    assistant: {
      servers: {
        names: () => ["mail"],
        status: () => [],
        list: async () =>
          ["read", "send"].map((name) => ({ name: `mail/${name}`, description: name, input: { type: "object" } })),
        async call(_server, tool, args, signal) {
          if (tool === "send") sent.push(args);
          if ((args as { box?: string }).box !== "slow") return "a stranger's words";
          called.resolve(signal);
          if (listens) signal.addEventListener("abort", () => end.reject(signal.reason));
          return await end.promise;
        },
        close: async () => {},
      },
    },
  });
  const { assistant } = t.engine;
  const waiting = await assistant.runPlan(
    { plan: plan(call("r", "mail/read"), call("w", "mail/send", { body: from("r") })) },
    analyst,
  );
  expect(waiting.status).toBe("awaiting_approval");
  const running = assistant.runPlan(
    { plan: plan(call("r", "mail/read", { box: "slow" }), call("w", "mail/send", { body: from("r") })) },
    analyst,
  );
  return { t, assistant, waiting, running, signal: await called.promise, sent, finish: () => end.resolve("late") };
}
const plan = (...steps: Json[]) => ({ summary: "It is done.", steps });

describe("a task with a call to a tool under way, and one that waits for a word", () => {
  test.each(["by the engine", "past the engine"])(
    "are stopped by panic %s, and nothing of them goes on",
    async (way) => {
      const { supervisor, tell } = toldSupervisor();
      const { t, assistant, waiting, running, signal, sent } = await openWithTasks(supervisor, true);
      if (way === "past the engine") tell({ result, via: "window", pull: { press_id } });
      else expect(await t.engine.panic({ press_id }, analyst)).toEqual({ ...result, held: 2, noted: true });
      expect(await running).toMatchObject({ status: "cancelled", reason: "Panic." });
      expect(signal.aborted).toBe(true);
      const now = () => assistant.get({ id: waiting.task_id });
      await expect.poll(now, { timeout: 30_000 }).toMatchObject({ status: "cancelled", reason: "Panic." });
      await expect(
        assistant.decide({ id: waiting.approval_id!, granted: true, reason: "" }, analyst),
      ).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
      expect(sent).toEqual([]);
      const kinds = () => kindsOf(t);
      await expect.poll(kinds, { timeout: 30_000 }).toEqual(["panic.pulled", "trust.incident", "panic.ended"]);
    },
    patience,
  );

  test(
    "delay neither the hold nor the answer where the tool does not listen",
    async () => {
      const { supervisor } = toldSupervisor();
      const { t, assistant, waiting, running, sent, finish } = await openWithTasks(supervisor, false);
      const pulled = t.engine.panic({ press_id }, analyst);
      await expect.poll(() => isHeld(t), { timeout: 1_500 }).toBe(true);
      expect(await pulled).toEqual({ ...result, held: 2, noted: true });
      expect(await assistant.get({ id: waiting.task_id })).toMatchObject({ status: "cancelled" });
      finish();
      expect(await running).toMatchObject({ status: "cancelled" });
      expect(sent).toEqual([]);
    },
    patience,
  );
});

test(
  "the response is held while a supervisor does not answer, and the log says that sandboxes could not be ended",
  async () => {
    const silent = Promise.withResolvers<never>();
    const t = await open({ supervisor: toldSupervisor({ panic: () => silent.promise }).supervisor });
    const pulled = t.engine.panic({ reason: "drill" }, analyst);
    await expect.poll(() => isHeld(t), { timeout: 10_000 }).toBe(true);
    silent.reject(new Error("The supervisor did not answer."));
    await expect(pulled).rejects.toThrow("did not answer");
    const { entries } = await t.engine.audit.log({ after: 0, limit: 10 });
    const ended = entries.find(({ kind }) => kind === "panic.ended");
    expect(ended!.payload).toEqual({ problem: "The supervisor did not answer.", held: 0 });
  },
  patience,
);

test(
  "the supervisor's own door and the route are one press",
  async () => {
    const { supervisor, tell } = toldSupervisor();
    const t = await open({ supervisor });
    tell({ result, via: "window", pull: { press_id } });
    expect(await t.engine.panic({ press_id }, analyst)).toEqual({ ...result, held: 0, noted: true });
    const kinds = () => kindsOf(t);
    await expect.poll(kinds, { timeout: 30_000 }).toEqual(["panic.pulled", "trust.incident", "panic.ended"]);
  },
  patience,
);

test(
  "a panic that is pulled while somebody re-arms holds the response, and who re-arms is told",
  async () => {
    const t = await open({ supervisor: toldSupervisor().supervisor });
    await t.engine.panic({ reason: "drill" }, analyst);
    const rearming = t.engine.response.rearm({ reason: "The drill is over." }, analyst);
    const pulled = t.engine.panic({ reason: "no drill" }, analyst);
    await expect(rearming).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("again") });
    await pulled;
    expect(await isHeld(t)).toBe(true);
    await t.engine.response.rearm({ reason: "Now it is over." }, analyst);
    expect(await isHeld(t)).toBe(false);
  },
  patience,
);

describe("a panic by the door of a real supervisor", () => {
  const notes = () => readdirSync(join(home, "run", "pulls"));

  test(
    "that reached no engine before it was killed is in the log of the next one, which holds",
    async () => {
      const { child, client } = await startSupervisor();
      const gone = new Promise((resolve) => child.once("exit", resolve));
      expect(await pullDoor(client.door!.socket)).toBe(200);
      expect(notes()).toHaveLength(1);
      child.kill("SIGKILL");
      await gone;
      const t = await open({});
      expect(await kindsOf(t)).toEqual(["panic.pulled", "trust.incident"]);
      const { entries } = await t.engine.audit.log({ after: 0, limit: 10 });
      expect(entries.find(({ kind }) => kind === "panic.pulled")).toMatchObject({ actor: "panic socket" });
      expect(await isHeld(t)).toBe(true);
      expect(notes()).toEqual([]);
      await t.engine.response.rearm({ reason: "The drill is over." }, analyst);
      await opened.pop()!.close();
      expect(await isHeld(await open({}))).toBe(false);
    },
    patience,
  );

  test(
    "leaves no note where the log was quicker than a supervisor that noted it",
    async () => {
      const { client } = await startSupervisor();
      const pulled = client.panic({ press_id }, "ana");
      client.noted(press_id);
      await pulled;
      await expect.poll(notes, { timeout: 30_000 }).toEqual([]);
    },
    patience,
  );

  test(
    "leaves no note once the engine has it in its log",
    async () => {
      const { client } = await startSupervisor();
      const t = await open({ supervisor: client });
      expect(await pullDoor(client.door!.socket)).toBe(200);
      await expect.poll(() => isHeld(t), { timeout: 30_000 }).toBe(true);
      await expect.poll(notes, { timeout: 30_000 }).toEqual([]);
    },
    patience,
  );
});

const hasBubblewrap = existsSync("/usr/bin/bwrap");
if (!hasBubblewrap) console.warn("SKIPPED: panic while the store's writer hangs: bubblewrap is not installed");

describe.skipIf(!hasBubblewrap)("while the thread that writes the log spins", () => {
  /** The writer, which spins as long as a file is there. */
  function hangingWriter(file: string): URL {
    const code = `
      import { existsSync } from "node:fs";
      setInterval(() => { while (existsSync(${JSON.stringify(file)})) {} }, 5).unref();
      await import(${JSON.stringify(workerFile("writer").href)});`;
    return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  }

  test.each<{
    way: string;
    pull: (t: TestEngine, client: SupervisorClient) => Promise<unknown>;
    via: "engine" | "socket" | "window";
    answer: unknown;
  }>([
    {
      way: "the engine's route",
      pull: (t) => t.engine.panic({ press_id }, analyst),
      via: "engine",
      answer: expect.objectContaining({ left: 0, held: expect.any(Number), noted: false }),
    },
    { way: "the socket of sentinel panic", pull: (_, { door }) => pullDoor(door!.socket), via: "socket", answer: 200 },
    {
      way: "the window's own door",
      async pull(_, { door }) {
        const headers = { authorization: "Bearer token" };
        const { status } = await fetch(`http://127.0.0.1:${door!.port}/panic`, { method: "POST", headers });
        return status;
      },
      via: "window",
      answer: 200,
    },
  ])(
    "panic by $way ends sandboxes and tasks, holds the response, and is in the log once that goes on",
    async ({ pull, via, answer }) => {
      const spins = join(folder, "spins");
      const { client } = await startSupervisor();
      await expect.poll(() => client.status().status, { timeout: 30_000 }).toBe("healthy");
      const { t, running, signal, sent } = await openWithTasks(client, true, hangingWriter(spins));
      const runs = await Promise.all([0, 1].map(() => startSandbox(client)));
      writeFileSync(spins, "");
      await new Promise((resolve) => setTimeout(resolve, 100));
      try {
        const before = performance.now();
        const pulled = pull(t, client);
        const ends = await Promise.all(runs.map(({ ended }) => ended));
        expect(ends.map(({ reason }) => reason)).toEqual(["panic", "panic"]);
        expect(performance.now() - before).toBeLessThan(5_000);
        await expect.poll(() => signal.aborted, { timeout: 5_000 }).toBe(true);
        await expect.poll(() => isHeld(t), { timeout: 5_000 }).toBe(true);
        expect(await pulled).toEqual(answer);
        // Who ends the engine now, since it hangs, finds the press at the next start.
        const left = leftPulls(join(home, "run")).map(({ note }) => note);
        expect(left).toMatchObject([{ via, ...(via === "engine" ? { actor: analyst.actor } : {}) }]);
        expect(performance.now() - before).toBeLessThan(10_000);
        expect(await kindsOf(t)).toEqual([]);
      } finally {
        rmSync(spins);
      }
      expect(await running).toMatchObject({ status: "cancelled" });
      const kinds = async () => (await kindsOf(t)).sort();
      await expect.poll(kinds, { timeout: 30_000 }).toEqual(["panic.ended", "panic.pulled", "trust.incident"]);
      expect(sent).toEqual([]);
      expect(await isHeld(t)).toBe(true);
      await expect.poll(() => leftPulls(join(home, "run")), { timeout: 5_000 }).toEqual([]);
    },
    patience,
  );
});

async function startSandbox(client: SupervisorClient) {
  const up = Promise.withResolvers<void>();
  const spec = { label: "test", command: ["/usr/bin/sh", "-c", "echo; sleep 600"], mounts: [], input: null } as const;
  const ended = client.run({ ...spec, limits: defaultLimits }, { onOutput: () => up.resolve() });
  await up.promise;
  return { ended };
}
