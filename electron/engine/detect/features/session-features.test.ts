import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type PayloadClass, type Place, payloadClasses } from "../../../../shared/payload.ts";
import { sha256 } from "../../base/ids.ts";
import type { ClientFacts } from "../../evidence/enrichment.ts";
import type { Exchange, Header } from "../../evidence/exchange.ts";
import { parseBehaviour } from "../anomaly/behaviour-file.ts";
import type { ClassifierOutput } from "../payload.ts";
import { countTokens } from "./attack-tokens.ts";
import { describeFeatures } from "./feature-docs.ts";
import type { ScoredValue } from "./feature-group.ts";
import { measurePayload } from "./payload-statistics.ts";
import { createSessionFeatures, featureIndex, featureSchema, featuresVersion } from "./session-features.ts";
import { readUserAgent } from "./user-agent.ts";

const torture = Number(process.env.TORTURE ?? 1);
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

function exchangeOf(parts: Partial<Exchange> = {}): Exchange {
  return {
    index: 0,
    offset: 0,
    length: 0,
    startedAt: null,
    durationMs: null,
    clientAddress: null,
    method: "GET",
    scheme: null,
    host: null,
    target: "/",
    httpVersion: null,
    headers: null,
    body: null,
    bodyCut: false,
    response: null,
    ...parts,
  };
}

function respond(status: number, size: number | null = null): Partial<Exchange> {
  return { response: { status, headers: null, size, body: null, bodyCut: false } };
}

function outputOf(name: PayloadClass, probability: number): ClassifierOutput {
  const at = payloadClasses.indexOf(name);
  const rest = payloadClasses.indexOf("benign");
  const probabilities = payloadClasses.map((_, k) => (k === at ? probability : k === rest ? 1 - probability : 0));
  return {
    class: name,
    confidence: probability,
    probabilities,
    family: null,
    tier: "model",
    spans: [],
    set: [name],
    cut: false,
  };
}

function scored(text: string, output = outputOf("benign", 1), place: Place = "query", name = "q"): ScoredValue {
  return { value: { place, name, text, start: 0, end: text.length }, output };
}

const unknown: ClientFacts = {
  addressClass: null,
  countries: false,
  country: null,
  network: null,
  badReputation: null,
};

function featuresOf(
  ...requests: [Partial<Exchange>, ScoredValue[]?, ClassifierOutput[]?, (ClientFacts | null)?][]
): (name: string) => number {
  const features = createSessionFeatures();
  for (const [exchange, values, outputs, client] of requests)
    features.add(exchangeOf(exchange), values ?? [], outputs, client);
  const vector = features.finish();
  return (name) => {
    const index = featureIndex.get(name);
    if (index === undefined) throw new Error(`no feature ${name}`);
    return vector[index]!;
  };
}

test("at least 40 features, each named once and documented", () => {
  expect(featureSchema.length).toBeGreaterThanOrEqual(40);
  expect(featureIndex.size).toBe(featureSchema.length);
  for (const { name, label, unit, range, meaning } of featureSchema) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(label.length).toBeGreaterThan(2);
    expect(unit).not.toBe("");
    expect(meaning.length).toBeGreaterThan(15);
    expect(range[1] === null || range[1] > range[0]).toBe(true);
  }
  for (const name of [
    "n_requests",
    "contains_sql_keywords",
    "max_payload_entropy",
    "request_rate_per_min",
    "error_rate",
    "max_payload_score",
  ]) {
    expect(featureIndex.has(name)).toBe(true);
  }
});

test("the page of features is up to date", () => {
  const page = readFileSync(new URL("../../../../resources/docs/features.md", import.meta.url), "utf8");
  expect(page).toBe(describeFeatures());
});

test("what the evidence does not tell is not available; what it tells to be none is zero", () => {
  const bare = featuresOf([{}]);
  for (const name of [
    "request_rate_per_min",
    "interarrival_mean_s",
    "mean_duration_ms",
    "error_rate",
    "max_response_size",
    "missing_accept_ratio",
  ]) {
    expect(bare(name), name).toBeNaN();
  }
  for (const name of [
    "n_hosts",
    "automation_ratio",
    "client_public",
    "bad_reputation",
    "max_body_size",
    "max_payload_score",
    "max_payload_entropy",
  ]) {
    expect(bare(name), name).toBeNaN();
  }
  expect(bare("n_payloads")).toBe(0);
  const told = featuresOf([
    { headers: [], startedAt: 5, body: "", clientAddress: "::1", ...respond(200, 0) },
    [],
    [],
    { ...unknown, badReputation: false },
  ]);
  expect(told("missing_accept_ratio")).toBe(1);
  expect(told("request_rate_per_min")).toBe(1);
  expect(told("interarrival_mean_s")).toBeNaN();
  expect(told("error_rate")).toBe(0);
  expect(told("max_response_size")).toBe(0);
  expect(told("max_body_size")).toBe(0);
  expect(told("client_loopback")).toBe(1);
  expect(told("bad_reputation")).toBe(0);
});

