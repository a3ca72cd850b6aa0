import { expect, test } from "vitest";
import { epsilonOf, rhoOf } from "./privacy-cost.ts";

/** Φ, by its series around 0 and the continued fraction of its tail. */
function normal(x: number): number {
  if (x < 0) return 1 - normal(-x);
  if (x < 5) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp((-x * x) / 2) * 0.3989422804014327;
  }
  let fraction = x;
  for (let k = 100; k > 0; k--) fraction = x + k / fraction;
  return 1 - (Math.exp((-x * x) / 2) * 0.3989422804014327) / fraction;
}

/** δ of the Gaussian mechanism with ρ = μ² / 2 at ε, exactly: Balle & Wang 2018, theorem 8. */
function exactDelta(rho: number, epsilon: number): number {
  const mu = Math.sqrt(2 * rho);
  return normal(mu / 2 - epsilon / mu) - Math.exp(epsilon) * (1 - normal(mu / 2 + epsilon / mu));
}

const costs = [0.001, 0.01, 0.1, 0.5, 1, 3];

test.each(costs)("ρ %d: the bound holds for the mechanism, and is near what it truly costs", (rho) => {
  for (const delta of [1e-3, 1e-6]) {
    const epsilon = epsilonOf(rho, delta);
    expect(exactDelta(rho, epsilon)).toBeLessThanOrEqual(delta);
    expect(exactDelta(rho, 0.75 * epsilon)).toBeGreaterThan(delta);
    // Bun & Steinke 2016, proposition 1.3, is looser.
    expect(epsilon).toBeLessThanOrEqual(rho + 2 * Math.sqrt(rho * Math.log(1 / delta)) + 1e-9);
  }
});

test.each([0.1, 1, 2, 8, 20])("the cost that fits into ε %d fits, and hardly more would", (epsilon) => {
  const rho = rhoOf(epsilon, 1e-6);
  expect(epsilonOf(rho, 1e-6)).toBeLessThanOrEqual(epsilon);
  expect(epsilonOf(rho * 1.001, 1e-6)).toBeGreaterThan(epsilon);
});

test("nothing costs nothing; more costs more; four times one update costs less than four times its ε", () => {
  expect(epsilonOf(0, 1e-6)).toBe(0);
  for (let i = 1; i < costs.length; i++)
    expect(epsilonOf(costs[i]!, 1e-6)).toBeGreaterThan(epsilonOf(costs[i - 1]!, 1e-6));
  expect(epsilonOf(4 * rhoOf(1, 1e-6), 1e-6)).toBeLessThan(2.2);
});
