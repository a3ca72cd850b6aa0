import { expect, test } from "vitest";
import { SimulatorMessage, type SimulatorReply } from "../../shared/simulator.ts";
import type { StepEvent } from "./hook-events.ts";
import type { Observation } from "./observation.ts";
import { traceOf } from "./trace.ts";

const startedAt = 1_000_000;
const seen = (events: readonly StepEvent[], commands: readonly string[] = []): Observation => ({
  ...{ startedAt, replies: [], events, processes: { commands, begun: commands.length } },
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
    ...{ kind: "sql", at_ms: 1.3, call: "SELECT * FROM teas", where: "shop.ts:1", ok: true, times: 1 },
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
