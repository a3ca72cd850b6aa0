import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Canary } from "../../shared/canary.ts";
import type { Principal } from "./base/principals.ts";
import { generateRows } from "./learn/fixture-rows.ts";
import type { DatasetRow } from "./learn/sample.ts";
import {
  analysed,
  analyst,
  bytesOf,
  finished,
  openTestEngine,
  type TestEngine,
  temporaryHome,
  verdictsOf,
} from "./test-engine.ts";

const patience = 240_000;
const falsePositive = "order 7 OR 8=three";
const rows = generateRows("canary", 600);
const reported = Array.from(
  { length: 12 },
  (_, i): DatasetRow => ({
    ...rows[0]!,
    text: `order ${i + 1} OR ${i + 2}=three`,
    label: "benign",
    place: "form",
    split: "train",
    group: `order ${i}`,
    isFalsePositive: true,
  }),
);

let home: string;
let opened: TestEngine;
beforeEach(async () => {
  home = temporaryHome();
  opened = await openTestEngine({ home });
});
afterEach(async () => {
  await opened.close();
  rmSync(home, { recursive: true, force: true });
});

/** Trains a model that may decide. @returns its id */
async function trained(given: readonly DatasetRow[], start: "champion" | "scratch" = "champion"): Promise<string> {
  const { engine } = opened;
  const lines = given.map(({ text, label, place, split, group, isFalsePositive }) =>
    JSON.stringify({ text, label, place, split, group, is_false_positive: isFalsePositive }),
  );
  const options = { file_name: "rows.jsonl", seed: "s", start } as const;
  const { job_id } = await engine.models.trainRows(bytesOf(lines.join("\n")), options, analyst);
  const job = await finished(opened, job_id);
  expect(job.error).toBeNull();
  const id = (job.result as { model_id: string }).model_id;
  const entry = (await engine.models.list()).models.find(({ metadata }) => metadata.id === id)!;
  if (!entry.may_decide)
    await engine.models.override({ id, reason: "few test rows", base_version: entry.version }, analyst);
  return id;
}

let brought = 0;
/** Brings sessions of one request each. */
async function bringSessions(count: number): Promise<string> {
  const file = ++brought;
  const lines = Array.from({ length: count }, (_, i) => {
    const client = `10.${file}.${i >> 8}.${i & 255}`;
    return `${client} - - [05/Jan/2026:08:00:00 +0000] "GET /page/${i % 50}?q=word${i % 97} HTTP/1.1" 200 12 "-" "Mozilla/5.0"`;
  });
  return (await analysed(opened, lines.join("\n"), `day-${file}.log`)).evidence.id;
}

