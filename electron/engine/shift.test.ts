import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Alert, AlertChange } from "../../shared/alert.ts";
import type { Shift } from "../../shared/shift.ts";
import { analyst, bring, entryOf, finished, harOf, openTestEngine, type TestEngine } from "./test-engine.ts";

let t: TestEngine;
let alerts: Alert[];
const hourMs = 3_600_000;
/** The moment from which the shift of these tests is counted. */
const begin = Date.now() - 2 * hourMs;

const visit = (client: string, day: number) =>
  ["green tea", "black tea", "1' UNION SELECT name, password FROM users -- "].map((q, i) =>
    entryOf(`https://shop.example/search?q=${encodeURIComponent(q)}`, {
      at: day * 86_400 + i * 20,
      cookie: `visit=${client}`,
    }),
  );

beforeAll(async () => {
  t = await openTestEngine();
  await finished(t, await bring(t, harOf([1, 2, 3, 4].flatMap((day) => visit(`v${day}`, day))), "visits.har"));
  alerts = (await t.engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst)).items;
  expect(alerts.length).toBeGreaterThanOrEqual(4);
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const instant = (ms: number) => new Date(ms).toISOString();
/** What the shift came to by now. */
const summary = (from = begin): Promise<Shift> =>
  t.engine.shift.summary({ from: instant(from), to: instant(Date.now() + hourMs) }, analyst);

async function change(id: string, wanted: AlertChange, by = analyst): Promise<string> {
  const { version } = (await t.engine.alerts.get({ id })).alert;
  return (await t.engine.alerts.change({ alerts: [{ id, base_version: version }], change: wanted }, by)).event_id;
}

describe("a shift", () => {
  test("counts what came in, and nothing that came before it", async () => {
    const now = await summary();
    expect(now.came_in.alerts).toBe(alerts.length);
    expect(now.came_in.by_class.sql_injection).toBe(alerts.length);
    expect(Object.values(now.came_in.by_severity).reduce((sum, n) => sum + n, 0)).toBe(alerts.length);
    expect(now.sources.reduce((sum, source) => sum + source.alerts, 0)).toBe(alerts.length);
    expect(now.timeline).toHaveLength(4);
    expect(now.timeline.reduce((sum, stretch) => sum + stretch.came_in, 0)).toBe(alerts.length);
    const later = await summary(Date.now() + 1000);
    expect(later.came_in.alerts).toBe(0);
  });

  test("counts what was closed and stayed so, why, by whom and how soon; what was taken back does not count", async () => {
    const ben = { ...analyst, actor: "ben" };
    const [a, b, c, d] = alerts.map(({ id }) => id);
    await change(a!, { status: "closed", reason: "false_positive" });
    await change(b!, { status: "closed", reason: "true_positive" }, ben);
    await change(c!, { status: "closed", reason: "duplicate" });
    const undone = await change(d!, { status: "closed", reason: "true_positive" });
    await t.engine.audit.undo({ id: undone }, analyst);
    const now = await summary();
    expect(now.closed).toMatchObject({
      alerts: 3,
      by_reason: { true_positive: 1, false_positive: 1, benign_true_positive: 0, duplicate: 1 },
    });
    expect(new Set(now.closed.by_actor.map(({ name, alerts: n }) => `${name} ${n}`))).toEqual(
      new Set(["analyst 2", "ben 1"]),
    );
    expect(now.reopened).toBe(0);
    expect(now.closed.triage_mean_ms).toBeGreaterThanOrEqual(0);
    expect(now.closed.triage_median_ms).toBeLessThan(hourMs);
    // A duplicate says nothing of the detection.
    expect(now.quality.reduce((sum, { closed }) => sum + closed, 0)).toBe(2);
    expect(now.quality.reduce((sum, { false_positives: n }) => sum + n, 0)).toBe(1);
    expect(now.timeline.reduce((sum, stretch) => sum + stretch.closed, 0)).toBe(3);
    expect(now.left.open).toBe(alerts.length - 3);
    expect((await t.engine.alerts.counts({ q: "is:open" }, analyst)).total).toBe(now.left.open);
  });

  test("counts as opened again what was closed before it", async () => {
    const from = Date.now() + 5;
    while (Date.now() <= from) await new Promise((soon) => setTimeout(soon, 2));
    await change(alerts[0]!.id, { status: "new" });
    const now = await summary(from);
    expect(now).toMatchObject({ reopened: 1, closed: { alerts: 0, triage_mean_ms: null } });
  });

  test("does not count what is put into a case as closed: its status stays as it was", async () => {
    const before = await summary();
    const closed = (await t.engine.alerts.list({ q: "is:closed", order: "newest", limit: 10 }, analyst)).items;
    expect(closed.length).toBeGreaterThan(0);
    const all = [
      ...closed,
      ...(await t.engine.alerts.list({ q: "is:new", order: "newest", limit: 10 }, analyst)).items,
    ];
    const inCase = all.map(({ id, version }) => ({ id, base_version: version }));
    const plain = { title: "Both", summary: "", severity: null, assignee: null, tags: [] };
    const from = Date.now() + 5;
    while (Date.now() <= from) await new Promise((soon) => setTimeout(soon, 2));
    await t.engine.cases.open({ ...plain, alerts: inCase }, { ...analyst, actor: "carla" });
    expect((await summary()).closed.by_actor).toEqual(before.closed.by_actor);
    expect((await summary(from)).closed.alerts).toBe(0);
    const [history] = (await t.engine.alerts.get({ id: closed[0]!.id })).history;
    expect(history!.change).toEqual({ case_id: expect.any(String) });
  });

  test("is refused where its end is not after its beginning, or it is longer than a month", async () => {
    const ask = (from: string, to: string) => t.engine.shift.summary({ from, to }, analyst);
    const at = instant(begin);
    await expect(ask(at, at)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    await expect(ask(instant(0), at)).rejects.toMatchObject({ code: "INPUT_TOO_LARGE" });
  });
});

test("a handover note is written, taken away and brought back, and is sealed in the log", async () => {
  const { id } = await t.engine.shift.writeNote({ text: "Jane Doe called; <b>look</b> at the shop" }, analyst);
  expect(await t.engine.shift.notes()).toMatchObject([
    { id, by: "analyst", text: expect.stringContaining("Jane Doe") },
  ]);
  const { event_id } = await t.engine.shift.removeNote({ id, base_version: 1 }, analyst);
  expect(await t.engine.shift.notes()).toEqual([]);
  await t.engine.audit.undo({ id: event_id }, analyst);
  expect(await t.engine.shift.notes()).toHaveLength(1);
  const { entries } = await t.engine.audit.log({ after: 0, limit: 500 });
  expect(JSON.stringify(entries)).not.toContain("Jane Doe");
  const late = t.engine.shift.removeNote({ id, base_version: 1 }, analyst);
  await expect(late).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(t.engine.shift.removeNote({ id: "none", base_version: 1 }, analyst)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});
