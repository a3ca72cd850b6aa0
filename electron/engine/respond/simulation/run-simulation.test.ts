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
      // In pieces, as a pipe gives them.
      for (const piece of errors.match(/[\s\S]{1,20}/g) ?? []) onOutput!(Buffer.from(piece), "stderr");
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
  expect(outcome).toMatchObject({
    verdict: "not_simulated",
    reason: expect.stringMatching(/It wrote that .* Simulate it again/),
  });
});

test.each([
  { why: "another call", text: "Error: read EAGAIN after a time-out of 30 s" },
  { why: "two lines", text: "fork: retry\nqueue: Resource temporarily unavailable" },
])("of $why that failed for now no lack of processes is made", async ({ text }) => {
  const lines = text.split("\n").map((line) => ({ type: "log", from: "attack", text: line }) as const);
  expect((await run(() => lines, { code: 133 }, text)).reason).not.toMatch(/Simulate it again/);
});

/** What is kept of a call of the application, and of the evidence of a sink. */
async function keep(call: string): Promise<{ call: string; evidence: string }> {
  const trace = [{ kind: "spawn" as const, at_ms: 3, call, where: "shop.ts:1", ok: true, times: 1 }];
  const attack = { ...reply, trace, calls: 7 };
  const kept: PlayedPayload[] = [];
  await run(
    () => [{ ...message(0, [{ ...told, evidence: call }]), attack } as SimulatorMessage, end],
    {},
    "",
    (played) => kept.push(played),
  );
  expect(kept[0]!.attack).toMatchObject({ calls: 7, trace: [{ at_ms: 3, times: 1 }] });
  return { call: kept[0]!.attack!.trace[0]!.call, evidence: kept[0]!.sinks[0]!.evidence };
}

test("what the application did is kept masked, then shortened", async () => {
  const { call } = await keep(`curl -H 'Authorization: Bearer ${"a1B2".repeat(100)}' ${"x".repeat(300)}`);
  expect(call).toMatch(/^curl -H 'Authorization: .*…$/);
  expect(call).not.toContain("a1B2");
  expect(call).toHaveLength(200);
});

test.each([
  "INSERT INTO log VALUES ('GET /tea?q=1 HTTP/1.1\nAuthorization: Basic dXNlcjpwYXNz\nCookie: shop=abc')",
  "INSERT INTO log\n  VALUES ('GET /tea?q=1 HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNz\r\nCookie: shop=abc\r\n')",
])("headers of a request that it wrote somewhere are masked: %j", async (statement) => {
  const { call, evidence } = await keep(statement);
  expect(call).toMatch(/^INSERT INTO log VALUES \('GET \/tea\?q=1 HTTP\/1.1 Authorization: Basic •+ Cookie: shop=•/);
  expect(call + evidence).not.toMatch(/dXNlcjpwYXNz|abc/);
});

test.each([
  [`curl -H 'Cookie: a="x"; shop=abc' http://a.example`, /^curl -H 'Cookie: a=•+; shop=•+' http:\/\/a\.example$/],
  [`curl -H "Authorization: Basic dXNlcjpwYXNz" x`, /^curl -H "Authorization: Basic •+" x$/],
  [
    `VALUES ('{"host":"a","authorization":"Basic dXNlcjpwYXNz","cookie":"shop=abc"}')`,
    /"host":"a","auth.*":"•+","cookie":"•+"}/,
  ],
])("headers as an argument or in JSON are masked: %s", async (written, want) => {
  const { call, evidence } = await keep(written);
  expect(call).toMatch(want);
  expect(call + evidence).not.toMatch(/dXNlcjpwYXNz|abc/);
});

test.each([
  { what: "a key", begin: "AKIA", secret: "ABCDEFGH1234" },
  { what: "words of JSON", begin: '{"password": "', secret: "correct horse battery" },
  { what: "words of XML", begin: "<password>", secret: "correct horse battery" },
])("of $what that the simulator cut through nothing is kept, where a mask before it makes room", async (given) => {
  const { begin, secret } = given;
  const start = "curl -H 'Authorization: Bearer ";
  const fill = "a1B2".repeat(300).slice(0, 999 - start.length - 2 - begin.length - secret.length);
  const cut = `${start}${fill}' ${begin}${secret}…`;
  expect(cut).toHaveLength(1_000);
  const { call } = await keep(cut);
  expect(call).toMatch(/^curl -H 'Authorization: Bearer •+' .*…$/);
  expect(call).not.toMatch(/ABCDEFGH|correct|horse/);
});
