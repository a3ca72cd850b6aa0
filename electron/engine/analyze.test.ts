import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyzeEvidence, explainVerdict, type Verdict } from "../../shared/verdict.ts";
import { tinyDatabase } from "./evidence/tiny-database.ts";
import {
  analyst,
  changeSettings,
  entryOf,
  never,
  openTestEngine,
  packageOf,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const shop = "https://shop.example/search?q=";
const injection = encodeURIComponent("1' UNION SELECT name, password FROM users -- ");
const harPackage = (...urls: string[]) =>
  packageOf({ har: { log: { version: "1.2", entries: urls.map((url, i) => entryOf(url, { at: i * 9 })) } } });

test("a HAR package: its verdicts, worst first, each in the shape of the contract", async () => {
  const honest = entryOf(`${shop}tea`, { cookie: "sessionid=other" });
  const one = { cookie: "sessionid=one" };
  const evidence = packageOf({
    har: {
      log: {
        version: "1.2",
        entries: [honest, entryOf(`${shop}cups`, one), entryOf(shop + injection, { ...one, at: 4 })],
      },
    },
  });
  const answer = await t.engine.analyze({ evidence }, analyst, never);
  expect(analyzeEvidence.output.parse(answer)).toEqual(answer);
  expect(answer.verdicts).toHaveLength(2);
  expect(answer.verdict).toEqual(answer.verdicts[0]);
  const [worst, benign] = answer.verdicts;
  expect(worst!.final_score).toBeGreaterThan(benign!.final_score);
  expect(worst).toMatchObject({ class: "sql_injection", requests: 2 });
  expect(worst!.payload_predictions[0]).toMatchObject({ request: 2, place: "query", name: "q" });
  expect(benign).toMatchObject({ verdict: "benign", class: "benign" });
  expect(benign!.explain.narrative).toMatch(/^Not flagged: .* below the threshold of 0\.50\./);
  for (const { explain, final_score, features } of answer.verdicts) {
    const { base_value, values } = explain.shap_summary;
    const sum = values.reduce((total, { contribution }) => total + contribution, base_value);
    expect(Math.abs(sum - final_score)).toBeLessThan(1e-9);
    expect(features.length).toBeGreaterThanOrEqual(40);
  }
  const explained = await t.engine.explain({ verdict_id: worst!.verdict_id }, analyst, never);
  expect(explainVerdict.output.parse(explained)).toEqual(worst!.explain);
  expect(await t.engine.explain({ evidence }, analyst, never)).toEqual(worst!.explain);
});

test("a verdict says what of its session was judged in part, also of values that are none of its payloads", async () => {
  const long = `${shop}${"ordinary words and more of them ".repeat(12_000)}`;
  const { verdict } = await t.engine.analyze(
    {
      evidence: packageOf({
        requests: [long, shop + injection, shop + injection].map((url) => ({ method: "GET", url })),
      }),
    },
    analyst,
    never,
  );
  expect(verdict.extent).toEqual({
    payloads_found: 1,
    values_cut: 1,
    requests_crowded: 0,
    bodies_cut: 0,
    bytes_missing: 0,
  });
  expect(verdict.payload_predictions).toHaveLength(1);
  expect(verdict.payload_predictions[0]).toMatchObject({ request: 1, repeats: [{ request: 2 }] });
});

test("what of a package could not be read is told beside its verdicts", async () => {
  const good = { method: "GET", url: `${shop}only` };
  const answer = await t.engine.analyze(
    { evidence: packageOf({ requests: [good, { method: "GET", url: "data:nothing" }] }) },
    analyst,
    never,
  );
  expect(answer.verdicts).toHaveLength(1);
  expect(answer).toMatchObject({
    problem_count: 1,
    problems: [{ code: "EVIDENCE_UNREADABLE", place: "entry 2", message: expect.stringContaining("left out") }],
  });
});

test("a request list that tells little: what is not known is null, not zero", async () => {
  const bare = packageOf({
    requests: [
      { method: "GET", url: `${shop}tea` },
      { method: "GET", url: `${shop}cups` },
    ],
  });
  const { verdict } = await t.engine.analyze({ evidence: bare }, analyst, never);
  const values = new Map(verdict.features.map(({ name, value }) => [name, value]));
  // Neither times nor responses nor headers were given; what follows from the requests themselves was.
  expect(values.get("request_rate_per_min")).toBeNull();
  expect(values.get("error_rate")).toBeNull();
  expect(values.get("n_requests")).toBe(2);
  expect(values.get("contains_sql_keywords")).toBe(0);
  expect(verdict.outcome).toBe("not_available");
  const [summary] = (await verdictsOf(t)).filter(({ id }) => id === verdict.verdict_id);
  expect(summary).toMatchObject({ started_at: null, ended_at: null, client: null });
  const { items } = await t.engine.verdicts.requests({ id: verdict.verdict_id, limit: 10, offset: 0 });
  expect(items[0]).toMatchObject({ started_at: null, duration_ms: null, status: null, response_size: null });
  const first = await t.engine.verdicts.request({ id: verdict.verdict_id, request: 0 });
  expect(first.response).toBeNull();

  const told = packageOf({
    requests: [0, 30].map((second) => ({
      method: "GET",
      url: `${shop}tea`,
      started_at: new Date(Date.UTC(2026, 0, 5, 8, 0, second)).toISOString(),
      duration_ms: 5,
      client_address: "203.0.113.5",
      headers: { "User-Agent": "curl/8" },
      response: { status: 500, size: 10 },
    })),
  });
  const full = await t.engine.analyze({ evidence: told }, analyst, never);
  const known = new Map(full.verdict.features.map(({ name, value }) => [name, value]));
  expect(known.get("error_rate")).toBe(1);
  expect(known.get("request_rate_per_min")).toBeGreaterThan(0);
});

test("the same package by many at once: one analysis, the same answer for all", async () => {
  const evidence = harPackage(`${shop}one`, shop + injection, `${shop}three`);
  const answers = await Promise.all(Array.from({ length: 8 }, () => t.engine.analyze({ evidence }, analyst, never)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
  const job = (await t.engine.jobs.list()).find(({ result }) => result?.sessions !== undefined);
  const id = String(job!.result!.evidence_id);
  const events = entries.filter(({ entity_id }) => entity_id === id).map(({ kind }) => kind);
  expect(events).toEqual(["evidence.added", "evidence.analysed"]);
});

test("whoever gives up does not take the others' answer away", async () => {
  const evidence = harPackage(...Array.from({ length: 300 }, (_, i) => `${shop}word${i}`));
  const stop = new AbortController();
  const given = t.engine.analyze({ evidence }, analyst, stop.signal);
  const kept = t.engine.analyze({ evidence }, analyst, never);
  // Once the job is there; later states of one that is quick are told together.
  const unsubscribe = t.engine.live.subscribe(({ type }) => type === "job" && stop.abort());
  await expect(given).rejects.toMatchObject({ code: "CANCELLED" });
  unsubscribe();
  expect((await kept).verdict.requests).toBe(300);
  const before = AbortSignal.abort();
  await expect(t.engine.analyze({ evidence: harPackage(`${shop}late`) }, analyst, before)).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test.each([
  { why: "without a request", evidence: () => packageOf({ requests: [] }), code: "EVIDENCE_UNREADABLE" },
  {
    why: "whose hash is another's",
    evidence: () => ({ ...harPackage(`${shop}tea`), sha256: "0".repeat(64) }),
    code: "EVIDENCE_HASH_MISMATCH",
  },
])("a package $why is refused", async ({ evidence, code }) => {
  await expect(t.engine.analyze({ evidence: evidence() }, analyst, never)).rejects.toMatchObject({ code });
});

test("explaining a verdict that is not there says so", async () => {
  await expect(t.engine.explain({ verdict_id: "nothing" }, analyst, never)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test("what the operator's own data says of a client is counted, shown, and named by its hash", async () => {
  const maxmind_file = join(t.home, "geo.mmdb");
  writeFileSync(maxmind_file, tinyDatabase());
  const evidence = packageOf({
    requests: ["8.8.8.8", "130.1.2.3", "130.9.9.9"].map((client_address, i) => ({
      method: "GET",
      url: `${shop}tea${i}`,
      client_address,
      // Addresses change within the session: its cookie holds it together.
      headers: { "User-Agent": "curl/8", Cookie: "sessionid=abcdef" },
    })),
  });
  const before = (await t.engine.analyze({ evidence }, analyst, never)).verdict;
  await changeSettings(t, { maxmind_file, bad_networks: ["8.8.8.0/24"] });
  const after = (await t.engine.analyze({ evidence }, analyst, never)).verdict;
  const told = (verdict: Verdict, feature: string) => verdict.features.find(({ name }) => name === feature)!.value;
  const names = ["country_known_ratio", "n_countries", "country_changes", "n_networks", "bad_reputation"];
  expect(names.map((name) => told(before, name))).toEqual([null, null, null, null, null]);
  expect(names.map((name) => told(after, name))).toEqual([2 / 3, 1, 0, 1, 1]);
  expect(after.provenance.enrichment_hash).not.toBe(before.provenance.enrichment_hash);
  // The session's client is that of its first request, which the database does not know and the list does.
  const whole = await t.engine.verdicts.get({ id: after.verdict_id });
  expect(whole.origin).toEqual({ country: null, network: null, bad_reputation: true });
  expect(whole.context.find(({ name }) => name === "n_countries")).toMatchObject({ value: 1, reference: null });
  await changeSettings(t, { maxmind_file: "", bad_networks: [] });
}, 30_000);
