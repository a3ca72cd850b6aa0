import { expect, test } from "vitest";
import type { ComponentHealth, Health } from "../../shared/health.ts";
import { describeDegraded } from "./degraded.ts";

const health = (components: Record<string, ComponentHealth>) => ({ components }) as Health;
const rules =
  "Payload model onnx 0123, behaviour forest 4567; the payload model does not answer: rules judge in its place";

test("a screen says what is missing for it, why, and what that means; the rest by name", () => {
  const state = health({
    detector: { status: "degraded", detail: rules },
    store: { status: "degraded", detail: "Only 0.5 GiB free" },
    jobs: { status: "healthy" },
    telemetry_reference: { status: "off", detail: "Not enough samples" },
  });
  expect(describeDegraded("verdicts", state, false)).toEqual({
    here: [
      expect.stringMatching(/^Detector: the payload model does not answer: rules judge in its place\. New sessions/),
    ],
    elsewhere: ["Store"],
  });
  expect(describeDegraded("evidence", state, false)).toEqual({
    here: [expect.stringMatching(/^Store: Only 0\.5 GiB free\. Imports/)],
    elsewhere: ["Detector"],
  });
  expect(describeDegraded("audit", state, false)).toEqual({ here: [], elsewhere: ["Detector", "Store"] });
});

test("without the engine that alone is said", () => {
  const state = health({ sandbox: { status: "down", detail: "No driver" } });
  const { here, elsewhere } = describeDegraded("session", state, true);
  expect(here).toHaveLength(1);
  expect(here[0]).toMatch(/engine does not answer/);
  expect(elsewhere).toEqual([]);
});

test("a component of a later version is told by name, and what is whole is not told", () => {
  expect(
    describeDegraded("alerts", health(Object.fromEntries([["constructor", { status: "down" }]])), false).elsewhere,
  ).toEqual(["Constructor"]);
  expect(describeDegraded("alerts", health({ store: { status: "healthy" } }), false)).toEqual({
    here: [],
    elsewhere: [],
  });
  expect(describeDegraded("alerts", undefined, false)).toEqual({ here: [], elsewhere: [] });
});
