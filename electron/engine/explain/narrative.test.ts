import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payloadClasses, places } from "../../../shared/payload.ts";
import { attackOutcomes, type FeatureInContext } from "../../../shared/verdict.ts";
import { type NarrativeInput, narrate, type WorstPayload } from "./narrative.ts";
import { count, formatNumber, formatShare, joinPhrases } from "./phrases.ts";

const runs = (n: number) => n * Number(process.env.TORTURE ?? 1);

const feature = (name: string, value: number | null, p95: number | null, p05 = 0): FeatureInContext => ({
  name,
  label: name,
  unit: "1",
  meaning: "",
  value,
  reference: p95 === null ? null : { p05, p50: p05, p95, max: p95 },
  percentile: null,
});

/** A session with unusual features, each given with its share of the score. */
const withFeatures = (...features: [FeatureInContext, number][]) => ({
  context: features.map(([each]) => each),
  shapley: {
    base_value: 0.05,
    values: features.map(([{ name, value }, contribution]) => ({ feature: name, value, contribution })),
  },
});

const worst: WorstPayload = {
  probability: 0.97,
  class: "sql_injection",
  family: null,
  place: "query",
  name: "id",
  requestLine: "GET /items",
  suspicious: 1,
};

const flagged: NarrativeInput = {
  verdict: "simulate",
  score: 0.8,
  behavioralScore: 0.5,
  tagThreshold: 0.5,
  requests: 42,
  worst,
  outcome: "likely_succeeded",
  outcomeRequest: null,
  ...withFeatures(),
};
const benign: NarrativeInput = {
  ...flagged,
  verdict: "benign",
  score: 0.21,
  behavioralScore: 0.1,
  outcome: "not_available",
};

describe("flagged sessions", () => {
  test.each<{ why: string; change: Partial<NarrativeInput>; want: string }>([
    {
      why: "attack, place, probability and outcome",
      change: {},
      want: "The query parameter “id” of GET /items carries SQL injection (attack probability 97%). The response suggests that it worked.",
    },
    {
      why: "behaviour beside what is ordinary, largest share first",
      change: withFeatures(
        [feature("error_rate", 0.45, 0.05), 0.02],
        [feature("request_rate_per_min", 42, 9), 0.1],
        [feature("probe_count", 1, 0), 0.011],
        [feature("n_errors", 90, 3), 0.005],
      ),
      want:
        "The query parameter “id” of GET /items carries SQL injection (attack probability 97%). The response suggests that it worked. " +
        "Unusual behaviour besides: 42 requests a minute (ordinary sessions: up to 9), 45% of the responses are errors " +
        "(ordinary sessions: up to 5%) and 1 request for what only scanners ask for (ordinary sessions: none).",
    },
    {
      why: "a feature within the reference range is not called unusual, one that lowers the score neither",
      change: withFeatures([feature("n_errors", 3, 9), 0.1], [feature("probe_count", 9, 1), -0.1]),
      want: "The query parameter “id” of GET /items carries SQL injection (attack probability 97%). The response suggests that it worked.",
    },
    {
      why: "ordinary behaviour, one more value, less certainty, another family",
      change: {
        behavioralScore: 0.1,
        outcome: "unclear",
        worst: {
          ...worst,
          probability: 0.83,
          class: "command_injection",
          family: "ssti",
          place: "form",
          name: "title",
          suspicious: 2,
        },
      },
      want:
        "The form field “title” of GET /items carries what looks like server-side template injection (attack probability 83%), and 1 more " +
        "value looks like an attack. The response does not tell whether it worked. Otherwise the session behaves like ordinary ones.",
    },
    {
      why: "many more values, no response",
      change: { outcome: "not_available", worst: { ...worst, probability: 0.999, suspicious: 1300 } },
      want:
        "The query parameter “id” of GET /items carries SQL injection (attack probability over 99%), and 1,299 more values look like attacks. " +
        "The evidence has no response to tell whether it worked.",
    },
    {
      why: "a probability as the screens show it, cut off",
      change: { worst: { ...worst, probability: 0.9869 } },
      want: "The query parameter “id” of GET /items carries SQL injection (attack probability 98%). The response suggests that it worked.",
    },
    {
      why: "a forged request has no payload",
      change: {
        outcome: "succeeded",
        worst: { ...worst, class: "csrf", place: "header", name: "origin", requestLine: "POST /account" },
      },
      want: "POST /account looks like cross-site request forgery (attack probability 97%). The response shows that it worked.",
    },
    {
      why: "another request's response told that an attack worked",
      change: { outcome: "succeeded", outcomeRequest: 4, worst: { ...worst, suspicious: 3 } },
      want:
        "The query parameter “id” of GET /items carries SQL injection (attack probability 97%), and 2 more values look like attacks. " +
        "The response to request #5 shows that the attack there worked.",
    },
    {
      why: "behaviour alone, with a configuration that lets it decide",
      change: {
        worst: { ...worst, probability: 0.02 },
        ...withFeatures([feature("interarrival_cv", 0.02, 3, 0.35), 0.2]),
      },
      want:
        "The session behaves like an attack: gaps between requests that vary by only 2% (ordinary sessions: from 35%). " +
        "No value in its 42 requests looks like an attack.",
    },
  ])("$why", ({ change, want }) => {
    expect(narrate({ ...flagged, ...change })).toBe(want);
  });
});

