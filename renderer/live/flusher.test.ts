import type { QueryKey } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { LiveMessage } from "../../shared/live.ts";
import { createFlusher } from "./flusher.ts";

/** A flusher under a clock that the test moves. */
function setUp() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const marked: { at: number; key: QueryKey }[] = [];
  const reading = new Set<string>();
  const push = createFlusher({
    now: () => now,
    later: (ms, run) => timers.push({ at: now + ms, run }),
    isReading: (key) => reading.has(JSON.stringify(key)),
    applyJobs: () => {},
    applyAlerts: () => {},
    markStale: (key) => marked.push({ at: now, key }),
  });
  const advance = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const due = timers.filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      timers = timers.filter((t) => t !== due);
      now = due.at;
      due.run();
    }
    now = end;
  };
  return { push, advance, marked, reading };
}

const health: LiveMessage = { type: "health" };

test("a flood is applied at most once a second for each resource", () => {
  const { push, advance, marked } = setUp();
  for (let i = 0; i < 500; i++) {
    push([health]);
    advance(10);
  }
  advance(2000);
  expect(marked.length).toBeGreaterThanOrEqual(5);
  expect(marked.length).toBeLessThanOrEqual(7);
});

test("a message that arrives while the resource is read leads to another reading", () => {
  const { push, advance, marked, reading } = setUp();
  reading.add('["health"]');
  push([health]);
  advance(5000);
  expect(marked).toEqual([]);
  reading.clear();
  advance(250);
  expect(marked.map(({ key }) => key)).toEqual([["health"]]);
});

test("nothing runs while nothing happens", () => {
  const { push, advance, marked } = setUp();
  push([]);
  advance(10_000);
  expect(marked).toEqual([]);
});
