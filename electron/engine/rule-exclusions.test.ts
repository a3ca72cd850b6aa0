import { afterAll, beforeAll, expect, test } from "vitest";
import { BacktestQuestion } from "../../shared/backtest.ts";
import { SampleSource } from "../../shared/rule-record.ts";
import { analysed, analyst, entryOf, finished, harOf, openTestEngine, type TestEngine } from "./test-engine.ts";

let t: TestEngine;
let id: string;
let other: string;

const recently = Math.floor(Date.now() / 1000) - Date.UTC(2026, 0, 5, 8) / 1000 - 86_400;
const attacks = ["1' or 1=1--", "2' or 22=22--", "x' OR 7=7 -- -", "admin' or 5=5--", "zz' or 3=3--"];
/** Ordinary, and yet the shape that the rule asks for. */
const lessons = ["answer' or 4=4--", "lesson' or 6=6--"];
const entry = (q: string, i: number, path: string, who: string) =>
  entryOf(`http://shop.example${path}?q=${encodeURIComponent(q)}`, { at: recently + i * 5, cookie: `visit=${who}` });

async function close(reason: "true_positive" | "false_positive"): Promise<string[]> {
  const { items } = await t.engine.alerts.list({ q: "-status:closed", order: "newest", limit: 500 }, analyst);
  const alerts = items.map((alert) => ({ id: alert.id, base_version: alert.version }));
  if (alerts.length > 0) await t.engine.alerts.change({ alerts, change: { status: "closed", reason } }, analyst);
  return alerts.map((alert) => alert.id);
}

async function backtest(question: { id: string; exclusion?: unknown }) {
  const { job_id } = await t.engine.rules.backtest(BacktestQuestion.parse(question), analyst);
  expect((await finished(t, job_id)).error).toBeNull();
  return (await t.engine.rules.get({ id: question.id })).backtests.find((each) => each.id === job_id)!;
}

beforeAll(async () => {
  t = await openTestEngine();
  await analysed(t, harOf(attacks.map((q, i) => entry(q, i, "/search", "mallory"))), "attacks.har");
  const source = SampleSource.parse({ alerts: await close("true_positive") });
  const { groups } = await t.engine.rules.generate(source);
  const [offer] = groups[0]!;
  const definition = { ...offer!.definition, scope: { ...offer!.definition.scope, path: null } };
  const asked = { definition, source, samples: offer!.samples.map((sample) => sample.id) };
  ({ id } = await t.engine.rules.create({ ...asked, name: "One" }, analyst));
  ({ id: other } = await t.engine.rules.create({ ...asked, name: "Other" }, analyst));
  await analysed(t, harOf(lessons.map((q, i) => entry(q, i, "/lessons", "mei"))), "lessons.har");
  await close("false_positive");
}, 180_000);
afterAll(() => t.close());

test("the narrowest exclusion is proposed, tried, approved, and takes out exactly its false positives", async () => {
  const first = await backtest({ id });
  expect(first.summary.kinds).toMatchObject({ sample: { hits: attacks.length }, benign: { hits: lessons.length } });
  const { proposals, refused } = await t.engine.rules.proposeExclusions({
    id,
    backtest_id: first.id,
    ordinary: false,
    days: 30,
  });
  expect(refused).toEqual([]);
  expect(proposals.reduce((sum, one) => sum + one.covers, 0)).toBe(lessons.length);
  const [{ exclusion }] = proposals as [(typeof proposals)[number]];
  expect(exclusion).toMatchObject({ path: "/lessons", place: "query", parameter: "q" });
  const preview = await backtest({ id, exclusion });
  expect(preview.summary.kinds.excluded.hits).toBe(lessons.length);
  expect(preview.summary).toMatchObject({
    excluded_attacks: 0,
    kinds: { sample: { hits: attacks.length }, benign: { hits: 0 } },
  });
  // With another end it matches the same: what was tried stands.
  const { version } = await t.engine.rules.get({ id });
  await t.engine.rules.renew({ id, base_version: version, expires_at: null }, analyst);
  const before = await t.engine.rules.get({ id });
  expect(before.exclusions).toEqual([]);
  const { approval_id } = await t.engine.rules.addExclusion(
    { id, base_version: before.version, backtest_id: preview.id },
    analyst,
  );
  const approval = await t.engine.approvals.get({ id: approval_id }, analyst);
  expect(approval).toMatchObject({ kind: "exclusion", shown: { exclusion, takes_out: lessons.length } });
  await t.engine.approvals.decide(
    { id: approval_id, granted: true, shown_hash: approval.shown_hash, reason: "" },
    analyst,
  );
  const rule = await t.engine.rules.get({ id });
  expect(rule).toMatchObject({ exclusions: [exclusion], is_outdated: false, measured: { false_hits: 0 } });
  // The undo key takes it back in one act, though an approval was used up with it; and undo of that brings it back.
  const last = await t.engine.audit.undoLast({}, analyst);
  expect(last).toMatchObject({ undone: { kind: "rule.saved" }, job_id: null, in_the_way: null });
  expect((await t.engine.rules.get({ id })).exclusions).toEqual([]);
  await t.engine.audit.undo({ id: last.event_id! }, analyst);
  expect((await t.engine.rules.get({ id })).exclusions).toMatchObject([exclusion]);
  expect((await backtest({ id })).summary.kinds).toMatchObject({
    sample: { hits: attacks.length },
    benign: { hits: 0 },
  });
  // Another rule goes on as before.
  expect((await backtest({ id: other })).summary.kinds.benign.hits).toBe(lessons.length);
}, 60_000);

