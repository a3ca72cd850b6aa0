import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { BacktestQuestion } from "../../shared/backtest.ts";
import { RuleFile } from "../../shared/rule-file.ts";
import { SampleSource } from "../../shared/rule-record.ts";
import { sentinelTools } from "./agent-tools.ts";
import { systemClock } from "./base/clock.ts";
import { emptyLabel } from "./base/labels.ts";
import type { Principal } from "./base/principals.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  type TestEngine,
} from "./test-engine.ts";

let t: TestEngine;
/** Milliseconds that the engine's clock is ahead. */
let ahead = 0;
const mei: Principal = { actor: "mei", role: "approver", caller: "ui" };
const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };

/** Attacks that differ in more than their numbers, so that each is a proof of its own. */
const columns = [
  "name",
  "email, card",
  "login",
  "a.b",
  "pass || salt",
  "x, y, z",
  "id",
  "note",
  "sum(total)",
  "host, port, db",
];
const tables = ["users", "orders o", "a join b on c.d = e.f", "g, h", "i.j", "(k)"];
const attacks = columns.flatMap((column, i) =>
  tables.map(
    (table, k) => `${i}' union select ${column} from ${table} where ${"abcdefghijk"[i]} like '${"uvwxyz"[k]}%'-- `,
  ),
);
const benign = ["green tea", "rock 'n' roll", "union of workers", "it's 5 o'clock", "selected works"];
const day = 86_400;
/** Seconds from the epoch of the tests to a month before now, so that the usual days hold it. */
const recently = Math.floor(Date.now() / 1000) - Date.UTC(2026, 0, 5, 8) / 1000 - 30 * day;

const search = (q: string, i: number, cookie: string) =>
  entryOf(`http://shop.example/search?q=${encodeURIComponent(q)}`, { at: recently + i * 5, cookie: `visit=${cookie}` });

async function closeAll(reason: "true_positive" | "false_positive"): Promise<string[]> {
  const { items } = await t.engine.alerts.list({ q: "-status:closed", order: "newest", limit: 500 }, analyst);
  const alerts = items.map(({ id, version }) => ({ id, base_version: version }));
  if (alerts.length > 0) await t.engine.alerts.change({ alerts, change: { status: "closed", reason } }, analyst);
  return alerts.map(({ id }) => id);
}

async function backtest(question: Partial<BacktestQuestion> & { id: string }) {
  const { job_id } = await t.engine.rules.backtest(BacktestQuestion.parse(question), analyst);
  const job = await finished(t, job_id);
  expect(job.error).toBeNull();
  const rule = await t.engine.rules.get({ id: question.id });
  return rule.backtests.find(({ id }) => id === job_id)!;
}

let alertIds: string[];

beforeAll(async () => {
  t = await openTestEngine({ clock: { now: () => Date.now() + ahead } });
  await analysed(t, harOf(attacks.map((q, i) => search(q, i, "mallory"))), "attacks.har");
  alertIds = await closeAll("true_positive");
  await analysed(t, harOf(benign.map((q, i) => search(q, i, `guest${i}`))), "benign.har");
}, 180_000);
afterAll(() => t.close());

