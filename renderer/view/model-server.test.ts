import { expect, test } from "vitest";
import type { ModelServerHealth } from "../../shared/model-server.ts";
import { describeModelServer } from "./model-server.ts";

const fresh: ModelServerHealth = {
  status: "healthy",
  tier: "model",
  model: { kind: "built-in", hash: "abcdef0123456789", provider: "javascript", passed_over: null, problem: null },
  latency: {
    count: 0,
    p50_ms: null,
    p95_ms: null,
    p99_ms: null,
    cached_count: 0,
    cached_p50_ms: null,
    cached_p95_ms: null,
  },
  cache: { capacity: 10_000, ttl_seconds: 3600, hits: 0, misses: 0, hit_rate: null },
  breaker: {
    state: "closed",
    errors: 0,
    calls: 0,
    retry_in_ms: 0,
    opened: 0,
    threshold: 0.2,
    failures_total: 0,
    degraded_total: 0,
  },
  canary: { challenger: null, percent: 0 },
};
const said = (health: ModelServerHealth) => Object.fromEntries(describeModelServer(health));

test("before the first payload", () => {
  expect(said(fresh)).toMatchObject({
    Model: "Built in abcdef012345, computed by JavaScript",
    Tier: "The model answers",
    "Cache hits": "No look-up yet",
    "Circuit breaker": "Closed",
    Latency: "– (p50), – (p95), – (p99) over 0; from the cache – (p50)",
    Canary: "No model is on trial",
  });
});

test.each([
  { percent: 0, want: "abcdef012345, in the shadow" },
  { percent: 10, want: "abcdef012345, 10 % of sessions" },
])("a model on trial at $percent %", ({ percent, want }) => {
  expect(said({ ...fresh, canary: { challenger: "abcdef0123456789", percent } }).Canary).toBe(want);
});

test("in trouble", () => {
  const health: ModelServerHealth = {
    ...fresh,
    tier: "rules",
    model: { ...fresh.model, kind: "onnx", provider: "dml" },
    latency: { ...fresh.latency, count: 1200, p50_ms: 0.0124, p95_ms: 0.16, p99_ms: 120 },
    cache: { ...fresh.cache, hits: 900, misses: 100, hit_rate: 0.9 },
    breaker: { ...fresh.breaker, state: "open", retry_in_ms: 4200, degraded_total: 1 },
  };
  expect(said(health)).toMatchObject({
    Model: "ONNX model of a folder abcdef012345, computed by DirectML",
    Tier: "Rules answer in the model's place",
    "Circuit breaker": "Open: the model is tried again in 5 s",
    "Judged by rules": "1 payload in the model's place",
  });
  expect(said(health)["Cache hits"]).toMatch(/^90\.0 % of 1.000 look-ups$/);
  expect(said(health).Latency).toMatch(/^12 µs \(p50\), 160 µs \(p95\), 120 ms \(p99\) over 1.200; /);
});

test("a closed breaker says how near it is", () => {
  const health = { ...fresh, breaker: { ...fresh.breaker, errors: 3, calls: 50 } };
  expect(said(health)["Circuit breaker"]).toBe("Closed: 3 of the last 50 calls failed; opens at 20 %");
});
