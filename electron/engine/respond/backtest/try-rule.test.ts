import fc from "fast-check";
import { expect, test } from "vitest";
import type { RuleDefinition, RuleExclusion } from "../../../../shared/rule.ts";
import { compileRule } from "../../detect/waf/compile-rule.ts";
import { matchedBody, matchRequest } from "../../detect/waf/match-request.ts";
import { readExchanges } from "../../evidence/readers.ts";
import { mostHits } from "./backtest-tables.ts";
import { createRuleTrial } from "./try-rule.ts";

const torture = Number(process.env.TORTURE ?? 1);

/** A request as it goes over the wire. */
interface Sent {
  readonly method: "GET" | "POST";
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

const piece = fc.constantFrom(
  "'",
  " or ",
  "1=1",
  "union",
  " select ",
  "<script>",
  "%27",
  "%20",
  "+",
  "tea",
  "../",
  "é",
  "&amp;",
  "\\u0027",
  "a",
  ";",
  "=",
);
const value = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
const name = fc.constantFrom("q", "page", "a[0]", "x-y");
const path = fc.constantFrom("/search", "/orders/7/items", "/a%2fb", "/search/", "//search", "/é");
const header = fc.constantFrom("X-Note", "User-Agent", "Referer", "Cookie");

const sent: fc.Arbitrary<Sent> = fc
  .record({
    path,
    query: fc.array(fc.tuple(name, value), { maxLength: 3 }),
    headers: fc.array(fc.tuple(header, value), { maxLength: 2 }),
    body: fc.option(
      fc.oneof(
        fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 }).map((pairs) => ({
          type: "application/x-www-form-urlencoded",
          text: pairs.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join("&"),
        })),
        fc
          .dictionary(name, value, { minKeys: 1, maxKeys: 3 })
          .map((object) => ({ type: "application/json", text: JSON.stringify(object) })),
        value.filter((text) => text !== "").map((text) => ({ type: "text/plain", text })),
      ),
    ),
  })
  .map((given) => {
    const query = given.query.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join("&");
    const { body } = given;
    // Field values are ASCII and neither begin nor end with white space (RFC 9110 section 5.5).
    const headers = given.headers
      .map(([key, text]) => [key, text.replace(/[^\x20-\x7e]/g, "").trim()] as const)
      .filter(([, text]) => text !== "");
    return {
      method: body === null ? "GET" : "POST",
      target: encodeURI(decodeURI(given.path)).replaceAll("%252f", "%2f") + (query === "" ? "" : `?${query}`),
      headers: [
        ["Host", "shop.example"],
        ...headers,
        ...(body === null
          ? []
          : [["Content-Type", body.type] as const, ["Content-Length", String(Buffer.byteLength(body.text))] as const]),
      ],
      body: body?.text ?? null,
    };
  });

function toWire({ method, target, headers, body }: Sent): Buffer {
  const head = headers.map(([key, text]) => `${key}: ${text}\r\n`).join("");
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n${body ?? ""}`);
}

function toHar(requests: readonly Sent[]): Buffer {
  const entries = requests.map(({ method, target, headers, body }) => ({
    startedDateTime: "2026-01-05T08:00:00.000Z",
    time: 1,
    request: {
      method,
      url: `http://shop.example${target}`,
      httpVersion: "HTTP/1.1",
      headers: headers.map(([key, text]) => ({ name: key, value: text })),
      ...(body === null
        ? {}
        : { postData: { mimeType: headers.find(([key]) => key === "Content-Type")![1], text: body } }),
    },
    response: { status: 200, headers: [], content: { size: 0 } },
  }));
  return Buffer.from(JSON.stringify({ log: { version: "1.2", entries } }));
}

async function* one(bytes: Buffer) {
  yield bytes;
}

async function read(kind: "har" | "raw_request", bytes: Buffer) {
  const found = [];
  for await (const batch of readExchanges(kind, one(bytes))) found.push(...batch);
  return found;
}

const definition: fc.Arbitrary<RuleDefinition> = fc.record({
  class: fc.constant("sql_injection" as const),
  family: fc.constant(null),
  match: fc.oneof(
    fc.constantFrom("' or", "union", "<script>", "../", "tea").map((text) => ({ kind: "string" as const, text })),
    fc
      .constantFrom<string[][]>(["'", "or"], ["<number>", "=", "<number>"])
      .map((tokens) => ({ kind: "fingerprint" as const, tokens })),
    fc.constantFrom("union\\s+select", "['<]").map((pattern) => ({ kind: "regex" as const, pattern })),
  ),
  scope: fc.record({
    method: fc.constantFrom(null, null, "GET", "POST"),
    path: fc.constantFrom(null, null, "/search", "/orders/{id}/items", "/{rest}"),
    place: fc.constantFrom(null, null, null, "query", "form", "json", "header"),
    parameter: fc.constantFrom(null, null, "q", "page"),
  }),
  action: fc.constant("block" as const),
  expires_at: fc.constant(null),
});
const exclusion: fc.Arbitrary<RuleExclusion> = fc.record({
  path: fc.constantFrom(null, "/search"),
  place: fc.constantFrom(null, "query"),
  parameter: fc.constantFrom(null, "q"),
  shape: fc.constantFrom(null, "[a-z' ]+", "tea.*"),
  expires_at: fc.constant(null),
});