test("partly recorded headers tell of the user agent only", () => {
  const get = featuresOf([{ headers: [["User-Agent", "curl/8.0"]], headersPartial: true }]);
  expect(get("automation_ratio")).toBe(1);
  expect(get("missing_accept_ratio")).toBeNaN();
  expect(featuresOf([{ headers: [], headersPartial: true }])("automation_ratio")).toBeNaN();
});

test("timing", () => {
  const times = [0, 1000, 1500, 2000, 121_000];
  const get = featuresOf(
    ...times.map((startedAt): [Partial<Exchange>] => [{ startedAt, durationMs: startedAt / 100 }]),
  );
  expect(get("session_duration_s")).toBe(121);
  expect(get("request_rate_per_min")).toBeCloseTo(5 / (121 / 60), 10);
  expect(get("max_requests_in_10s")).toBe(4);
  expect(get("max_requests_in_1s")).toBe(2);
  expect(get("interarrival_mean_s")).toBeCloseTo(30.25, 10);
  expect(get("interarrival_min_s")).toBe(0.5);
  expect(get("max_duration_ms")).toBe(1210);
  const even = featuresOf(...[0, 100, 200, 300].map((startedAt): [Partial<Exchange>] => [{ startedAt }]));
  expect(even("interarrival_cv")).toBeCloseTo(0, 10);
});

test("a request that goes back in time counts as simultaneous", () => {
  const get = featuresOf([{ startedAt: 5000 }], [{ startedAt: 1000 }], [{ startedAt: 6000 }]);
  expect(get("interarrival_min_s")).toBe(0);
  expect(get("session_duration_s")).toBe(1);
});

test("responses", () => {
  const get = featuresOf([respond(200, 100)], [respond(404, 300)], [respond(500)], [respond(403)], [respond(301)]);
  expect(get("error_rate")).toBe(0.6);
  expect(get("client_error_rate")).toBe(0.4);
  expect(get("n_server_errors")).toBe(1);
  expect(get("denied_rate")).toBe(0.2);
  expect(get("redirect_rate")).toBe(0.2);
  expect(get("max_error_run")).toBe(3);
  expect(get("mean_response_size")).toBe(200);
  expect(get("response_size_cv")).toBe(0.5);
});

test("traffic", () => {
  const get = featuresOf(
    [
      { target: "/a/b?x=1&y=2", host: "one" },
      [scored("1", undefined, "query", "x"), scored("2", undefined, "query", "y")],
    ],
    [{ target: "/a/b?x=3", host: "two", method: "POST" }, [scored("3", undefined, "query", "x")]],
    [{ target: "/.git/config", method: "TRACK" }],
    [{ target: "/app.css" }],
  );
  expect(get("n_distinct_paths")).toBe(3);
  expect(get("distinct_path_ratio")).toBe(0.75);
  expect(get("top_path_ratio")).toBe(0.5);
  expect(get("path_entropy")).toBeCloseTo(1.5, 12);
  expect(get("n_distinct_parameters")).toBe(2);
  expect(get("max_parameters")).toBe(2);
  expect(get("n_hosts")).toBe(2);
  expect(get("probe_count")).toBe(1);
  expect(get("static_ratio")).toBe(0.25);
  expect(get("write_ratio")).toBe(0.25);
  expect(get("odd_method_ratio")).toBe(0.25);
  expect(get("max_path_depth")).toBe(2);
});

test("headers and clients", () => {
  const browser: Header[] = [
    ["Host", "a"],
    ["User-Agent", chrome],
    ["Accept", "*/*"],
    ["Accept-Language", "de"],
    ["Referer", "x"],
    ["Cookie", "a=b"],
  ];
  const tool: Header[] = [
    ["User-Agent", "sqlmap/1.7"],
    ["X-A", "1"],
    ["x-a", "2"],
  ];
  const get = featuresOf(
    [
      { headers: browser, httpVersion: "HTTP/1.1", clientAddress: "203.0.113.9" },
      [],
      [],
      { ...unknown, badReputation: false },
    ],
    [
      { headers: tool, httpVersion: "HTTP/1.1", clientAddress: "10.0.0.1" },
      [],
      [],
      { ...unknown, badReputation: true },
    ],
  );
  for (const name of [
    "missing_host_ratio",
    "missing_accept_ratio",
    "missing_language_ratio",
    "missing_referer_ratio",
    "duplicate_header_ratio",
  ]) {
    expect(get(name), name).toBe(0.5);
  }
  for (const name of [
    "cookie_ratio",
    "browser_ratio",
    "automation_ratio",
    "scanner_ratio",
    "client_private",
    "client_reserved",
  ]) {
    expect(get(name), name).toBe(0.5);
  }
  expect(get("n_user_agents")).toBe(2);
  expect(get("n_client_addresses")).toBe(2);
  expect(get("bad_reputation")).toBe(1);
});