async function until(condition: (canary: Canary) => boolean): Promise<Canary> {
  for (let i = 0; i < 400; i++) {
    const canary = await opened.engine.canary.get();
    if (condition(canary)) return canary;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It did not happen: ${JSON.stringify(await opened.engine.canary.get())}`);
}

test(
  "a model goes from the shadow to all sessions by itself, step by step, and one click goes back",
  async () => {
    const { engine } = opened;
    const champion = (await engine.canary.get()).champion;
    const model_id = await trained([...rows, ...reported]);

    // Only the first step is accepted, and then only the next, once enough was seen.
    await expect(engine.canary.promote({ model_id, canary_percent: 10 }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
      details: { allowed_step: 0 },
    });
    expect(await engine.canary.promote({ model_id, canary_percent: 0 }, analyst)).toMatchObject({
      percent: 0,
      sessions: 0,
    });
    expect(engine.modelServerHealth().canary).toEqual({ challenger: model_id, percent: 0 });
    await expect(engine.canary.promote({ model_id, canary_percent: 100 }, analyst)).rejects.toMatchObject({
      details: { allowed_step: 1 },
    });
    await expect(engine.canary.promote({ model_id, canary_percent: 1 }, analyst)).rejects.toMatchObject({
      code: "CONFLICT",
    });

    const shadowed = await bringSessions(1500);
    await until(({ percent }) => percent === 1);
    // A shadow's word never counts.
    expect(new Set((await modelsOf(shadowed)).keys())).toEqual(new Set([champion]));
    await bringSessions(1500);
    await until(({ percent }) => percent === 10);
    expect(engine.modelServerHealth().canary).toEqual({ challenger: model_id, percent: 10 });
    const tenth = await bringSessions(1500);
    await until(({ percent }) => percent === null);
    const decidedBy = await modelsOf(tenth);
    expect(decidedBy.get(model_id)).toBeGreaterThan(0.05 * 1500);
    expect(decidedBy.get(model_id)).toBeLessThan(0.15 * 1500);
    expect(decidedBy.get(champion)).toBe(1500 - decidedBy.get(model_id)!);

    expect((await engine.canary.get()).champion).toBe(model_id);
    expect(engine.modelServerHealth()).toMatchObject({
      model: { hash: model_id },
      canary: { challenger: null, percent: 0 },
    });
    expect(await engine.predictPayload({ payload: falsePositive })).toMatchObject({ class: "benign" });
    expect((await engine.canary.get()).history.map((move) => [move.percent, move.model_id, move.because])).toEqual([
      [100, model_id, "passed"],
      [10, model_id, "passed"],
      [1, model_id, "passed"],
      [0, model_id, "asked"],
    ]);
    // Whoever triages may take a model out, also one that decides; and may not choose another one.
    const ana: Principal = { actor: "ana", role: "analyst", caller: "ui" };
    const { version } = await engine.settings.get();
    const choice = { changes: { payload_model: "built-in" }, base_version: version };
    await expect(engine.settings.change(choice, ana)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await engine.canary.rollBack(ana);
    const back = await engine.canary.get();
    expect(back.champion).toBe(champion);
    expect(back.history[0]).toMatchObject({ percent: null, model_id: null, because: "asked", actor: "ana" });
    expect(await engine.predictPayload({ payload: falsePositive })).toMatchObject({ class: "sql_injection" });
    await expect(engine.canary.rollBack(analyst)).rejects.toMatchObject({ code: "CONFLICT" });
  },
  patience,
);

test(
  "one that decides otherwise is taken out by itself, also when the engine was restarted meanwhile",
  async () => {
    const wrong = rows.map((row): DatasetRow => ({ ...row, label: row.label === "benign" ? "xss" : "benign" }));
    const model_id = await trained(wrong, "scratch");
    await opened.engine.canary.promote({ model_id, canary_percent: 0 }, analyst);
    await bringSessions(3);
    const before = await until(({ sessions }) => sessions === 3);
    await opened.close();
    opened = await openTestEngine({ home });
    expect(await opened.engine.canary.get()).toMatchObject({
      model_id,
      percent: 0,
      sessions: 3,
      measures: before.measures,
    });
    await bringSessions(400);
    const { history, champion } = await until(({ percent }) => percent === null);
    expect(history[0]).toMatchObject({ percent: null, model_id, because: "failed", actor: "engine" });
    expect(champion).not.toBe(model_id);
    await expect(opened.engine.canary.promote({ model_id, canary_percent: 1 }, analyst)).rejects.toMatchObject({
      details: { allowed_step: 0 },
    });
  },
  patience,
);

test(
  "the last step of a comparison is approved in the queue, in one transaction with what decides, and taken back by undo",
  async () => {
    const { engine } = opened;
    const { champion } = await engine.canary.get();
    const model_id = await trained([...rows, ...reported]);
    await engine.canary.promote({ model_id, canary_percent: 0, share: 1 }, analyst);
    await bringSessions(1500);
    await until(({ percent }) => percent === 1);
    await bringSessions(1500);
    const { approval } = await until((canary) => canary.approval !== null);
    const { items } = await engine.approvals.list({ decided: "0", limit: 10 as never }, analyst);
    expect(items).toMatchObject([{ id: approval!.id, kind: "promotion", subject: model_id, risk: "high" }]);
    const word = { id: approval!.id, granted: true, shown_hash: items[0]!.shown_hash, reason: "" };
    expect(await engine.approvals.decide(word, analyst)).toMatchObject({ state: "used" });
    expect(await engine.canary.get()).toMatchObject({ champion: model_id, model_id: null });
    const { entries } = await engine.audit.log({ after: 0, limit: 500 });
    const kinds = entries.map(({ kind }) => kind);
    const promoted = kinds.lastIndexOf("settings.changed");
    expect(kinds.slice(promoted, promoted + 4)).toEqual([
      "settings.changed",
      "approval.granted",
      "approval.used",
      "canary.moved",
    ]);
    // What follows stands among what else goes on, such as a behaviour model that is fitted meanwhile.
    expect(kinds.slice(promoted + 4)).toContain("payload_model_alias.set");
    await engine.audit.undoLast({}, analyst);
    expect(await engine.canary.get()).toMatchObject({ champion, model_id, percent: 1, mode: "by_hand" });
    // What decides went back with it: the undo key reaches what was done before, and not the half of the promotion that is over.
    const { undone } = await engine.audit.undoLast({}, analyst);
    expect(undone).not.toMatchObject({ kind: "settings.changed" });
  },
  patience,
);

/** How many sessions of a piece of evidence each model decided. */
async function modelsOf(evidenceId: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { id } of await verdictsOf(opened, evidenceId)) {
    const { decisions } = await opened.engine.verdicts.decisions({ id });
    const { model_hash } = decisions[0]!;
    counts.set(model_hash, (counts.get(model_hash) ?? 0) + 1);
  }
  return counts;
}