test("what a back-test says of stored requests is what the rule does to the same requests as they come over the wire", async () => {
  let hitsSeen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(sent, { minLength: 1, maxLength: 6 }),
      definition,
      fc.array(exclusion, { maxLength: 1 }),
      async (requests, rule, exclusions) => {
        const live = compileRule({ id: "r", definition: rule, exclusions });
        const expected: number[] = [];
        for (const [i, request] of requests.entries()) {
          const [exchange] = await read("raw_request", toWire(request));
          if (matchRequest([live], exchange!, { now: 0 }).length > 0) expected.push(i);
        }
        const trial = createRuleTrial({
          rule: { definition: rule, exclusions, candidate: null, against: null, now: 0 },
          labels: [],
          samples: [],
          known: [],
          from: null,
          to: null,
          addedAt: 0,
        });
        for (const exchange of await read("har", toHar(requests))) trial.look(exchange);
        trial.settle([]);
        expect(trial.hits().map(({ request }) => request)).toEqual(expected);
        hitsSeen += expected.length;
      },
    ),
    { numRuns: 300 * torture, seed: 7 },
  );
  // Not of nothing.
  expect(hitsSeen).toBeGreaterThan(50);
});

test("a known attack behind the part of a body that a gatekeeper looks at counts as missed", async () => {
  const requests = [0, matchedBody].map(
    (length): Sent => ({
      method: "POST",
      target: "/search",
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: `p=${"x".repeat(length)}&q=a%27+or+1`,
    }),
  );
  const trial = createRuleTrial({
    rule: {
      definition: {
        class: "sql_injection",
        family: null,
        match: { kind: "string", text: "' or" },
        scope: { method: null, path: null, place: null, parameter: null },
        action: "block",
        expires_at: null,
      },
      exclusions: [],
      candidate: null,
      against: null,
      now: 0,
    },
    labels: [{ text: "a%27+or+1", place: "form", label: "sql_injection" }],
    samples: [],
    known: [],
    from: null,
    to: null,
    addedAt: 0,
  });
  for (const exchange of await read("har", toHar(requests))) trial.look(exchange);
  trial.settle([]);
  expect(trial.counts().hits).toMatchObject({ attack: 1, missed: 1 });
});

test("each hit is what its label, or what was decided about its session, says", async () => {
  const texts = [
    "a' or 1",
    "b' or 2",
    "c' or 3",
    "d' or 4",
    "e' or 5",
    "tea",
    "f' and 6",
    "g' or 7-- -",
    "h' or 8-- -",
  ];
  const requests = texts.map(
    (text): Sent => ({
      method: "GET",
      target: `/search?q=${encodeURIComponent(text)}`,
      headers: [["Host", "shop.example"]],
      body: null,
    }),
  );
  const exchanges = await read("har", toHar(requests));
  const trial = createRuleTrial({
    rule: {
      definition: {
        class: "sql_injection",
        family: null,
        match: { kind: "fingerprint", tokens: ["'", "or"] },
        scope: { method: null, path: null, place: null, parameter: null },
        action: "block",
        expires_at: null,
      },
      exclusions: [],
      candidate: { path: null, place: null, parameter: null, shape: "e' or 5|e%27%20or%205", expires_at: null },
      against: null,
      now: 0,
    },
    labels: [{ text: encodeURIComponent("b' or 2"), place: "query", label: "benign" }],
    samples: [{ text: encodeURIComponent("x' or 99-- -"), place: "query" }],
    known: [{ request: 6, place: "query", name: "q" }],
    from: null,
    to: null,
    addedAt: 0,
  });
  for (const exchange of exchanges) trial.look(exchange);
  const state = { isKnown: false, status: null, reason: null, worst: null };
  trial.settle([
    { ...state, request: 0, status: "closed", reason: "true_positive", worst: "sql_injection" },
    { ...state, request: 2, status: "new" },
    { ...state, request: 3 },
    { ...state, request: 4, status: "closed", reason: "true_positive", worst: "sql_injection" },
    { ...state, request: 7, status: "closed", reason: "true_positive", worst: "sql_injection" },
    { ...state, request: 8 },
  ]);
  expect(trial.hits()).toEqual([
    { request: 0, kind: "attack" },
    { request: 1, kind: "benign" },
    { request: 2, kind: "undecided" },
    { request: 3, kind: "ordinary" },
    { request: 4, kind: "excluded" },
    // Built like what the rule was made of: proves nothing where it is an attack, and speaks against it where it is none.
    { request: 7, kind: "sample" },
    { request: 8, kind: "ordinary" },
  ]);
  expect(trial.counts()).toMatchObject({ requests: 9, excludedAttacks: 1, falseRequests: 3, hits: { missed: 1 } });
  expect(trial.groups().find(({ kind }) => kind === "missed")!.request).toBe(6);
});

