import { expect, test } from "vitest";
import type { SimulatorMessage, SinkEvent } from "../../../../shared/simulator.ts";
import type { SandboxExit } from "../../sandbox/spec.ts";
import type { SupervisorClient } from "../../sandbox/supervisor-client.ts";
import { files, planOf, readSample } from "./fixture-samples.ts";
import { runSimulation } from "./run-simulation.ts";
import type { PlayedPayload } from "./simulation-tables.ts";

const reply = { status: 200, tookMs: 1, size: 1, contentType: "text/html", text: "", problem: "", trace: [], calls: 0 };
const told: SinkEvent = { sink: "process", done: true, where: "shop", what: "A process", evidence: "id", clean: "" };
const message = (n: number, sinks: SinkEvent[] = []): SimulatorMessage => ({
  ...{ type: "payload", n, clean: reply, attack: reply, sinks, note: "" },
});
const ended: SandboxExit = {
  ...{ reason: "exit", detail: "It ended with exit code 0.", code: 0, signal: null, tookMs: 1 },
  ...{ driver: "test", isolation: [] },
};

/** What comes of it where a sandbox writes these lines and ends so. */
async function run(
  lines: (payloads: number) => readonly SimulatorMessage[],
  exit: Partial<SandboxExit> = {},
  errors = "",
  onPlayed: (played: PlayedPayload) => void = () => undefined,
) {
  const plan = planOf(await readSample("attack-csrf.har"), { kind: "shop", variant: "vulnerable" });
  const sandbox: Pick<SupervisorClient, "run"> = {
    async run(_spec, { onOutput } = {}) {
      const text = lines(plan.payloads.length).map((line) => `${JSON.stringify(line)}\n`);
      onOutput!(Buffer.from(text.join("")), "stdout");
      onOutput!(Buffer.from(errors), "stderr");
      return { ...ended, ...exit };
    },
  };
  const ignore = () => undefined;
  return await runSimulation(sandbox, files, plan, {
    ...{ image: null, mounts: [], egress: [], label: "test", priority: 0, signal: new AbortController().signal },
    listener: { onSinks: ignore, onLog: ignore, onProgress: ignore, onPlayed, onEgress: ignore },
  });
}
const all = (count: number, sinks: SinkEvent[] = []) => Array.from({ length: count }, (_, n) => message(n, sinks));
const end = { type: "end", payloads: 1 } as const;

test("payloads that did nothing are improbable, one that did something is possible", async () => {
  expect(await run((n) => [...all(n), end])).toMatchObject({ verdict: "exploit_improbable", reason: "" });
  expect(await run((n) => [...all(n, [told]), end])).toMatchObject({ verdict: "exploit_possible" });
});

test.each([
  { why: "first", order: (n: number) => [...all(n), ...all(n, [told]), end] },
  { why: "afterwards", order: (n: number) => [...all(n, [told]), ...all(n), end] },
])("what breaks in and says $why that nothing happened hides nothing", async ({ order }) => {
  expect(await run(order)).toMatchObject({ verdict: "exploit_possible" });
});

test.each<{ why: string; exit: Partial<SandboxExit> }>([
  { why: "is killed", exit: { code: null, signal: "SIGKILL", detail: "It was ended by a signal." } },
  { why: "ends with an error", exit: { code: 1 } },
  { why: "is ended for its memory", exit: { reason: "memory", code: null } },
])("a simulator that said all was well and then $why proves nothing", async ({ exit }) => {
  expect(await run((n) => [...all(n), end], exit)).toMatchObject({ verdict: "not_simulated", score: null });
});

const noThread = "node[56]: pthread_create: Resource temporarily unavailable";
test.each<{ by: string; lines: readonly SimulatorMessage[]; errors: string }>([
  { by: "the simulator", lines: [], errors: noThread },
  {
    by: "the application",
    lines: [
      { type: "log", from: "clean", text: noThread },
      { type: "failed", reason: "The application ended (SIGABRT)." },
    ],
    errors: "",
  },
])("a lack of processes that $by met is said, with what to do", async ({ lines, errors }) => {
  const outcome = await run(() => lines, { code: 133 }, errors);
  expect(outcome).toMatchObject({ verdict: "not_simulated", reason: expect.stringMatching(/Simulate it again/) });
});

test("what the application did is kept masked, then shortened", async () => {
  const call = `curl -H 'Authorization: Bearer ${"a1B2".repeat(100)}' ${"x".repeat(300)}`;
  const trace = [{ kind: "spawn", at_ms: 3, call, where: "shop.ts:1", ok: true, times: 1 }] as const;
  const attack = { ...reply, trace: [...trace], calls: 7 };
  const kept: PlayedPayload[] = [];
  await run(
    () => [{ ...message(0), attack } as SimulatorMessage, end],
    {},
    "",
    (played) => kept.push(played),
  );
  expect(kept[0]!.attack).toMatchObject({ calls: 7, trace: [{ at_ms: 3, times: 1 }] });
  const text = kept[0]!.attack!.trace[0]!.call;
  expect(text).toMatch(/^curl -H 'Authorization: .*…$/);
  expect(text).not.toContain("a1B2");
  expect(text).toHaveLength(200);
});
