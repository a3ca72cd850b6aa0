import fc from "fast-check";
import { expect, test } from "vitest";
import { routeSession } from "./canary.ts";

const sessions = Array.from({ length: 20_000 }, (_, i) => `session ${i}`);
const challenged = (percent: number, challenger: string) =>
  sessions.filter((session) => routeSession(session, percent, challenger) === "challenger");

test.each([0, 1, 10, 50, 100])("%d per cent of sessions go to the challenger", (percent) => {
  expect(challenged(percent, "a").length / sessions.length).toBeCloseTo(percent / 100, 2);
});

test("a session keeps its model while the share grows", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(100), fc.nat(100), (session, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      if (routeSession(session, low, "x") === "challenger") {
        expect(routeSession(session, high, "x")).toBe("challenger");
      }
      expect(routeSession(session, low, "x")).toBe(routeSession(session, low, "x"));
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1), seed: 5 },
  );
});

test("another challenger gets other sessions", () => {
  const both = new Set(challenged(10, "a")).intersection(new Set(challenged(10, "b")));
  expect(both.size / sessions.length).toBeCloseTo(0.01, 2);
});

test("what is no percentage is a mistake", () => {
  for (const percent of [-1, 101, Number.NaN]) expect(() => routeSession("s", percent, "a")).toThrow(RangeError);
});
