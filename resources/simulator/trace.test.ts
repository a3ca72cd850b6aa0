import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { SimulatorMessage, type SimulatorReply } from "../../shared/simulator.ts";
import { hear } from "./hear.ts";
import { hookFd, type StepEvent, stepHeader } from "./hook-events.ts";
import type { Observation } from "./observation.ts";
import { traceOf } from "./trace.ts";

const startedAt = 1_000_000;
const seen = (events: readonly StepEvent[], commands: readonly string[] = []): Observation => ({
  ...{ startedAt, replies: [], events, calls: events.length, processes: { commands, begun: commands.length } },
});
const sql = (statement: string, at: number): StepEvent => ({
  type: "sql",
  step: "a0",
  site: "shop.ts:1",
  at,
  statement,
});

test("what the application did is told in order, with its time, and shortened", () => {
  const events: StepEvent[] = [
    sql("SELECT *\n  FROM teas", startedAt + 1.26),
    { type: "read", step: "a0", site: "shop.ts:2", at: startedAt + 3, path: "/etc/passwd", ok: false },
    { type: "spawn", step: "a0", site: "", at: startedAt + 4, args: ["/bin/sh", "-c", "id ".repeat(900)] },
  ];
  const { trace, calls } = traceOf(seen(events), true);
  expect(calls).toBe(3);
  expect(trace[0]).toEqual({
    ...{ kind: "sql", at_ms: 1.3, call: "SELECT *\n  FROM teas", where: "shop.ts:1", ok: true, times: 1 },
  });
  expect(trace[1]).toMatchObject({ kind: "read", at_ms: 3, call: "/etc/passwd", ok: false });
  expect(trace[2]!.call).toMatch(/^\/bin\/sh -c id .*…$/);
});

test("what repeats at once is one call, and a flood is counted, not kept", () => {
  const flood = Array.from({ length: 300 }, (_, n) => sql(`SELECT ${n}`, startedAt + n));
  const { trace, calls } = traceOf(seen([sql("BEGIN", startedAt), sql("BEGIN", startedAt + 1), ...flood]), true);
  expect(trace[0]).toMatchObject({ call: "BEGIN", times: 2 });
  expect([trace.length, calls]).toEqual([40, 302]);
});

test("of an application that is not watched from inside, the processes beside it are told", () => {
  const { trace } = traceOf(seen([], ["sh -c id"]), false);
  expect(trace).toEqual([{ kind: "spawn", at_ms: null, call: "sh -c id", where: "", ok: true, times: 1 }]);
});

test.each([Number.NaN, -1, 1e300, "x", undefined])(
  "a time of %s that the application made up does not break the reply",
  (at) => {
    const made = traceOf(seen([{ ...sql("x".repeat(9_000), 0), at: at as number, site: "y".repeat(9_000) }]), true);
    const reply: SimulatorReply = { status: 200, tookMs: 1, size: 1, contentType: "", text: "", problem: "", ...made };
    const message = { type: "payload", n: 0, clean: reply, attack: reply, sinks: [], note: "" };
    expect(SimulatorMessage.safeParse(JSON.parse(JSON.stringify(message))).success).toBe(true);
  },
);

async function hearAll(...lines: readonly unknown[]) {
  const stream = Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`));
  const heard = hear(stream);
  await finished(stream);
  return heard;
}

test.each([
  ...[null, [], 5, "sql", {}, { type: "x", step: "a0", site: "", at: 1 }],
  ...[{ type: "connect", step: "a0", site: "", at: 1 }, { type: "hooked" }, { type: "hooked", databases: [1] }],
  ...[
    { type: "spawn", step: "a0", site: "", at: 1, args: "id" },
    { ...sql("", 1), site: 5 },
    { ...sql("", 1), step: 0 },
  ],
  ...[
    { type: "sql", step: "a0", site: "", at: 1, statement: null },
    { type: "done", step: "a0", calls: 2 ** 53 - 1 },
  ],
  ...[
    { type: "read", step: "a0", site: "", at: 1, path: "/etc/passwd" },
    { type: "done", step: "a0" },
  ],
])("a line %j of an application that was broken into hides nothing", async (line) => {
  const heard = await hearAll(line, { type: "hooked", databases: [] }, sql("SELECT 1", startedAt), line);
  expect(heard).toMatchObject({ databases: [] });
  expect(heard.isDone("a0")).toBe(false);
  const { events, calls } = heard.of("a0");
  expect(traceOf({ ...seen(events), calls }, true)).toMatchObject({ calls: 1, trace: [{ call: "SELECT 1" }] });
});

test("the hooks count calls beyond those that they tell", async () => {
  const code = `const { readdirSync } = require("node:fs");
    require("node:http").createServer((_request, response) => {
      for (let i = 0; i < 600; i++) readdirSync("/");
      response.end();
    }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ["--import", join(import.meta.dirname, "hooks.ts"), "-e", code], {
    env: { ...process.env, SENTINEL_HOOK_ROOTS: "/nowhere" },
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const heard = hear(child.stdio[hookFd] as Readable);
  const [port] = await once(child.stdout!, "data");
  await fetch(`http://127.0.0.1:${String(port).trim()}/`, { headers: { [stepHeader]: "a0" } });
  await vi.waitFor(() => expect(heard.isDone("a0")).toBe(true), 10_000);
  expect(heard.of("a0").events).toHaveLength(500);
  expect(heard.of("a0").calls).toBeGreaterThanOrEqual(600);
}, 30_000);

test("calls beyond those that are told are counted", async () => {
  const many = Array.from({ length: 600 }, (_, n) => sql(`SELECT ${n}`, startedAt));
  const broken = await hearAll({ type: "hooked", databases: [] }, ...many);
  expect([broken.of("a0").events.length, broken.of("a0").calls]).toEqual([500, 600]);
  const told = await hearAll(...many.slice(0, 500), { type: "done", step: "a0", calls: 12_345 });
  expect(told.of("a0").calls).toBe(12_345);
  expect(traceOf({ ...seen(told.of("a0").events), ...told.of("a0") }, true).calls).toBe(12_345);
});
