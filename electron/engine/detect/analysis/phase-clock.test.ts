import { expect, test } from "vitest";
import { createPhaseClock } from "./phase-clock.ts";

test("a phase within another counts for itself alone, and what nobody times counts for nobody", async () => {
  let at = 0;
  const clock = createPhaseClock(() => at);
  const pass = (ms: number) => {
    at += ms;
  };
  async function* items() {
    pass(5);
    yield 1;
    pass(7);
  }
  for await (const item of clock.waiting("read", items())) {
    expect(item).toBe(1);
    pass(100);
    clock.during("features", () => {
      pass(10);
      clock.during("payloads", () => pass(20));
      expect(() =>
        clock.during("forest", () => {
          pass(3);
          throw new Error("broken");
        }),
      ).toThrow("broken");
      pass(1);
    });
  }
  pass(100);
  expect(clock.times()).toEqual({ read: 12, features: 11, payloads: 20, forest: 3 });
});
