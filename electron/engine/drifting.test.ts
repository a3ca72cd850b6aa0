import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LiveMessage } from "../../shared/live.ts";
import {
  analysed,
  analyst,
  changeSettings,
  finished,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./test-engine.ts";

const home = temporaryHome();
let t: TestEngine;
const heard: LiveMessage[] = [];
let ahead = 0;
const clock = { now: () => Date.now() + ahead };

beforeAll(async () => {
  t = await openTestEngine({ home, clock });
  t.engine.live.subscribe((message) => void heard.push(message));
  await changeSettings(t, { behaviour_refit: "off" });
}, 60_000);
afterAll(async () => {
  await t?.close();
  rmSync(home, { recursive: true, force: true });
});

const pages = ["/", "/search?q=tea", "/product/7", "/basket", "/product/12", "/about"];

/** Visitors, each from an address of its own; some programs are slower of tongue than others. */
function visitors(
  from: number,
  to: number,
  change: (i: number, k: number) => { status?: number; path?: string } = () => ({}),
) {
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    for (let k = 0; k <= (i * 7) % 5; k++) {
      const at = new Date(Date.UTC(2026, 0, 5, 8, i % 60, (i * 7 + k * 11) % 60)).toISOString();
      const { status = 200, path = pages[(i + k) % pages.length] } = change(i, k);
      lines.push(
        `81.2.${i >> 8}.${i & 255} - - [05/Jan/2026:${at.slice(11, 19)} +0000] "GET ${path} HTTP/1.1" ${status} ${900 + ((i * 37) % 400)} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

const drift = (window: "day" | "week" | "model" = "week") => t.engine.drift.get({ window });
const minutes = (count: number) => {
  ahead += count * 60_000;
};

test("with few sessions it cannot be told, and no figure is 0 for that", async () => {
  await analysed(t, visitors(0, 60), "few.log");
  const now = await drift();
  expect(now).toMatchObject({ state: "too_few", sessions: 60, needed: 100, items: [], alarm: { state: "none" } });
  expect(now.calibration).toMatchObject({ labelled: 0, error: null, by_chance: null });
  expect(now.coverage).toMatchObject({ promised: 0.95, labelled: 0, followed: [] });
  await expect(t.engine.drift.acknowledge({ base_version: 0 }, analyst)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(t.engine.drift.refit({}, analyst)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("the shipped model knows other applications: while a fit is due by itself, that is expected and no alarm", async () => {
  await analysed(t, visitors(60, 260), "more.log");
  minutes(1);
  expect((await drift()).alarm.state).toBe("raised");
  await changeSettings(t, { behaviour_refit: "automatic" });
  minutes(1);
  const now = await drift();
  expect(now).toMatchObject({
    state: "stable",
    behaviour: { fitted_at: null, expected_until: { sessions: 260, needed: 200 } },
  });
  expect(now.alarm).toMatchObject({ state: "none", reasons: [] });
  expect(now.items.some(({ level, is_expected }) => level === "drifted" && is_expected)).toBe(true);
  await changeSettings(t, { behaviour_refit: "off" });
  const { job_id } = await t.engine.drift.refit({}, analyst);
  expect(await finished(t, job_id)).toMatchObject({ state: "done", result: { sessions: 260 } });
});

test("after the fit the same traffic is stable; a shift in one number is found, named, and dated", async () => {
  minutes(1);
  await analysed(t, visitors(300, 460), "same.log");
  minutes(1);
  const stable = await drift();
  expect(stable).toMatchObject({ sessions: 160, behaviour: { sessions: 260 } });
  expect(stable).toMatchObject({ state: "stable", alarm: { state: "none" } });
  // The shipped record of the payload model is of other applications, and of values that look more like attacks.
  const scores = stable.items.filter(({ subject }) => subject === "payload_score");
  expect(scores.length).toBeGreaterThan(5);
  expect(scores.every(({ is_expected }) => is_expected)).toBe(true);
  heard.length = 0;
  await analysed(
    t,
    visitors(460, 620, (_i, k) => (k === 0 ? { status: 500 } : {})),
    "errors.log",
  );
  minutes(1);
  await t.engine.lookAtDrift();
  expect(heard.some(({ type }) => type === "drift")).toBe(true);
  const { alarm, items } = await drift();
  expect(alarm.state).toBe("raised");
  const named = alarm.reasons.filter(({ kind }) => kind === "feature").map(({ name }) => name);
  expect(named).toContain("server_error_rate");
  // What counts errors moves with them; nothing else does.
  expect(named.filter((name) => !/error|status|success/.test(name))).toEqual([]);
  expect(alarm.reasons.find(({ name }) => name === "server_error_rate")).toMatchObject({
    since: expect.stringMatching(/^20/),
    unseen: stable.at,
  });
  const item = items.find(({ name }) => name === "server_error_rate")!;
  expect(item).toMatchObject({ level: "drifted", before: { median: 0 } });
  const shown = await t.engine.verdicts.get({ id: item.examples[0]!.verdict_id });
  expect(shown.file_name).toBe("errors.log");
});

test("an alarm that was acknowledged is quiet, that is an event, and undoing it raises it again", async () => {
  const before = await drift();
  const { event_id } = await t.engine.drift.acknowledge({ base_version: before.alarm.version }, analyst);
  await expect(t.engine.drift.acknowledge({ base_version: before.alarm.version }, analyst)).rejects.toMatchObject({
    code: "CONFLICT",
  });
  const quiet = (await drift()).alarm;
  expect(quiet).toMatchObject({ state: "acknowledged", acknowledged: { by: analyst.actor } });
  // More of what was acknowledged does not raise it again, something else does.
  await analysed(
    t,
    visitors(700, 720, (_i, k) => (k === 0 ? { status: 500 } : {})),
    "as-known.log",
  );
  minutes(1);
  expect((await drift()).alarm.state).toBe("acknowledged");
  await t.engine.audit.undo({ id: event_id }, analyst);
  expect((await drift()).alarm.state).toBe("raised");
  const again = await t.engine.drift.acknowledge({ base_version: (await drift()).alarm.version }, analyst);
  expect(again.event_id).not.toBe(event_id);
  await analysed(
    t,
    visitors(800, 960, (i) => ({ path: `/a/b/c/d/e/f/g/${i}` })),
    "paths.log",
  );
  minutes(1);
  expect((await drift()).alarm.state).toBe("raised");
});

test("values drawn at random where nothing was flagged tell of low probabilities, once twenty of them are labelled", async () => {
  const { labels } = t.engine;
  expect((await drift()).calibration.drawn).toEqual({ labelled: 0, bins: [] });
  // The visitors send two values, the same ones over and over: of each draw it is known what it is.
  for (const { sample_id, verdict_id, finding } of (await labels.next({ queue: "payloads", limit: 50 })).items) {
    const word = { sample_id, verdict_id: verdict_id!, finding: finding!, flagged: false, resolves: false } as const;
    await labels.set({ ...word, label: "benign" }, analyst);
  }
  minutes(1);
  const { calibration } = await drift();
  expect(calibration.labelled).toBe(0);
  expect(calibration.drawn.labelled).toBeGreaterThanOrEqual(20);
  expect(calibration.drawn.bins.reduce((sum, { count }) => sum + count, 0)).toBe(calibration.drawn.labelled);
  for (const { said, found, high } of calibration.drawn.bins) {
    expect(said).toBeLessThan(0.5);
    expect(found).toBe(0);
    expect(high).toBeGreaterThan(said);
  }
}, 60_000);

test("looks are kept, newest first, and a restart keeps them and the alarm", async () => {
  const looks = await t.engine.drift.looks({ limit: 50 });
  expect(looks.length).toBeGreaterThan(4);
  expect(looks.map(({ at }) => at)).toEqual(
    looks
      .map(({ at }) => at)
      .toSorted()
      .reverse(),
  );
  expect(looks.some(({ is_new_model }) => is_new_model)).toBe(true);
  const { alarm } = await drift();
  await t.close();
  t = await openTestEngine({ home, clock });
  expect((await drift()).alarm).toEqual(alarm);
  // Other windows are looked at when asked; the alarm stays the week's.
  expect(await drift("model")).toMatchObject({ window: "model", alarm: { state: alarm.state } });
  minutes(60 * 24 * 2);
  expect(await drift("day")).toMatchObject({ window: "day", state: "too_few", alarm: { state: alarm.state } });
});

test("a raised alarm holds the fits that are due by themselves; acknowledged, they go on", async () => {
  const fits = async () => (await t.engine.jobs.list()).filter(({ kind }) => kind === "refit").length;
  const before = await fits();
  await changeSettings(t, { behaviour_refit: "automatic" });
  const { alarm } = await drift();
  expect(alarm.state).toBe("raised");
  await analysed(t, visitors(1000, 1020), "held.log");
  await t.engine.lookAtDrift();
  expect(await fits()).toBe(before);
  await t.engine.drift.acknowledge({ base_version: alarm.version }, analyst);
  await analysed(t, visitors(1020, 1040), "due.log");
  await expect.poll(fits, { timeout: 15_000 }).toBe(before + 1);
}, 60_000);