test("countries and networks: nothing without a database, nothing claimed of addresses that it does not know", () => {
  const names = ["country_known_ratio", "n_countries", "country_changes", "n_networks"];
  const placed: ClientFacts = { ...unknown, addressClass: "public", countries: true, network: 64_500 };
  const of = (...clients: (ClientFacts | null)[]) => {
    const get = featuresOf(...clients.map((client): [object, [], [], ClientFacts | null] => [{}, [], [], client]));
    return names.map(get);
  };
  const { NaN: none } = Number;
  expect(of(null, { ...unknown, addressClass: "public" })).toEqual([none, none, none, none]);
  expect(of(placed, { ...placed, addressClass: "private", network: null })).toEqual([0, none, none, 1]);
  const nz = { ...placed, country: "NZ" };
  const fr = { ...placed, country: "FR", network: 64_501 };
  expect(of(nz, nz, nz)).toEqual([1, 1, 0, 1]);
  // What is not known in between is no other country.
  expect(of(nz, placed, nz, fr, nz)).toEqual([0.8, 2, 2, 2]);
});

test("what is counted, and how, changes only together with the version that verdicts name", () => {
  const visits = [
    [200, "tea", "benign", 1],
    [404, "1' OR 1=1 --", "sql_injection", 0.9],
    [500, "1' OR 1=1 --", "sql_injection", 0.9],
    [200, "<svg onload=alert(1)>", "xss", 0.7],
  ] as const;
  const features = createSessionFeatures();
  for (const [i, [status, text, name, probability]] of visits.entries()) {
    const client = {
      ...unknown,
      addressClass: "public",
      countries: true,
      country: i < 2 ? "NZ" : "FR",
      network: 1,
    } as const;
    const told = {
      startedAt: i * 1700,
      durationMs: 20 + i,
      clientAddress: "8.8.8.8",
      target: `/search?q=${encodeURIComponent(text)}`,
      headers: [["User-Agent", chrome]] as Header[],
      ...respond(status, 900 + i),
    };
    features.add(exchangeOf(told), [scored(text, outputOf(name, probability))], [], client);
  }
  const digest = sha256(JSON.stringify([featureSchema.map(({ name }) => name), [...features.finish()]]));
  expect([featuresVersion, digest]).toEqual(["5", "3657fb16cea8b775db1b9d1d9faa05ce6cf71c5bb58b1bbe17237c97f8dfbb03"]);
});

test("features are appended, never put in between: models and vectors of an earlier version begin the same", () => {
  const model = parseBehaviour(readFileSync(new URL("../../../../resources/model/behaviour.json", import.meta.url)));
  expect(featureSchema.slice(0, model.schema.length).map(({ name }) => name)).toEqual(model.schema);
  expect(featureSchema.slice(-6).map(({ name }) => name)).toEqual([
    "country_known_ratio",
    "n_countries",
    "country_changes",
    "n_networks",
    "sequence_surprise",
    "sequence_surprise_peak",
  ]);
  const vector = new Float64Array(featureSchema.length).fill(Number.NaN);
  expect(model.score(vector)).toBe(model.score(vector.subarray(0, model.schema.length)));
  expect(() => model.score(vector.subarray(1, model.schema.length))).toThrow(RangeError);
});