test("one that would let a known attack through is not asked for", async () => {
  const wide = { path: null, place: null, parameter: null, shape: ".+", expires_at: null };
  const preview = await backtest({ id, exclusion: wide });
  expect(preview.summary.excluded_attacks).toBeGreaterThan(0);
  const { version } = await t.engine.rules.get({ id });
  await expect(
    t.engine.rules.addExclusion({ id, base_version: version, backtest_id: preview.id }, analyst),
  ).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringMatching(/known attacks through/),
  });
  const whole = await backtest({ id });
  await expect(
    t.engine.rules.addExclusion(
      { id, base_version: (await t.engine.rules.get({ id })).version, backtest_id: whole.id },
      analyst,
    ),
  ).rejects.toMatchObject({ code: "CONFLICT" });
}, 60_000);

test("one that an attack from before the period, or one known since it was tried, would pass is neither asked for nor granted", async () => {
  const backtests = (await t.engine.rules.get({ id: other })).backtests;
  const { proposals } = await t.engine.rules.proposeExclusions({
    ...{ id: other, backtest_id: backtests[0]!.id, ordinary: false, days: 30 },
  });
  const [{ exclusion }] = proposals as [(typeof proposals)[number]];
  const preview = await backtest({ id: other, exclusion });
  const before = await t.engine.rules.get({ id: other });
  const ask = async () => {
    const { version } = await t.engine.rules.get({ id: other });
    return await t.engine.rules.addExclusion({ id: other, base_version: version, backtest_id: preview.id }, analyst);
  };
  const { approval_id } = await ask();
  const { shown_hash } = await t.engine.approvals.get({ id: approval_id }, analyst);
  // Nowhere in what is stored, and built like what would be spared.
  await t.engine.labels.addSample(
    { sample_type: "payload", data: "person' or 8=8--", label: "sql_injection" },
    analyst,
  );
  const refusal = { code: "CONFLICT", message: expect.stringMatching(/1 known attacks through/) };
  const word = { id: approval_id, granted: true, shown_hash, reason: "" };
  await expect(t.engine.approvals.decide(word, analyst)).rejects.toMatchObject(refusal);
  expect(await t.engine.approvals.get({ id: approval_id }, analyst)).toMatchObject({ state: "pending" });
  await expect(ask()).rejects.toMatchObject(refusal);
  expect((await t.engine.rules.get({ id: other })).exclusions).toEqual(before.exclusions);
}, 60_000);

test("panic holds exclusions as it holds rules", async () => {
  const rule = await t.engine.rules.get({ id });
  await t.engine.rules.stage({ id, base_version: rule.version, to: "log" }, analyst).catch(() => undefined);
  await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const held = { code: "CONFLICT", message: expect.stringMatching(/^Panic holds/) };
  const { version, backtests, exclusions } = await t.engine.rules.get({ id });
  await expect(
    t.engine.rules.addExclusion({ id, base_version: version, backtest_id: backtests[0]!.id }, analyst),
  ).rejects.toMatchObject(held);
  await expect(
    t.engine.rules.removeExclusion({ id, exclusion: exclusions[0]!.id, base_version: version }, analyst),
  ).rejects.toMatchObject(held);
  await t.engine.response.rearm({ reason: "Over." }, analyst);
}, 60_000);

test("an exclusion is taken out in one step, which undo takes back", async () => {
  const rule = await t.engine.rules.get({ id });
  const { event_id } = await t.engine.rules.removeExclusion(
    { id, exclusion: rule.exclusions[0]!.id, base_version: rule.version },
    analyst,
  );
  expect(await t.engine.rules.get({ id })).toMatchObject({ exclusions: [], is_outdated: true });
  await t.engine.audit.undo({ id: event_id }, analyst);
  expect((await t.engine.rules.get({ id })).exclusions).toHaveLength(1);
});
