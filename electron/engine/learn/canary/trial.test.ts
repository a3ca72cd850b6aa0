import { expect, test } from "vitest";
import { stepsOf } from "../../../../shared/canary.ts";
import { createRandom } from "../../detect/anomaly/random.ts";
import type { SessionTrial } from "../../detect/serving/session-trial.ts";
import { defaultLimits, judgeTrial, nextStep, noTrial, observeSession } from "./trial.ts";

const good: SessionTrial = { errors: 0, latency: 0.5, disagreement: 0, drift: 0.005 };

/** Looks after every session. @returns the first decision, and after how many sessions */
function firstDecision(sessionOf: (random: () => number) => SessionTrial, seed: number, most = 20_000) {
  const random = createRandom(seed);
  let state = noTrial;
  for (let n = 1; n <= most; n++) {
    state = observeSession(
      state,
      sessionOf(() => random.next()),
    );
    const { decision } = judgeTrial(state, defaultLimits);
    if (decision !== "wait") return { decision, after: n };
  }
  return { decision: "wait", after: most };
}

test.each([
  { share: null, steps: [0, 1, 10, 100] },
  { share: 1, steps: [0, 1, 100] },
  { share: 5, steps: [0, 1, 5, 100] },
  { share: 10, steps: [0, 1, 10, 100] },
  { share: 90, steps: [0, 1, 10, 90, 100] },
])("only the next step follows, and none after the last; up to a share of $share", ({ share, steps }) => {
  expect(stepsOf(share)).toEqual(steps);
  expect(steps.map((step) => nextStep(step, share))).toEqual([...steps.slice(1), null]);
});

test("nothing is known before the first session", () => {
  expect(judgeTrial(noTrial, defaultLimits)).toMatchObject({ sessions: 0, decision: "wait" });
});

test("a challenger that does as well as the champion steps on after some hundred sessions", () => {
  const { decision, after } = firstDecision(
    (random) => ({ ...good, latency: 0.45 + 0.1 * random(), disagreement: random() < 0.01 ? 1 : 0 }),
    1,
  );
  expect(decision).toBe("step");
  expect(after).toBeGreaterThan(100);
  expect(after).toBeLessThan(2000);
});

test.each<{ what: string; of: (random: () => number) => Partial<SessionTrial> }>([
  { what: "fails at every fifth session", of: (random) => ({ errors: random() < 0.2 ? 1 : 0 }) },
  { what: "takes five times as long", of: () => ({ latency: 5 / 6 }) },
  { what: "decides every fifth request otherwise", of: (random) => ({ disagreement: random() < 0.2 ? 1 : 0 }) },
  { what: "scores otherwise throughout", of: () => ({ drift: 0.2 }) },
])("one that $what is rolled back", ({ of }) => {
  const { decision, after } = firstDecision((random) => ({ ...good, ...of(random) }), 2);
  expect(decision).toBe("roll_back");
  expect(after).toBeLessThan(2000);
});

test("one that stands exactly at a limit is decided wrongly no oftener than promised, however often one looks", () => {
  const runs = 100 * Number(process.env.TORTURE ?? 1);
  let wrong = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const at = (random: () => number) => ({ ...good, disagreement: random() < defaultLimits.disagreement ? 1 : 0 });
    if (firstDecision(at, seed, 1500).decision !== "wait") wrong++;
  }
  expect(wrong / runs).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
});
