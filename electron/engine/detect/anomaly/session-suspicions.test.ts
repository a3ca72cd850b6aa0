import { expect, test } from "vitest";
import { featureSchema } from "../features/session-features.ts";
import { createHeuristicBehaviour } from "./fit-behaviour.ts";
import { sessionSuspicions } from "./session-suspicions.ts";
import { checkSuspicions } from "./suspicion.ts";

const names = featureSchema.map(({ name }) => name);

test("every suspicion has a range and is about a feature that sessions have, within its bounds, once", () => {
  checkSuspicions(sessionSuspicions);
  expect(new Set(sessionSuspicions.map(({ feature }) => feature)).size).toBe(sessionSuspicions.length);
  for (const { feature, ordinary, extreme } of sessionSuspicions) {
    const definition = featureSchema.find(({ name }) => name === feature);
    expect(definition, feature).toBeDefined();
    const [low, high] = definition!.range;
    expect(Math.min(ordinary, extreme), feature).toBeGreaterThanOrEqual(low);
    if (high !== null) expect(Math.max(ordinary, extreme), feature).toBeLessThanOrEqual(high);
  }
});

/** Sessions as people would describe them; features not named are not available. */
const heuristic = createHeuristicBehaviour(names, sessionSuspicions);
const session = (features: Record<string, number>) => Float64Array.from(names, (name) => features[name] ?? Number.NaN);

test.each([
  { why: "one honest page", features: { n_requests: 1, error_rate: 0, request_rate_per_min: 1 }, below: 0.12 },
  {
    why: "a day of browsing",
    features: { n_requests: 4000, n_distinct_paths: 180, session_duration_s: 30_000, error_rate: 0.01, n_errors: 8 },
    below: 0.12,
  },
  {
    why: "a page with eighty pictures at once",
    features: { n_requests: 81, max_requests_in_1s: 60, max_requests_in_10s: 81, request_rate_per_min: 81 },
    below: 0.12,
  },
  {
    why: "an honest program",
    features: { automation_ratio: 1, request_rate_per_min: 200, error_rate: 0.02, interarrival_cv: 0.1 },
    below: 0.4,
  },
  {
    why: "a mistyped password",
    features: { n_requests: 6, denied_rate: 0.3, error_rate: 0.3, n_errors: 2 },
    below: 0.2,
  },
])("$why behaves ordinarily", ({ features, below }) => {
  expect(heuristic.score(session(features))).toBeLessThan(below);
});

test.each([
  {
    why: "a directory scanner",
    features: {
      n_distinct_paths: 4000,
      not_found_rate: 0.98,
      error_rate: 0.99,
      n_errors: 3900,
      max_error_run: 500,
      request_rate_per_min: 4000,
      max_requests_in_1s: 90,
      probe_count: 60,
      automation_ratio: 1,
    },
    above: 0.75,
  },
  {
    why: "an injection tool",
    features: {
      scanner_ratio: 1,
      automation_ratio: 1,
      server_error_rate: 0.4,
      n_server_errors: 80,
      error_rate: 0.5,
      n_errors: 100,
      sql_keyword_values: 150,
      max_sql_tokens: 30,
      n_payloads_over_half: 150,
      attacked_request_ratio: 0.9,
      top_payload_score: 0.99,
      mean_payload_score: 0.4,
      request_rate_per_min: 600,
    },
    above: 0.85,
  },
  {
    why: "a patient attacker who tries by hand",
    features: {
      error_rate: 0.2,
      server_error_rate: 0.2,
      n_server_errors: 4,
      n_payloads_over_half: 10,
      attacked_request_ratio: 0.4,
      n_attack_classes: 3,
      top_payload_score: 0.97,
      mean_payload_score: 0.15,
      sql_keyword_values: 5,
    },
    above: 0.5,
  },
])("$why stands out", ({ features, above }) => {
  expect(heuristic.score(session(features))).toBeGreaterThan(above);
});
