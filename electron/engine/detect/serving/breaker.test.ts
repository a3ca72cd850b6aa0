import fc from "fast-check";
import { expect, test } from "vitest";
import { createBreaker } from "./breaker.ts";

function breakerAt(options: Parameters<typeof createBreaker>[0] = {}) {
  const time = { now: 0 };
  const breaker = createBreaker({ ...options, now: () => time.now });
  const call = (isGood: boolean) => {
    const isAllowed = breaker.allow();
    if (isAllowed) (isGood ? breaker.succeed : breaker.fail)();
    return isAllowed;
  };
  return { time, breaker, call };
}

test("opens at one failure in five, not below", () => {
  const { breaker, call } = breakerAt();
  for (let i = 0; i < 40; i++) call(i % 6 !== 5);
  expect(breaker.status()).toMatchObject({ state: "closed", opened: 0 });
  for (let i = 0; i < 50; i++) call(i % 5 !== 4);
  expect(breaker.status().state).toBe("open");
});

test("concludes nothing from fewer than five calls", () => {
  const { breaker, call } = breakerAt();
  for (let i = 0; i < 4; i++) call(false);
  expect(breaker.status()).toMatchObject({ state: "closed", errors: 4, calls: 4 });
  call(false);
  expect(breaker.status().state).toBe("open");
});

test("an old failure leaves the window", () => {
  const { breaker, call } = breakerAt({ window: 10 });
  for (let i = 0; i < 30; i++) call(i !== 9);
  expect(breaker.status()).toMatchObject({ errors: 0, calls: 10 });
});

test("recovers by trials, one at a time; a failed trial doubles the pause", () => {
  const { time, breaker, call } = breakerAt();
  for (let i = 0; i < 5; i++) call(false);
  expect(call(true)).toBe(false);
  expect(breaker.status().retryInMs).toBe(5000);
  time.now = 5000;
  expect(breaker.allow()).toBe(true);
  expect(breaker.allow()).toBe(false);
  breaker.fail();
  expect(breaker.status()).toMatchObject({ state: "open", retryInMs: 10_000, opened: 2 });
  time.now = 14_999;
  expect(call(true)).toBe(false);
  time.now = 15_000;
  expect([call(true), breaker.status().state]).toEqual([true, "half_open"]);
  call(true);
  call(true);
  expect(breaker.status()).toMatchObject({ state: "closed", errors: 0, calls: 0 });
});

test("a call that ends after it opened neither closes nor lengthens it", () => {
  const { breaker, call } = breakerAt();
  expect(breaker.allow()).toBe(true);
  for (let i = 0; i < 5; i++) call(false);
  breaker.fail();
  breaker.succeed();
  expect(breaker.status()).toMatchObject({ state: "open", opened: 1, retryInMs: 5000 });
});

test("its counts are those of the last calls, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (outcomes) => {
      const { breaker, call } = breakerAt({ window: 7, errorShare: 1, fewest: 8 });
      for (const outcome of outcomes) call(outcome);
      const last = outcomes.slice(-7);
      expect(breaker.status()).toMatchObject({
        calls: last.length,
        errors: last.filter((isGood) => !isGood).length,
        state: "closed",
      });
    }),
    { numRuns: 50 * Number(process.env.TORTURE ?? 1), seed: 3 },
  );
});
