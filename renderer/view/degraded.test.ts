import { expect, test } from "vitest";
import type { ComponentHealth, Health } from "../../shared/health.ts";
import { describeDegraded } from "./degraded.ts";
import { screens as listed, type Place } from "./place.ts";

const screens: readonly Place["screen"][] = [...listed, "session"];

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

test.each([
  {
    why: "a sandbox that is missing",
    components: { sandbox: { status: "off", detail: "Not simulated: bubblewrap is not installed." } },
    needs: ["session", "simulations", "sandboxes"],
    says: /^Sandbox: Not simulated: bubblewrap is not installed\. .*nothing is simulated/,
  },
  {
    why: "an Ollama that does not answer",
    components: { worker: { status: "off", detail: "Ollama does not answer at http://127.0.0.1:11434." } },
    needs: ["assistant"],
    says: /^Local model: Ollama does not answer at .*11434\. Without the local model/,
  },
  {
    why: "a planner without a key",
    components: { planner: { status: "off", detail: "No API key is set" } },
    needs: ["assistant"],
    says: /^Planner: No API key is set\. .*ready tasks/,
  },
  {
    why: "telemetry whose ordinary values have moved",
    components: { telemetry_reference: { status: "degraded", detail: "Ordinary values have moved" } },
    needs: ["telemetry"],
    says: /^Telemetry reference: Ordinary values have moved\. The model judges on/,
  },
  {
    why: "a reference that is not taken yet",
    components: { telemetry_reference: { status: "off", detail: "Not enough samples" } },
    needs: [],
    says: /^/,
  },
  {
    why: "a bucket that does not answer",
    components: { s3: { status: "degraded", detail: "No answer" } },
    needs: ["session", "import", "evidence"],
    says: /^S3: No answer\. Evidence that lies on the bucket/,
  },
] as const)("$why is told on the screens that need it, and on no other", ({ components, needs, says }) => {
  const state = health(components);
  const told = screens.filter((screen) => describeDegraded(screen, state, false).here.length > 0);
  expect(new Set<string>(told)).toEqual(new Set(needs));
  for (const screen of needs)
    expect(describeDegraded(screen, state, false).here).toEqual([expect.stringMatching(says)]);
  const isOff = Object.values(components)[0]!.status === "off";
  expect(describeDegraded("audit", state, false).elsewhere).toHaveLength(isOff ? 0 : 1);
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