const byText = (text: string, path: string | null): RuleDefinition => ({
  class: "sql_injection",
  family: null,
  match: { kind: "string", text },
  scope: { method: null, path, place: null, parameter: null },
  action: "block",
  expires_at: null,
});

test("requests that only one of two versions hits are told apart, whatever path each looks at", async () => {
  const trial = createRuleTrial({
    rule: {
      definition: byText("union", "/search"),
      exclusions: [],
      candidate: null,
      against: { definition: byText("select", null), exclusions: [] },
      now: 0,
    },
    labels: [{ text: "a+select+b", place: "query", label: "sql_injection" }],
    samples: [],
    known: [],
    from: null,
    to: null,
    addedAt: 0,
  });
  const targets = ["/search?q=union+select", "/search?q=union", "/tea?q=a+select+b", "/tea?q=union", "/search?q=tea"];
  const requests = targets.map(
    (target): Sent => ({ method: "GET", target, headers: [["Host", "shop.example"]], body: null }),
  );
  for (const exchange of await read("har", toHar(requests))) trial.look(exchange);
  trial.settle([]);
  expect(trial.flips()).toEqual([
    { request: 1, side: "tried", kind: "false" },
    { request: 2, side: "other", kind: "attack" },
  ]);
  const { flips, hits } = trial.counts();
  expect(flips).toEqual({
    both: 1,
    only: { tried: { attack: 0, undecided: 0, false: 1 }, other: { attack: 1, undecided: 0, false: 0 } },
  });
  // Where the tried version does not look, it misses nothing.
  expect(hits.missed).toBe(0);
});

test("however many requests one of two versions hits, those that the other hits are listed too", async () => {
  const trial = createRuleTrial({
    rule: {
      ...{ definition: byText("union", null), exclusions: [], candidate: null, now: 0 },
      against: { definition: byText("select", null), exclusions: [] },
    },
    ...{ labels: [], samples: [], known: [], from: null, to: null, addedAt: 0 },
  });
  const [union, select] = await read(
    "har",
    toHar(["union", "select"].map((q): Sent => ({ method: "GET", target: `/?q=${q}`, headers: [], body: null }))),
  );
  for (let index = 0; index <= mostHits; index++) trial.look({ ...union!, index });
  trial.look({ ...select!, index: mostHits + 1 });
  trial.settle([]);
  expect(trial.counts().flips.only).toMatchObject({ tried: { false: mostHits + 1 }, other: { false: 1 } });
  const flips = trial.flips();
  expect(flips).toHaveLength(mostHits + 1);
  expect(flips.at(-1)).toEqual({ request: mostHits + 1, side: "other", kind: "false" });
});

test("a rule that ended is tried as if it were in force, without the exclusions that have ended", async () => {
  const ended = "2026-06-01T00:00:00.000Z";
  const definition = { ...byText("union", null), expires_at: ended };
  const spared = (shape: string, expires_at: string | null): RuleExclusion => ({
    ...{ path: null, place: null, parameter: null, shape, expires_at },
  });
  const exclusions = [spared("union( |%20)tea", ended), spared("union( |%20)jack", null)];
  const trial = createRuleTrial({
    rule: {
      ...{ definition, exclusions, candidate: null, now: Date.parse(ended) + 1 },
      against: { definition: { ...definition, expires_at: "2027-01-01T00:00:00.000Z" }, exclusions },
    },
    ...{ labels: [], samples: [], known: [], from: null, to: Date.parse(ended), addedAt: 0 },
  });
  const requests = ["union", "union tea", "union jack", "tea"].map(
    (text): Sent => ({
      ...{ method: "GET", target: `/search?q=${encodeURIComponent(text)}`, headers: [], body: null },
    }),
  );
  for (const exchange of await read("har", toHar(requests))) trial.look(exchange);
  trial.settle([]);
  expect(trial.hits().map(({ request }) => request)).toEqual([0, 1]);
  expect(trial.counts().flips.both).toBe(2);
  expect(trial.flips()).toEqual([]);
});
