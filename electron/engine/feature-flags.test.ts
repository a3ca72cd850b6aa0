import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlagName, featureFlags, flagNames } from "../../shared/feature-flags.ts";
import { type Replay, ReplayQuestion } from "../../shared/replay.ts";
import { defaultSettings, Settings } from "../../shared/settings.ts";
import type { Principal } from "./base/principals.ts";
import { isInShare } from "./base/share.ts";
import { analysisVersion, hashAnalysisConfig } from "./detect/analysis/analysis-config.ts";
import { allFlagsOn, limitedFlags } from "./detect/analysis/session-flags.ts";
import { decidePolicy } from "./respond/policy/decide-policy.ts";
import {
  analyst as admin,
  analysed,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

let t: TestEngine;
beforeAll(async () => {
  t = await openTestEngine();
}, 60_000);
afterAll(() => t?.close());

const approver: Principal = { ...admin, actor: "cyd", role: "approver" };
const analyst: Principal = { ...admin, actor: "ben", role: "analyst" };

async function setFlags(changes: Partial<Record<FlagName, number>>, by = approver): Promise<string> {
  const { version } = await t.engine.settings.get();
  return (await t.engine.settings.change({ changes, base_version: version }, by)).event_id;
}

const shop = "https://shop.example";
/** Visits on one day each, every third with a forged request. @param day months apart from other evidence */
const visits = (day: number, people = 24) =>
  harOf(
    Array.from({ length: people }, (_, i) =>
      [0, 1, 2, 3, 4].map((k) => {
        const isForged = i % 3 === 0 && k === 2;
        return entryOf(`${shop}/${["search?q=tea", "basket", "account", "find?q=1' or 1=1-- ", "about"][k]}`, {
          at: (day * 30 + i) * 86_400 + k * 4,
          cookie: `visit=d${day}p${i}`,
          ...(isForged ? { form: "email=a@b.example", headers: [["Origin", "https://evil.example"]] } : {}),
        });
      }),
    ).flat(),
  );

test("the list of flags and the settings are the same, and everything is on by default", () => {
  const settings = Object.keys(Settings.shape).filter((name) => name.startsWith("flag_"));
  expect(settings.sort()).toEqual([...flagNames].sort());
  for (const name of flagNames) {
    expect(defaultSettings[name]).toBe(100);
    expect(Settings.shape[name].description).toContain(featureFlags[name].meaning);
    for (const wrong of [-1, 101, 0.5]) expect(Settings.shape[name].safeParse(wrong).success).toBe(false);
  }
});

test("with all flags at 100 a configuration has the hash that it had before there were any", () => {
  const fusion = { payloadWeight: 0.6, tagThreshold: 0.5, simulateThreshold: 0.75 };
  const reading = { session_gap_minutes: 30, max_entry_mb: 32 };
  const before = hashAnalysisConfig(fusion, reading);
  expect(before).toMatchInlineSnapshot(`"e2a54441df70a7af45f8d813339963d8cc5666fd692946a85d7f3f3ecc6ab1a3"`);
  expect(hashAnalysisConfig(fusion, reading, limitedFlags(allFlagsOn))).toBe(before);
  const half = limitedFlags({ ...allFlagsOn, flag_sequence: 50 });
  const other = hashAnalysisConfig(fusion, reading, half);
  expect(other).not.toBe(before);
  // Another share gives stored evidence another version, so that it is analysed again when it is brought.
  const identity = { extractorVersion: "1", modelHash: "m", anomalyHash: "a", enrichment: null };
  expect(analysisVersion({ ...identity, configHash: other })).not.toBe(
    analysisVersion({ ...identity, configHash: before }),
  );
});

test("each session goes one way by its name, what it went without is stored, and its verdict comes out the same again", async () => {
  const first = await analysed(t, visits(1), "before.har");
  const before = await verdictsOf(t, first.evidence.id);
  expect((await t.engine.settings.flags()).every(({ ways, changed_at }) => ways === null && changed_at === null)).toBe(
    true,
  );

  await setFlags({ flag_behaviour: 50, flag_request_forgery: 40 });
  const { evidence } = await analysed(t, visits(2), "half.har");
  const verdicts = await verdictsOf(t, evidence.id);
  expect(verdicts.length).toBe(24);
  let forged = 0;
  const without = { flag_behaviour: 0, flag_request_forgery: 0 };
  for (const one of verdicts) {
    const full = await t.engine.verdicts.get({ id: one.id });
    const name = `${evidence.id} ${full.session}`;
    const expected = (["flag_behaviour", "flag_request_forgery"] as const).filter(
      (flag) => !isInShare(flag, name, flag === "flag_behaviour" ? 50 : 40),
    );
    for (const flag of expected) without[flag]++;
    const { withheld = [], weights } = full.provenance;
    expect(withheld).toEqual(expected);
    expect(weights.payload).toBe(expected.includes("flag_behaviour") ? 1 : 0.6);
    if (expected.includes("flag_behaviour")) expect(full.score).toBe(full.payload_score);
    const isForged = full.findings.some(({ prediction }) => prediction.class === "csrf");
    if (expected.includes("flag_request_forgery")) expect(isForged).toBe(false);
    else if (isForged) forged++;
  }
  expect(forged).toBeGreaterThan(0);
  // Shares of neither kind came out empty, or nothing was tested.
  expect(without.flag_behaviour).toBeGreaterThan(3);
  expect(without.flag_request_forgery).toBeGreaterThan(3);

  // Whatever the shares are now, old verdicts are what they were.
  await setFlags({ flag_behaviour: 0, flag_request_forgery: 100, flag_sequence: 10 });
  for (const { id } of [...before, ...verdicts]) expect((await t.engine.reproduceVerdict(id)).same).toBe(true);
}, 120_000);

test("a replay judges each session with what it had, whatever the shares are now", async () => {
  const { job_id } = await t.engine.replays.start(ReplayQuestion.parse({}), admin);
  expect((await finished(t, job_id)).state).toBe("done");
  const [{ summary }] = (await t.engine.replays.list()) as [Replay];
  expect(summary.sessions).toBe(48);
  expect(summary).toMatchObject({ identical: 48, opened: 0, largest_difference: 0 });
}, 120_000);

test("evidence that is brought again after a change is decided anew", async () => {
  await setFlags({ flag_behaviour: 0, flag_sequence: 100 });
  const { evidence } = await analysed(t, visits(1), "before.har");
  const verdicts = await verdictsOf(t, evidence.id);
  expect(verdicts.length).toBe(24);
  for (const { id } of verdicts) {
    expect((await t.engine.verdicts.get({ id })).provenance.withheld).toEqual(["flag_behaviour"]);
  }
}, 60_000);

test("what went each way since the last change is counted; undo brings the share back, and an analyst may do neither", async () => {
  const flagOf = async (name: FlagName) => (await t.engine.settings.flags()).find((one) => one.name === name)!;
  const event = await setFlags({ flag_behaviour: 0 });
  const { evidence } = await analysed(t, visits(3, 6), "none.har");
  expect((await verdictsOf(t, evidence.id)).length).toBe(6);
  const sum = (way: Record<string, number>) => Object.values(way).reduce((all, n) => all + n, 0);
  const state = await flagOf("flag_behaviour");
  expect(state.share).toBe(0);
  expect([sum(state.ways!.with), sum(state.ways!.without)]).toEqual([0, 6]);
  await expect(setFlags({ flag_behaviour: 5 }, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(t.engine.audit.undo({ id: event }, analyst)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await setFlags({ flag_behaviour: 100 });
  const back = await flagOf("flag_behaviour");
  expect(back).toMatchObject({ share: 100, ways: { without: { simulate: 0, tag: 0, benign: 0 } } });
  await t.engine.audit.undoLast({}, approver);
  expect((await flagOf("flag_behaviour")).share).toBe(0);
}, 60_000);

test("the policy lets a share of rules in by themselves; 0 is a kill switch, 100 what it was", () => {
  const settings = { rule_auto_apply: "on", rule_apply_confidence: 0.9, rule_propose_confidence: 0.7 } as const;
  const applied = (share: number) =>
    Array.from({ length: 200 }, (_, i) =>
      decidePolicy(`rule ${i}`, 0.95, { ...settings, flag_rule_auto_apply: share }, false),
    ).map(({ policy }) => policy === "apply");
  expect(applied(0)).not.toContain(true);
  expect(applied(100)).not.toContain(false);
  const [few, more] = [applied(30), applied(60)];
  expect(few.every((is, i) => !is || more[i])).toBe(true);
  expect(few.filter(Boolean).length).toBeGreaterThan(30);
  expect(few.filter(Boolean).length).toBeLessThan(90);
  // Whatever the share, too little confidence only logs.
  expect(decidePolicy("rule 1", 0.5, { ...settings, flag_rule_auto_apply: 100 }, false).policy).toBe("log_only");
  const none = decidePolicy("rule 1", 0, { ...settings, flag_rule_auto_apply: 100 }, false);
  expect(none).toMatchObject({ policy: "log_only", reason: expect.stringContaining("no known attack but its own") });
});