describe("sessions that were not flagged", () => {
  test.each<{ why: string; change: Partial<NarrativeInput>; want: string }>([
    {
      why: "what was nearest",
      change: { worst: { ...worst, probability: 0.31, class: "xss", place: "header", name: "referer", suspicious: 0 } },
      want:
        "Not flagged: the score of 0.21 is 0.29 below the threshold of 0.50. Nearest to an attack is the header “referer” of " +
        "GET /items: cross-site scripting with an attack probability of 31%. Its behaviour is ordinary.",
    },
    {
      why: "nothing near, unusual behaviour",
      change: { worst: { ...worst, probability: 0.001 }, ...withFeatures([feature("n_errors", 12, 4), 0.05]) },
      want:
        "Not flagged: the score of 0.21 is 0.29 below the threshold of 0.50. No value in its 42 requests looks like an attack. " +
        "Most unusual in its behaviour: 12 error responses (ordinary sessions: up to 4).",
    },
    {
      why: "one request without values, no reference",
      change: { requests: 1, worst: null, ...withFeatures([feature("max_error_run", 1, null), 0.05]) },
      want:
        "Not flagged: the score of 0.21 is 0.29 below the threshold of 0.50. There is no value in its one request that a client " +
        "could choose. Most unusual in its behaviour: 1 error in a row.",
    },
    {
      why: "just below",
      change: { score: 0.4991, worst: null },
      want:
        "Not flagged: the score of 0.49 is less than 0.01 below the threshold of 0.50. There is no value in its 42 requests that " +
        "a client could choose. Its behaviour is ordinary.",
    },
  ])("$why", ({ change, want }) => {
    expect(narrate({ ...benign, ...change })).toBe(want);
  });
});

describe("names from the traffic", () => {
  test.each([
    { why: "a payload as parameter name", name: "id' OR 1=1--", requestLine: "GET /items" },
    { why: "a payload in the path", name: "", requestLine: "GET /<script>alert(1)</script>" },
    { why: "a climbing path", name: "", requestLine: "GET /a/../../etc/passwd" },
    { why: "a token as name", name: "reset_5f2c9a1b7d3e4f60", requestLine: "GET /items" },
    { why: "a token in the path", name: "id", requestLine: "GET /reset/5f2c9a1b7d3e4f60aa" },
    { why: "line breaks and direction marks", name: "id\u202e\r\nX: 1", requestLine: "GET /items\r\nX: 1" },
    { why: "a very long name", name: "a".repeat(500), requestLine: "GET /items" },
  ])("$why stays out", ({ name, requestLine }) => {
    const text = narrate({ ...flagged, worst: { ...worst, name, requestLine } });
    for (const secret of [name, requestLine.slice(5)]) {
      if (secret.length > 10) expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/[<>'\r\n\u202e]|\.\./);
  });

  test("whatever they are, only plain words come out", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.constantFrom(...places),
        fc.constantFrom(...payloadClasses),
        fc.constantFrom(...attackOutcomes),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, line, place, attack, outcome, probability) => {
          for (const verdict of ["benign", "tag"] as const) {
            const payload = { ...worst, name, requestLine: `GET /${line}`, place, class: attack, probability };
            const text = narrate({ ...flagged, verdict, outcome, worst: payload });
            expect(text).toMatch(/^[A-Z][A-Za-z0-9 .,:;()%“”/_~$[\]-]*\.$/);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("a payload that is a path segment leaves the path unnamed", () => {
    const text = narrate({
      ...flagged,
      worst: { ...worst, place: "path_segment", name: "", requestLine: "GET /etc/passwd" },
    });
    expect(text).toContain("The path of one request carries SQL injection");
  });
});

test.each([
  [formatShare(0), "0%"],
  [formatShare(0.004), "under 1%"],
  [formatShare(0.996), "over 99%"],
  [formatShare(1), "100%"],
  [formatNumber(3900.4), "3,900"],
  [formatNumber(2.54), "2.5"],
  [formatNumber(0.041), "0.04"],
  [count(1, "error"), "1 error"],
  [count(0, "error"), "0 errors"],
  [joinPhrases(["a", "b", "c"]), "a, b and c"],
  [joinPhrases(["a"]), "a"],
])("%s", (got, want) => {
  expect(got).toBe(want);
});
