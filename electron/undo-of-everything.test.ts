import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SentinelError } from "../shared/errors.ts";
import { SampleSource } from "../shared/rule-record.ts";
import { systemClock } from "./engine/base/clock.ts";
import { createRandom } from "./engine/detect/anomaly/random.ts";
import { openReaderConnection } from "./engine/store/connection.ts";
import { openInlineStore } from "./engine/store/inline-store.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  finished,
  harOf,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./engine/test-engine.ts";
import { storeModules } from "./workers/modules.ts";

// What an analyst does in any room, in any order, and takes back; over a real engine with its threads.

const steps = 80 * Number(process.env.TORTURE ?? 1);
const seed = process.env.TORTURE === undefined ? 1 : Math.floor(Math.random() * 1e9);
const random = createRandom(seed);
const home = temporaryHome();
let t: TestEngine;

beforeAll(async () => {
  t = await openTestEngine({ home });
  const attacks = [
    "1' or 1=1--",
    "2' or 22=22--",
    "x' OR 7=7 -- -",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
  ];
  const entries = attacks.map((q, i) =>
    entryOf(`http://shop.example/search?q=${encodeURIComponent(q)}`, { at: i * 5000, cookie: `visit=${i}` }),
  );
  await analysed(t, harOf(entries), "attacks.har");
  await analysed(t, harOf([entryOf("http://shop.example/?q=green+tea")]), "ordinary.har");
}, 60_000);
afterAll(async () => {
  await t?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Others say of something that it was taken back: a rule's number is never given again, say. */
const standing: Readonly<Record<string, string>> = { memory_items: "kept = 1", waf_rules: "record IS NOT NULL" };

/** Every row of every table that follows from the log. */
function projected(where: Readonly<Record<string, string>> = {}): Record<string, unknown[]> {
  const db = openReaderConnection(join(home, "sentinel.db"));
  try {
    const tables = storeModules.flatMap(({ projections }) => projections.flatMap((one) => one.tables));
    return Object.fromEntries(
      [...new Set(tables)].map((table) => [
        table,
        db
          .prepare(`SELECT * FROM ${table} WHERE ${where[table] ?? "1"}`)
          .raw()
          .all()
          .map((row) => JSON.stringify(row))
          .sort(),
      ]),
    );
  } finally {
    db.close();
  }
}

function pick<T>(from: readonly T[]): T {
  const one = from[Math.floor(random.next() * from.length)];
  if (one === undefined) throw new SentinelError("NOT_FOUND", "There is nothing to choose from.");
  return one;
}
const some = <T>(from: readonly T[]): T[] => {
  const chosen = from.filter(() => random.next() < 0.5);
  return chosen.length > 0 ? chosen : [pick(from)];
};
const chance = () => random.next() < 0.5;
const later = () => new Date(Date.now() + 86_400_000).toISOString();

const alerts = async () => (await t.engine.alerts.list({ q: "", order: "newest", limit: 100 }, analyst)).items;
const at = (alert: { id: string; version: number }) => ({ id: alert.id, base_version: alert.version });
const cases = async () => (await t.engine.cases.list({ text: "", limit: 50 })).items;
const tasks = async () => (await t.engine.labels.next({ queue: "payloads", limit: 20 })).items;

const acts: Record<string, () => Promise<unknown>> = {
  async close() {
    const chosen = some(await alerts()).map(at);
    const reason = pick(["true_positive", "false_positive", "benign_true_positive", "duplicate"] as const);
    await t.engine.alerts.change({ alerts: chosen, change: { status: "closed", reason } }, analyst);
  },
  async reopen() {
    const change = { status: pick(["new", "in_progress"] as const) };
    await t.engine.alerts.change({ alerts: some(await alerts()).map(at), change }, analyst);
  },
  async assign() {
    const change = { assignee: pick(["ana", "ben", null]), add_tags: some(["seen", "odd"]) };
    await t.engine.alerts.change({ alerts: some(await alerts()).map(at), change }, analyst);
  },
  async snooze() {
    const change = { snoozed_until: chance() ? later() : null, severity: pick(["low", "critical", null] as const) };
    await t.engine.alerts.change({ alerts: [at(pick(await alerts()))], change }, analyst);
  },
  async note() {
    await t.engine.alerts.addNote({ id: pick(await alerts()).id, text: "seen" }, analyst);
  },
  async query() {
    const query = pick([
      { kind: "suppress", name: "known", q: "class:xss", until: later(), up_to: "critical" },
      { kind: "watch", name: "search", q: "path:/search" },
      { kind: "view", name: "mine", q: "assignee:me", order: "worst" },
    ] as const);
    await t.engine.alerts.saveQuery({ base_version: 0, query }, analyst);
  },
  async changeQuery() {
    const { id, version } = pick(await t.engine.alerts.queries());
    if (chance()) await t.engine.alerts.removeQuery({ id, base_version: version }, analyst);
    else {
      const query = { kind: "watch", name: "changed", q: "class:xss" } as const;
      await t.engine.alerts.saveQuery({ id, base_version: version, query }, analyst);
    }
  },
  async case() {
    const chosen = some(await alerts()).map(at);
    const asked = { title: "A case", summary: "", severity: null, assignee: null, tags: ["x"], alerts: chosen };
    await t.engine.cases.open(asked, analyst);
  },
  async changeCase() {
    const one = pick(await cases());
    const change = pick([
      { title: "Another title" },
      { status: "closed" },
      { status: "open" },
      { tags: ["y"] },
    ] as const);
    const asked = { id: one.id, base_version: one.version, change, despite_open_tasks: true };
    await t.engine.cases.change(asked, analyst);
  },
  async mergeCases() {
    await acts.case!();
    await acts.case!();
    const [into, other] = (await cases()).filter(({ status }) => status === "open");
    if (into === undefined || other === undefined) throw new SentinelError("NOT_FOUND", "One case is open.");
    await t.engine.cases.merge({ id: into.id, cases: [{ id: other.id, base_version: other.version }] }, analyst);
  },
  async caseItem() {
    const item = pick([
      { kind: "task", text: "Ask", done: false, assignee: null },
      { kind: "note", text: "**seen**" },
      { kind: "observable", type: "hash", value: "d41d8cd98f00b204", text: "" },
    ] as const);
    await t.engine.cases.saveItem({ id: pick(await cases()).id, base_version: 0, item }, analyst);
  },
  async removeCaseItem() {
    const { id } = pick(await cases());
    const item = pick((await t.engine.cases.get({ id }, analyst)).items);
    await t.engine.cases.removeItem({ id, item_id: item.id, base_version: item.version }, analyst);
  },
  async handover() {
    await t.engine.shift.writeNote({ text: "Look at the shop" }, analyst);
  },
  async pin() {
    const one = pick((await t.engine.evidence.list({ limit: 10 })).items);
    await t.engine.evidence.pin({ id: one.id, pinned: !one.pinned, base_version: one.version }, analyst);
  },
  async withdraw() {
    const one = pick(
      (await t.engine.evidence.list({ limit: 10 })).items.filter((each) => each.file_name !== "attacks.har"),
    );
    await t.engine.evidence.withdraw({ id: one.id, base_version: one.version }, analyst);
  },
  async settings() {
    await changeSettings(
      t,
      pick([{ tag_threshold: 0.4 + random.next() / 10 }, { simulate_threshold: 0.8 }, { session_gap_minutes: 20 }]),
    );
  },
  async label() {
    const one = pick(await tasks()) as { sample_id: string; verdict_id: string; finding: number };
    const { sample_id, verdict_id, finding } = one;
    const label = pick(["xss", "benign", "sql_injection"] as const);
    await t.engine.labels.set({ sample_id, verdict_id, finding, label, flagged: chance(), resolves: false }, analyst);
  },
  async sample() {
    const data = `<svg onload=x${Math.floor(random.next() * 1e6)}>`;
    await t.engine.labels.addSample({ sample_type: "payload", data, label: "xss" }, analyst);
  },
  async falsePositive() {
    const payload = `select all that apply ${Math.floor(random.next() * 1e6)}`;
    await t.engine.labels.addFalsePositive({ payload }, analyst);
  },
  async exclude() {
    const [from, to] = [new Date(Date.now() - 3_600_000).toISOString(), later()];
    await t.engine.labels.exclude({ labeller: "analyst", from, to }, analyst);
  },
  async rule() {
    const chosen = (await alerts()).filter((alert) => alert.class === "sql_injection");
    const change = { status: "closed", reason: "true_positive" } as const;
    await t.engine.alerts.change({ alerts: chosen.map(at), change }, analyst);
    const source = SampleSource.parse({ alerts: chosen.map(({ id }) => id) });
    const { groups } = await t.engine.rules.generate(source);
    const offer = pick(groups.flat());
    const samples = offer.samples.map(({ id }) => id);
    await t.engine.rules.create({ name: "One", definition: offer.definition, source, samples }, analyst);
  },
  async changeRule() {
    const { id } = pick((await t.engine.rules.list()).items);
    const rule = await t.engine.rules.get({ id });
    if (chance()) await t.engine.rules.remove({ id, base_version: rule.version }, analyst);
    else {
      const { version, definition } = rule;
      await t.engine.rules.edit({ id, base_version: version, name: "Edited", definition }, analyst);
    }
  },
  async override() {
    const subject = pick([{ route: "/api/a" }, { user_id: "ann@example.com" }]);
    const action = pick(["allow", "throttle", "freeze"] as const);
    await t.engine.telemetry.setOverride({ subject, action, reason: "", expires_at: pick([null, later()]) }, analyst);
  },
  async clearOverride() {
    const { id } = pick(await t.engine.telemetry.overrides());
    await t.engine.telemetry.clearOverride({ id }, analyst);
  },
  async remember() {
    const text = `The shop is patched ${Math.floor(random.next() * 1e6)}.`;
    await t.engine.memory.store({ text, source: { kind: "note" }, readers: "everyone" }, analyst);
  },
  async revoke() {
    const { id, version } = pick((await t.engine.memory.sources({ limit: 20, revoked: false })).items);
    await t.engine.memory.revoke({ id, base_version: version, reason: "wrong" }, analyst);
  },
};

/** @returns false: there is nothing that it could be done to, or it is done already */
async function attempted(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof SentinelError) return false;
    throw error;
  }
}

test("whatever is done in whatever room is row-identical once it is built again from the log, and once it is taken back", async () => {
  const before = projected(standing);
  // Each at least once, then at random; the seed finds a sequence again.
  for (const act of Object.values(acts)) {
    for (let attempt = 1; !(await attempted(act)); attempt++)
      expect(attempt, `${act.name}, seed ${seed}`).toBeLessThan(50);
  }
  for (let step = 0; step < steps; step++) await attempted(pick(Object.values(acts)));
  const after = projected();
  await t.close();
  const store = openInlineStore({ modules: storeModules, clock: systemClock, path: join(home, "sentinel.db") });
  await store.rebuild();
  await store.close();
  expect(projected(), `seed ${seed}`).toEqual(after);

  t = await openTestEngine({ home });
  for (;;) {
    const { undone, in_the_way, job_id } = await t.engine.audit.undoLast({}, analyst);
    // An action of several steps.
    if (job_id !== null) await finished(t, job_id);
    if (undone !== null) continue;
    expect(in_the_way?.kind).toBe("evidence.added");
    break;
  }
  expect(projected(standing), `seed ${seed}`).toEqual(before);
}, 120_000);