describe("from a closed alert to a rule that logs", () => {
  let id: string;

  /** Asks for the rule to act for a day longer. */
  async function askForLonger() {
    const { version, definition } = await t.engine.rules.get({ id });
    const expires_at = new Date(Date.parse(definition.expires_at!) + day * 1000).toISOString();
    const { approval_id } = await t.engine.rules.renew({ id, base_version: version, expires_at }, ana);
    const { shown_hash } = await t.engine.approvals.get({ id: approval_id! }, mei);
    return { version, definition, word: { id: approval_id!, granted: true, shown_hash, reason: "" } };
  }

  test("an alert that nobody closed as true positive makes no rule", async () => {
    const source = SampleSource.parse({ findings: [{ verdict_id: "none", finding: 0 }] });
    await expect(t.engine.rules.generate(source)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(t.engine.rules.generate(SampleSource.parse({}))).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("its payloads make rules that match all of them", async () => {
    const source = SampleSource.parse({ alerts: alertIds });
    const { groups, benign: held } = await t.engine.rules.generate(source);
    expect(held).toBeGreaterThan(1000);
    expect(groups.length).toBeGreaterThan(0);
    const [best] = groups.toSorted((a, b) => b[0]!.samples.length - a[0]!.samples.length);
    const { definition, name, samples } = best![0]!;
    // Of some that differ, so that the others prove it.
    expect(best![0]!.aside).toBeGreaterThan(30);
    expect(samples.length).toBeLessThan(20);
    expect(definition.scope).toMatchObject({ path: "/search", place: "query", parameter: "q" });
    // It ends in half a year, unless somebody chooses otherwise; days are chosen whole.
    expect(definition.expires_at).toMatch(/T00:00:00\.000Z$/);
    expect(Math.round((Date.parse(definition.expires_at!) - Date.now()) / (day * 1000) - 0.5)).toBe(180);
    ({ id } = await t.engine.rules.create(
      { name, definition, source, samples: samples.map((one) => one.id) },
      analyst,
    ));
    const rule = await t.engine.rules.get({ id });
    expect(rule).toMatchObject({
      number: 1,
      stage: "proposed",
      measured: null,
      next: { to: "log", needs: "backtest" },
    });
    expect(rule.samples.every(({ value }) => value !== null)).toBe(true);
  });

  test("it is not let in before it was tried", async () => {
    const { version } = await t.engine.rules.get({ id });
    await expect(t.engine.rules.stage({ id, base_version: version, to: "log" }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(t.engine.rules.stage({ id, base_version: version, to: "block" }, analyst)).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  test("tried on stored requests, it catches every attack and nothing else; what it was made of proves nothing; the policy lets it in", async () => {
    const { summary } = await backtest({ id });
    expect(summary.requests).toBe(attacks.length + benign.length);
    const own = summary.kinds.sample;
    expect(own.hits).toBeGreaterThanOrEqual(4);
    expect(summary.kinds.attack.hits + own.hits).toBe(attacks.length);
    const { groups: others } = summary.kinds.attack;
    expect(summary.confidence).toBeCloseTo(0.05 ** (1 / others), 6);
    expect(summary.false_hits).toBe(0);
    expect(summary.kinds.missed.hits).toBe(0);
    const rule = await t.engine.rules.get({ id });
    expect(rule.measured).toMatchObject({ confidence: summary.confidence, definition_hash: rule.definition_hash });
    expect(rule).toMatchObject({ stage: "log", decision: { policy: "apply" }, next: { to: "tag", needs: "approval" } });
    const [last] = await t.engine.rules.history({ id });
    expect(last).toMatchObject({ by: "engine", because: "policy", rule: { stage: "log" } });
    const hits = await t.engine.rules.hits({ id: rule.backtests[0]!.id, limit: 500, after: 0 });
    expect(hits.items).toHaveLength(attacks.length);
    const groups = await t.engine.rules.groups({ id: rule.backtests[0]!.id, kind: "attack", limit: 500 });
    expect(groups).toHaveLength(summary.kinds.attack.groups);
    expect(groups.reduce((sum, group) => sum + group.hits, 0)).toBe(attacks.length - own.hits);
  });

  test("what was measured is not undone by who dislikes it", async () => {
    await backtest({ id });
    const [last] = await t.engine.rules.history({ id });
    expect(last).toMatchObject({ because: "measured" });
    await expect(t.engine.audit.undo({ id: last!.event_id }, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("whoever chose its end where that takes no approval does not approve it", async () => {
    const before = await t.engine.rules.get({ id });
    const { event_id } = await t.engine.rules.renew({ id, base_version: before.version, expires_at: null }, mei);
    const { version } = await t.engine.rules.get({ id });
    const { approval_id } = await t.engine.rules.stage({ id, base_version: version, to: "tag" }, ana);
    const { shown_hash, may_decide } = await t.engine.approvals.get({ id: approval_id! }, mei);
    expect(may_decide).toBe(false);
    const word = { id: approval_id!, granted: true, shown_hash, reason: "" };
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await t.engine.audit.undo({ id: event_id! }, mei);
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "log", definition: before.definition });
  });

  test("it marks and blocks only by an approval of exactly that, by four eyes", async () => {
    // Somebody else is there who may approve: nobody approves their own.
    await t.engine.settings.change(
      { changes: { tag_threshold: 0.5 }, base_version: (await t.engine.settings.get()).version },
      mei,
    );
    for (const to of ["tag", "block"] as const) {
      const { version } = await t.engine.rules.get({ id });
      const { approval_id, event_id } = await t.engine.rules.stage({ id, base_version: version, to }, analyst);
      expect(event_id).toBeNull();
      const approval = await t.engine.approvals.get({ id: approval_id! }, mei);
      expect(approval).toMatchObject({ kind: "rollout", risk: to === "block" ? "high" : "medium", may_decide: true });
      expect(approval.shown).toMatchObject({
        to,
        definition_hash: expect.any(String),
        backtest: { fp_upper: expect.any(Number) },
      });
      const word = { id: approval_id!, granted: true, shown_hash: approval.shown_hash, reason: "" };
      await expect(t.engine.approvals.decide(word, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
      await expect(t.engine.approvals.decide({ ...word, shown_hash: "0".repeat(64) }, mei)).rejects.toMatchObject({
        code: "APPROVAL_REFUSED",
      });
      expect(await t.engine.approvals.decide(word, mei)).toMatchObject({ state: "used" });
      await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
      expect(await t.engine.rules.get({ id })).toMatchObject({ stage: to, approvals: [] });
    }
  });

  test("it goes on for longer at its stage by four eyes, and ends earlier without", async () => {
    const before = await t.engine.rules.get({ id });
    const former = before.definition.expires_at!;
    const later = new Date(Date.parse(former) + 90 * day * 1000).toISOString();
    const asked = { id, base_version: before.version, expires_at: later };
    const { approval_id, event_id } = await t.engine.rules.renew(asked, analyst);
    expect(event_id).toBeNull();
    const approval = await t.engine.approvals.get({ id: approval_id! }, mei);
    expect(approval).toMatchObject({ kind: "renewal", risk: "high", shown: { from: "block", expires_at: later } });
    const word = { id: approval_id!, granted: true, shown_hash: approval.shown_hash, reason: "" };
    await expect(t.engine.approvals.decide(word, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await t.engine.rules.get({ id })).toMatchObject({ definition: { expires_at: former } });
    expect(await t.engine.approvals.decide(word, mei)).toMatchObject({ state: "used" });
    const renewed = await t.engine.rules.get({ id });
    expect(renewed).toMatchObject({ stage: "block", is_outdated: false, definition: { expires_at: later } });
    expect(renewed.measured!.definition_hash).toBe(renewed.definition_hash);
    expect(renewed.backtests.map(({ is_outdated }) => is_outdated)[0]).toBe(false);
    const [last] = await t.engine.rules.history({ id });
    expect(last).toMatchObject({ because: "renewed", by: "mei", undoable: true });
    await expect(t.engine.audit.undo({ id: last!.event_id }, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await t.engine.audit.undo({ id: last!.event_id }, mei);
    const back = await t.engine.rules.get({ id });
    expect(back).toMatchObject({ stage: "block", is_outdated: false, definition: { expires_at: former } });

    const sooner = new Date(Date.parse(former) - 90 * day * 1000).toISOString();
    const shortened = await t.engine.rules.renew({ id, base_version: back.version, expires_at: sooner }, ana);
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block", definition: { expires_at: sooner } });
    await expect(t.engine.audit.undo({ id: shortened.event_id! }, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await t.engine.audit.undo({ id: shortened.event_id! }, mei);
    const { version } = await t.engine.rules.get({ id });
    for (const expires_at of [former, "2020-01-01T00:00:00.000Z"]) {
      const refused = t.engine.rules.renew({ id, base_version: version, expires_at }, ana);
      await expect(refused).rejects.toMatchObject({ code: "INPUT_INVALID" });
    }
  });

  test("once it has ended it is tried as before, and goes on by an approval", async () => {
    const before = await t.engine.rules.get({ id });
    const expires_at = new Date(Date.now() + day * 1000).toISOString();
    const shortened = await t.engine.rules.renew({ id, base_version: before.version, expires_at }, ana);
    ahead = 2 * day * 1000;
    onTestFinished(() => {
      ahead = 0;
    });
    const { summary } = await backtest({ id });
    expect(summary.kinds.attack.hits + summary.kinds.sample.hits).toBe(attacks.length);
    const ended = await t.engine.rules.get({ id });
    expect(ended).toMatchObject({ stage: "block", decision: { policy: "apply" }, too_far: null });
    expect((await t.engine.health()).components.rules).toBeUndefined();
    const asked = { id, base_version: ended.version, expires_at: before.definition.expires_at };
    const { approval_id } = await t.engine.rules.renew(asked, ana);
    const { shown_hash } = await t.engine.approvals.get({ id: approval_id! }, mei);
    await t.engine.approvals.decide({ id: approval_id!, granted: true, shown_hash, reason: "" }, mei);
    const { definition } = before;
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block", is_outdated: false, definition });
    const between = { from: new Date(Date.now() - 60 * day * 1000).toISOString(), to: new Date().toISOString() };
    const { version } = (await t.engine.rules.history({ id })).find((one) => one.event_id === shortened.event_id)!;
    const beside = await backtest({ id, ...between, against: version });
    const none = { attack: 0, undecided: 0, false: 0 };
    expect(beside.summary.flips).toMatchObject({ both: attacks.length, only: { tried: none, other: none } });
  });

  test("a longer time that was asked for is not granted while panic holds it, nor once the rule was taken back", async () => {
    const { version, definition, word } = await askForLonger();
    await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
    await t.engine.response.rearm({ reason: "The drill is over." }, analyst);
    const { event_id } = await t.engine.rules.stage({ id, base_version: version, to: "off" }, ana);
    expect(await t.engine.approvals.get({ id: word.id }, mei)).toMatchObject({ state: "superseded" });
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
    await t.engine.audit.undo({ id: event_id! }, mei);
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block", definition });
  });

  test("a longer time that was asked for is not granted once what was measured is too old", async () => {
    onTestFinished(() => {
      ahead = 0;
    });
    await backtest({ id });
    ahead = 29 * day * 1000;
    const { definition, word } = await askForLonger();
    ahead = 31 * day * 1000;
    expect(await t.engine.approvals.get({ id: word.id }, mei)).toMatchObject({ state: "pending", may_decide: true });
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({
      code: "APPROVAL_REFUSED",
      message: expect.stringContaining("more than 30 days ago"),
    });
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block", definition });
  });

  test("measured too low for its stage, it says so here and under Health, and is left to a person", async () => {
    await changeSettings(t, { rule_apply_confidence: 0.99, rule_propose_confidence: 0.98 });
    await backtest({ id });
    expect(await t.engine.rules.get({ id })).toMatchObject({
      stage: "block",
      decision: { policy: "log_only" },
      too_far: expect.stringContaining("below 98.0 %"),
    });
    const rules = async () => (await t.engine.health()).components.rules;
    expect(await rules()).toEqual({
      status: "degraded",
      detail: "Rule 1 does more than what was measured last allows.",
    });
    await changeSettings(t, { rule_apply_confidence: 0.9, rule_propose_confidence: 0.7 });
    await backtest({ id });
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block", too_far: null });
    expect(await rules()).toBeUndefined();
  });

  test("it is taken back at once, and bringing it back takes an approver", async () => {
    const { version } = await t.engine.rules.get({ id });
    const { event_id } = await t.engine.rules.stage({ id, base_version: version, to: "off" }, ana);
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "off", next: { to: "log", needs: "nothing" } });
    await expect(t.engine.audit.undo({ id: event_id! }, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await t.engine.audit.undo({ id: event_id! }, mei);
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "block" });
    expect((await t.engine.rules.history({ id }))[0]).toMatchObject({ because: null, rule: { stage: "block" } });
  });

  test("a longer time that still waits is not granted once an undo took the stage back that it was asked at", async () => {
    const blocks = await t.engine.rules.get({ id });
    await t.engine.rules.stage({ id, base_version: blocks.version, to: "log" }, ana);
    const logs = await t.engine.rules.get({ id });
    const { approval_id } = await t.engine.rules.stage({ id, base_version: logs.version, to: "tag" }, ana);
    const { shown_hash } = await t.engine.approvals.get({ id: approval_id! }, mei);
    await t.engine.approvals.decide({ id: approval_id!, granted: true, shown_hash, reason: "" }, mei);
    const [raised] = await t.engine.rules.history({ id });
    const { definition, word } = await askForLonger();
    await t.engine.audit.undo({ id: raised!.event_id }, mei);
    expect(await t.engine.approvals.get({ id: word.id }, mei)).toMatchObject({ state: "pending" });
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({
      code: "APPROVAL_REFUSED",
      message: expect.stringContaining("needs no approval any more"),
    });
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "log", definition });
  });

  test("what was asked for is void once the rule is another one", async () => {
    const before = await t.engine.rules.get({ id });
    const { approval_id } = await t.engine.rules.stage({ id, base_version: before.version, to: "tag" }, ana);
    const waiting = await t.engine.rules.get({ id });
    const definition = { ...waiting.definition, action: "challenge" as const };
    await t.engine.rules.edit({ id, base_version: waiting.version, name: waiting.name, definition }, ana);
    const { shown_hash, state } = await t.engine.approvals.get({ id: approval_id! }, mei);
    expect(state).toBe("superseded");
    const word = { id: approval_id!, granted: true, shown_hash, reason: "" };
    await expect(t.engine.approvals.decide(word, mei)).rejects.toMatchObject({ code: "APPROVAL_REFUSED" });
    expect(await t.engine.rules.get({ id })).toMatchObject({
      stage: "proposed",
      is_outdated: true,
      next: { needs: "backtest" },
    });
  });

  test("a rule of too little proof is proposed or only logs, with the reason", async () => {
    await changeSettings(t, { rule_apply_confidence: 0.97, rule_propose_confidence: 0.7 });
    await backtest({ id });
    const proposed = await t.engine.rules.get({ id });
    expect(proposed).toMatchObject({
      stage: "proposed",
      decision: { policy: "propose" },
      approvals: [{ kind: "rule" }],
    });
    expect(proposed.decision!.reason).toMatch(/below 97\.0 %/);
    await changeSettings(t, { rule_apply_confidence: 0.99, rule_propose_confidence: 0.98 });
    await backtest({ id });
    const low = await t.engine.rules.get({ id });
    expect(low).toMatchObject({
      decision: { policy: "log_only" },
      approvals: [],
      next: { to: "log", needs: "nothing" },
    });
    await t.engine.rules.stage({ id, base_version: low.version, to: "log" }, ana);
    const logs = await t.engine.rules.get({ id });
    expect(logs).toMatchObject({ stage: "log", next: { to: "tag", needs: "more_confidence" } });
    await expect(t.engine.rules.stage({ id, base_version: logs.version, to: "tag" }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await changeSettings(t, { rule_apply_confidence: 0.9, rule_propose_confidence: 0.7 });
    await expect(
      t.engine.settings.change({ changes: { rule_auto_apply: "off" }, base_version: 0 }, ana),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("panic holds it, until an admin re-arms with a reason", async () => {
    const off = await t.engine.rules.get({ id });
    const { event_id } = await t.engine.rules.stage({ id, base_version: off.version, to: "off" }, ana);
    // There is no supervisor here that could end a sandbox: the response is held all the same.
    await expect(t.engine.panic({}, analyst)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const since = (await t.engine.rules.list()).held;
    expect(since).not.toBeNull();
    expect((await t.engine.sandboxes.status()).held).toEqual({ ...since, by: analyst.actor });
    await expect(t.engine.audit.undo({ id: event_id! }, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
    const held = await t.engine.rules.get({ id });
    expect(held.next).toMatchObject({ needs: "rearm" });
    await expect(t.engine.rules.stage({ id, base_version: held.version, to: "log" }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await backtest({ id });
    expect(await t.engine.rules.get({ id })).toMatchObject({ stage: "off", decision: { policy: "propose" } });
    const rearmed = await t.engine.response.rearm({ reason: "The drill is over." }, analyst);
    await expect(t.engine.audit.undo({ id: rearmed.event_id }, analyst)).rejects.toMatchObject({
      code: "NOT_UNDOABLE",
    });
    expect((await t.engine.rules.list()).held).toBeNull();
    expect((await t.engine.sandboxes.status()).held).toBeNull();
  });

  test("a version of it over a past period says what it would have done, and decides nothing", async () => {
    const now = await t.engine.rules.get({ id });
    const from = new Date(Date.UTC(2026, 0, 5, 8) + recently * 1000).toISOString();
    const to = new Date(Date.UTC(2026, 0, 5, 8) + (recently + 10) * 1000).toISOString();
    const past = await backtest({ id, version: 1, from, to });
    expect(past).toMatchObject({ version: 1, summary: { requests: 4 } });
    expect(past.summary.kinds.attack.hits + past.summary.kinds.sample.hits).toBe(2);
    expect((await t.engine.rules.get({ id })).version).toBe(now.version);
    await expect(
      t.engine.rules.backtest(BacktestQuestion.parse({ id, from: to, to: from }), ana),
    ).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(t.engine.rules.backtest(BacktestQuestion.parse({ id, version: 999 }), ana)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("an edit while a back-test runs leaves what was measured with what it was measured of", async () => {
    const rule = await t.engine.rules.get({ id });
    const { job_id } = await t.engine.rules.backtest(BacktestQuestion.parse({ id }), ana);
    const definition = { ...rule.definition, action: "tag" as const };
    // What was measured may come first, and then the version has moved.
    const edit = async () => {
      const { version } = await t.engine.rules.get({ id });
      await t.engine.rules.edit({ id, base_version: version, name: "Edited", definition }, ana);
    };
    await edit().catch(edit);
    await finished(t, job_id);
    const after = await t.engine.rules.get({ id });
    const stored = after.backtests.find((each) => each.id === job_id)!;
    // Whichever was first: nothing that was measured of the former definition counts for the present one.
    expect(stored.is_outdated).toBe(true);
    expect(after).toMatchObject({ stage: "proposed", next: { needs: "backtest" } });
  });

  test("another end while a back-test runs leaves what is measured with the rule", async () => {
    const rule = await t.engine.rules.get({ id });
    const former = await backtest({ id });
    const { job_id } = await t.engine.rules.backtest(BacktestQuestion.parse({ id }), ana);
    const expires_at = new Date(Date.parse(rule.definition.expires_at!) - day * 1000).toISOString();
    // What was measured may come first, and then the version has moved.
    const renew = async () => {
      const { version } = await t.engine.rules.get({ id });
      await t.engine.rules.renew({ id, base_version: version, expires_at }, ana);
    };
    await renew().catch(renew);
    await finished(t, job_id);
    const after = await t.engine.rules.get({ id });
    expect(after).toMatchObject({ is_outdated: false, definition: { expires_at }, measured: { backtest_id: job_id } });
    const outdated = after.backtests.filter(({ is_outdated }) => is_outdated).map((one) => one.id);
    expect(outdated).not.toContain(former.id);
    expect(outdated).not.toContain(job_id);
    expect(after.measured!.definition_hash).toBe(after.definition_hash);
  });

  test("one that is cancelled is resumed where it was, and counts nothing twice", async () => {
    const { job_id } = await t.engine.rules.backtest(BacktestQuestion.parse({ id }), ana);
    await t.engine.jobs.cancel({ id: job_id }, analyst).catch(() => undefined);
    const job = await finished(t, job_id);
    if (job.state === "cancelled") await t.engine.jobs.resume({ id: job_id }, analyst);
    expect(await finished(t, job_id)).toMatchObject({ state: "done" });
    const rule = await t.engine.rules.get({ id });
    const { summary } = rule.backtests.find((each) => each.id === job_id)!;
    expect(summary.requests).toBe(attacks.length + benign.length);
    expect(summary.kinds.attack.hits + summary.kinds.sample.hits).toBe(attacks.length);
  });

  test("it is exported with what another engine does not do the same", async () => {
    for (const format of ["seclang", "json", "sigma"] as const) {
      const { text, file_name } = await t.engine.rules.export({ id, format });
      expect(text).toMatch(format === "json" ? /definition_hash/ : format === "sigma" ? /^detection:$/m : /^SecRule /m);
      expect(file_name).toMatch(/^sentinel-rule-1\./);
    }
    expect((await t.engine.rules.export({ id, format: "seclang" })).differences.join(" ")).toMatch(/Base64/);
    const { text } = await t.engine.rules.export({ id, format: "json" });
    expect(RuleFile.parse(JSON.parse(text)).id).toBe(id);
  });

  test("a rule that acts is not removed; one that is off is, and comes back under its number", async () => {
    const acts = await t.engine.rules.get({ id });
    expect(acts.stage).toBe("log");
    await expect(t.engine.rules.remove({ id, base_version: acts.version }, ana)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await t.engine.rules.stage({ id, base_version: acts.version, to: "off" }, ana);
    const { version } = await t.engine.rules.get({ id });
    const { event_id } = await t.engine.rules.remove({ id, base_version: version }, ana);
    await expect(t.engine.rules.get({ id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await t.engine.audit.undo({ id: event_id }, analyst);
    expect(await t.engine.rules.get({ id })).toMatchObject({ number: 1, stage: "off" });
  });
});

test("a rule that the assistant keeps is one of those that are offered, proposed, and made by who gave the task", async () => {
  const tool = sentinelTools(t.engine, systemClock).find(({ name }) => name === "rules.store")!;
  const found = await Promise.all(
    alertIds.map(
      async (id) => (await t.engine.rules.generate(SampleSource.parse({ alerts: [id] }))).groups.length > 0 && id,
    ),
  );
  const alert_id = found.find((id) => id !== false)!;
  const given = { label: emptyLabel, origins: [] };
  const keep = (args: object) =>
    tool.call(tool.input.parse({ alert_id, ...args }), ana, AbortSignal.timeout(60_000), given);
  await expect(keep({ group: 99 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const { id } = (await keep({})).json as { id: string };
  const rule = await t.engine.rules.get({ id });
  expect(rule).toMatchObject({ stage: "proposed", made_by: "ana", name: expect.stringMatching(/^By the assistant: /) });
  await t.engine.rules.remove({ id, base_version: rule.version }, ana);
});

test("two versions of a rule are compared over a past period: which requests only one of them hits", async () => {
  const elsewhere = entryOf(`http://shop.example/reviews?q=${encodeURIComponent(attacks[0]!)}`, { at: recently });
  const { evidence } = await analysed(t, harOf([elsewhere]), "reviews.har");
  const [first] = (await t.engine.rules.list()).items;
  const { id, version, name } = first!;
  const definition = { ...first!.definition, scope: { ...first!.definition.scope, path: null } };
  await t.engine.rules.edit({ id, base_version: version, name, definition }, ana);
  const from = new Date(Date.UTC(2026, 0, 5, 8) + (recently - 5) * 1000).toISOString();
  const compared = await backtest({ id, from, against: 1 });
  expect(compared.summary.flips).toEqual({
    version: 1,
    both: attacks.length,
    only: { tried: { attack: 0, undecided: 1, false: 0 }, other: { attack: 0, undecided: 0, false: 0 } },
  });
  const only = (side: "tried" | "other") => t.engine.rules.flips({ id: compared.id, side, limit: 10 });
  expect(await only("tried")).toMatchObject([
    { kind: "undecided", evidence_id: evidence.id, path: "/reviews", verdict_id: expect.any(String) },
  ]);
  expect(await only("other")).toEqual([]);
  expect((await backtest({ id })).summary.flips).toBeNull();
  await expect(t.engine.rules.backtest(BacktestQuestion.parse({ id, against: 999 }), ana)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  const { job_id } = await t.engine.erasure.erase({ ids: [evidence.id], confirm: "erase" }, analyst);
  await finished(t, job_id);
  expect(await only("tried")).toEqual([]);
}, 60_000);

describe("a rule is refused", () => {
  const source = () => SampleSource.parse({ alerts: alertIds });
  const offer = async () => {
    const { groups } = await t.engine.rules.generate(source());
    const [first] = groups.toSorted((a, b) => b[0]!.samples.length - a[0]!.samples.length);
    return first![0]!;
  };

  test.each([
    {
      why: "whose pattern explodes",
      match: { kind: "regex", pattern: "((a{1000}){1000}){1000}" } as const,
      message: /counted repetitions/,
    },
    { why: "that misses a sample", match: { kind: "string", text: "nothing of it" } as const, message: /misses/ },
    { why: "that matches ordinary text", match: { kind: "regex", pattern: "[a-z]" } as const, message: /ordinary/ },
  ])("$why", async ({ match, message }) => {
    const { definition, samples } = await offer();
    const asked = {
      name: "x",
      definition: { ...definition, match },
      source: source(),
      samples: samples.map((one) => one.id),
    };
    await expect(t.engine.rules.create(asked, ana)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(message),
    });
  });

  test("of which somebody labelled a sample benign", async () => {
    const { definition, samples } = await offer();
    const data = samples[0]!.value!.text;
    await t.engine.labels.addSample({ sample_type: "payload", data, label: "benign" }, mei);
    const { groups, unruled } = await t.engine.rules.generate(source());
    // Its alert says otherwise: while they disagree it is neither sample nor ordinary.
    expect([...groups.flat(2), ...unruled].length).toBeGreaterThan(0);
    const asked = { name: "x", definition, source: source(), samples: ["gone", ...samples.map((one) => one.id)] };
    await expect(t.engine.rules.create(asked, ana)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

test("once its evidence is erased, a rule stands without the values of its samples, and its back-tests without examples", async () => {
  const [first] = (await t.engine.rules.list()).items;
  const { id } = first!;
  await backtest({ id });
  const { items } = await t.engine.evidence.list({ limit: 10 });
  const attackEvidence = items.find(({ file_name }) => file_name === "attacks.har")!;
  const { job_id } = await t.engine.erasure.erase({ ids: [attackEvidence.id], confirm: "erase" }, analyst);
  await finished(t, job_id);
  const rule = await t.engine.rules.get({ id });
  expect(rule.samples.every(({ value }) => value === null)).toBe(true);
  expect(await t.engine.rules.groups({ id: rule.backtests[0]!.id, kind: "attack", limit: 10 })).toEqual([]);
}, 60_000);