test.each([
  ["93.184.216.34", "public"],
  ["10.1.2.3", "private"],
  ["100.64.0.1", "private"],
  ["fd00::1", "private"],
  ["127.0.0.1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["192.0.2.1", "reserved"],
  ["224.0.0.1", "reserved"],
  ["not an address", null],
])("address %s counts as %s", (clientAddress, want) => {
  const get = featuresOf([{ clientAddress }]);
  for (const each of ["public", "private", "loopback", "reserved"]) {
    expect(get(`client_${each}`)).toBe(want === null ? Number.NaN : Number(each === want));
  }
});

test.each([
  [chrome, { browser: "Chrome", automated: false, scanner: false, headless: false }],
  ["sqlmap/1.7#stable (https://sqlmap.org)", { browser: "", automated: true, scanner: true, headless: false }],
  ["curl/8.5.0", { browser: "", automated: true, scanner: false, headless: false }],
  ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", { automated: true, scanner: false }],
  [chrome.replace("Chrome/", "HeadlessChrome/"), { headless: true, scanner: false }],
])("user agent %s", (header, want) => {
  expect(readUserAgent(header)).toMatchObject(want);
});

test("payload statistics read what is behind the encoding", () => {
  const encoded = measurePayload({ place: "query", text: "1%2527%2bUNION%2bSELECT+1" });
  expect(encoded.depth).toBe(2);
  expect(encoded.sqlKeywords).toBe(true);
  expect(measurePayload({ place: "query", text: "aaaa" }).entropy).toBe(0);
  expect(measurePayload({ place: "query", text: "abcd" }).entropy).toBe(2);
  expect(measurePayload({ place: "query", text: "ab!?" }).specials).toBe(0.5);
  expect(measurePayload({ place: "header", text: "" }).entropy).toBe(0);
});

test.each([
  ["1' UNION SELECT name FROM users--", 0, true],
  ["please select a size", 0, false],
  ["<svg onload=alert(1)>", 1, false],
  ["; cat /x | sh", 2, false],
  ["../../etc/passwd", 3, false],
  ['<!DOCTYPE a [<!ENTITY b SYSTEM "x">]>', 4, false],
  ["{{config.__class__}}", 5, false],
])("tokens of %j", (text, family, sqlKeywords) => {
  const counted = countTokens(text, text.length);
  expect(Math.max(...counted.counts)).toBe(counted.counts[family]);
  expect(counted.sqlKeywords).toBe(sqlKeywords);
});

test("scores", () => {
  const attack = scored("' or 1=1--", outputOf("sql_injection", 0.9));
  const get = featuresOf(
    [{}, [attack, scored("a"), scored("b")]],
    [{}, [scored("c")]],
    [{}, [], [outputOf("csrf", 0.7)]],
  );
  expect(get("max_payload_score")).toBeCloseTo(0.9, 12);
  expect(get("n_payloads_over_half")).toBe(2);
  expect(get("payloads_over_half_ratio")).toBeCloseTo(0.4, 12);
  expect(get("attacked_request_ratio")).toBeCloseTo(2 / 3, 12);
  expect(get("n_attack_classes")).toBe(2);
  expect(get("max_sql_injection_score")).toBe(0.9);
  expect(get("max_csrf_score")).toBe(0.7);
  expect(get("top_payload_score")).toBeCloseTo(1.6 / 5, 12);
  expect(get("n_distinct_payloads")).toBe(4);
});

test("a suspicious value that is sent again counts once", () => {
  const attack = scored("' or 1=1--", outputOf("sql_injection", 0.9));
  const get = featuresOf([{}, [attack]], [{}, [attack, scored("a")]]);
  expect(get("n_payloads_over_half")).toBe(1);
  expect(get("top_payload_score")).toBeCloseTo(0.9 / 3, 12);
  expect(get("attacked_request_ratio")).toBe(1);
});

const request = fc.record({
  startedAt: fc.option(fc.integer({ min: 0, max: 1e7 })),
  durationMs: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
  clientAddress: fc.option(fc.constantFrom("10.0.0.1", "1.1.1.1", "junk")),
  method: fc.constantFrom("GET", "POST", "", "X\u0000"),
  host: fc.option(fc.string({ maxLength: 4 })),
  target: fc.string({ maxLength: 30 }),
  headers: fc.option(
    fc.array(fc.tuple(fc.constantFrom("Host", "accept", "User-Agent", "x"), fc.string({ maxLength: 10 })), {
      maxLength: 6,
    }),
  ),
  body: fc.option(fc.string({ maxLength: 30 })),
  texts: fc.array(fc.string({ maxLength: 40 }), { maxLength: 6 }),
  status: fc.option(fc.constantFrom(200, 302, 404, 500)),
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("whatever the session, each feature is in its range or not available, and the same each time", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 8 }), (requests) => {
      const run = (): Float64Array => {
        const features = createSessionFeatures();
        for (const { texts, status, probability, ...parts } of requests) {
          const response = status === null ? {} : respond(status, status);
          features.add(
            exchangeOf({ ...parts, ...response }),
            texts.map((text) => scored(text, outputOf("xss", probability))),
          );
        }
        return features.finish();
      };
      const vector = run();
      expect(run()).toEqual(vector);
      expect(vector).toHaveLength(featureSchema.length);
      for (const [k, { name, range }] of featureSchema.entries()) {
        if (Number.isNaN(vector[k]!)) continue;
        expect(vector[k], name).toBeGreaterThanOrEqual(range[0]);
        expect(vector[k], name).toBeLessThanOrEqual(range[1] ?? Number.MAX_VALUE);
      }
    }),
    { numRuns: 200 * torture, seed: 5 },
  );
});

test("counting distinct things stops at its limit", () => {
  const features = createSessionFeatures();
  for (let i = 0; i < 12_000; i++) features.add(exchangeOf({ target: `/p${i}` }), []);
  expect(features.finish()[featureIndex.get("n_distinct_paths")!]).toBe(10_000);
  expect(features.finish()[featureIndex.get("n_requests")!]).toBe(12_000);
});
