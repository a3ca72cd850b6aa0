import { expect, test } from "vitest";
import type { Gate } from "../../shared/model-figures.ts";
import { formatEstimate, formatGateBound, formatGateFigure, formatShare } from "./estimate.ts";

test("shares and their intervals", () => {
  expect(formatShare(0.9412)).toBe("94.1 %");
  expect(formatShare(0.99942)).toBe("99.94 %");
  expect(formatShare(1)).toBe("100.0 %");
  expect(formatEstimate({ value: 0.9, low: 0.85, high: 0.95 })).toBe("90.0 % (85.0–95.0)");
  expect(formatEstimate({ value: null, low: 0, high: 1 })).toBe("–");
});

test("gates in their own unit", () => {
  const gate: Gate = {
    name: "latency",
    figure: { value: 0.0512, low: 0.05, high: 12.4 },
    kind: "max",
    bound: 25,
    verdict: "passed",
    rows: 1,
    why: "",
  };
  expect(formatGateFigure(gate)).toBe("0.051 ms (0.050 ms–12 ms)");
  expect(formatGateBound(gate)).toBe("≤ 25 ms");
  expect(formatGateBound({ ...gate, name: "recall", kind: "min", bound: 0.8 })).toBe("≥ 80.0 %");
});
