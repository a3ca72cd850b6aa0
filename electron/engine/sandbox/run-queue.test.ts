import { expect, test } from "vitest";
import { createRunQueue, type QueueEntry } from "./run-queue.ts";

function createRuns() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let last = 0;
  const entry = (name: string, priority = 0): QueueEntry => ({
    id: ++last,
    priority,
    run: () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
  });
  const end = async (name: string) => {
    ends.get(name)!();
    await new Promise(setImmediate);
  };
  return { begun, entry, end };
}

test("no more than its places run at once; the others follow by priority, then by age", async () => {
  const { begun, entry, end } = createRuns();
  const queue = createRunQueue(2);
  for (const one of [entry("a"), entry("b"), entry("c"), entry("low", -1), entry("d"), entry("high", 5)]) {
    queue.add(one);
  }
  expect(begun).toEqual(["a", "b"]);
  expect(queue.running).toBe(2);
  await end("b");
  await end("a");
  expect(begun).toEqual(["a", "b", "high", "c"]);
  await end("c");
  await end("d");
  expect(begun.slice(4)).toEqual(["d", "low"]);
});

test("what waits can be taken out, alone or all of it; what runs stays", async () => {
  const { begun, entry, end } = createRuns();
  const queue = createRunQueue(1);
  const [a, b, c, d] = [entry("a"), entry("b"), entry("c"), entry("d")];
  for (const one of [a, b, c, d]) queue.add(one);
  expect(queue.remove(b.id)).toBe(true);
  expect(queue.remove(a.id)).toBe(false);
  expect(queue.waiting().map(({ id }) => id)).toEqual([c.id, d.id]);
  expect(queue.clear().map(({ id }) => id)).toEqual([c.id, d.id]);
  await end("a");
  expect(begun).toEqual(["a"]);
  expect(queue.running).toBe(0);
});
