import { expect, test } from "vitest";
import { createRandom } from "../anomaly/random.ts";
import { createErrorRate, rateWindow } from "./error-rate.ts";

test("a lone sample must be as rare as the level over the window", () => {
  const rate = createErrorRate();
  rate.add(0.1 / rateWindow);
  expect(rate.isPicked(0.1)).toBe(true);
  expect(rate.isPicked(0.09)).toBe(false);
});

test("in a wave the bar is lower, and each of it is picked", () => {
  const rate = createErrorRate();
  for (let i = 0; i < 20; i++) rate.add(0.009);
  expect(rate.isPicked(0.1)).toBe(true);
  for (let i = 0; i < rateWindow; i++) rate.add(1);
  rate.add(0.009);
  expect(rate.isPicked(0.1)).toBe(false);
});

test("an ordinary sample within a wave is not picked", () => {
  const rate = createErrorRate();
  for (let i = 0; i < 50; i++) rate.add(1e-6);
  rate.add(0.5);
  expect(rate.isPicked(0.1)).toBe(false);
});

test("without anomalies the realised rate stays at the level over the window", () => {
  const rate = createErrorRate();
  const random = createRandom(1);
  const samples = 40_000;
  let picked = 0;
  for (let i = 0; i < samples; i++) {
    const p = random.next();
    rate.add(p);
    // Only a small p-value can be picked; to sort for the others would only cost time.
    if (p <= 0.05 && rate.isPicked(0.1)) picked++;
  }
  expect(picked / samples).toBeLessThanOrEqual(0.001);
  expect(picked).toBeGreaterThan(0);
});
