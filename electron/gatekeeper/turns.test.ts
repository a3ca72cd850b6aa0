import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("no more than so many run at once, each in its turn, also after one that failed", async () => {
  const inTurn = createTurns(2);
  let running = 0;
  const most: number[] = [];
  const begun: number[] = [];
  const work = (i: number) => async () => {
    begun.push(i);
    most.push(++running);
    await setImmediate();
    running--;
    if (i === 0) throw new Error("no");
    return i;
  };
  const done = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => inTurn(work(i))));
  expect(done.map((one) => (one.status === "fulfilled" ? one.value : "failed"))).toEqual(["failed", 1, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(Math.max(...most)).toBe(2);
});
