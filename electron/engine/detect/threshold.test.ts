import fc from "fast-check";
import { expect, test } from "vitest";
import { neededToTag } from "./threshold.ts";

const config = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("with the score that is needed a session is tagged, with a little less it is not", () => {
  fc.assert(
    fc.property(share, share, (payloadScore, behavioralScore) => {
      const sum = (payload: number, behaviour: number) => 0.6 * payload + (1 - 0.6) * behaviour;
      const score = sum(payloadScore, behavioralScore);
      const needed = neededToTag(config, { payloadScore, behavioralScore, score });
      if (score >= 0.5) {
        expect(needed).toBeNull();
        return;
      }
      const less = 0.0002;
      if (needed?.payloadScore == null) expect(sum(1, behavioralScore)).toBeLessThan(0.5);
      else {
        expect(sum(needed.payloadScore, behavioralScore)).toBeGreaterThanOrEqual(0.5);
        expect(sum(needed.payloadScore - less, behavioralScore)).toBeLessThan(0.5);
      }
      if (needed?.behavioralScore == null) expect(sum(payloadScore, 1)).toBeLessThan(0.5);
      else {
        expect(sum(payloadScore, needed.behavioralScore)).toBeGreaterThanOrEqual(0.5);
        expect(sum(payloadScore, needed.behavioralScore - less)).toBeLessThan(0.5);
      }
    }),
  );
});

test("the probability is that of a value before the base rate: behaviour of 0 needs 0.8333, which is a value of 0.9524", () => {
  const needed = neededToTag(config, { payloadScore: 0, behavioralScore: 0, score: 0 });
  expect(needed).toMatchObject({ payloadScore: 0.8334, behavioralScore: null });
  expect(needed?.attack).toBeCloseTo(0.9524, 3);
});
