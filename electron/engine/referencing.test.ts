import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRows } from "./learn/fixture-rows.ts";
import {
  analysed,
  analyst,
  bytesOf,
  changeSettings,
  finished,
  openTestEngine,
  type TestEngine,
  temporaryHome,
} from "./test-engine.ts";

const home = temporaryHome();
let t: TestEngine;
let ahead = 0;
const clock = { now: () => Date.now() + ahead };

beforeAll(async () => {
  t = await openTestEngine({ home, clock });
  await changeSettings(t, { behaviour_refit: "off" });
}, 60_000);
afterAll(async () => {
  await t?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Visitors of three pages each, each from an address of its own. */
function visitors(from: number, to: number, query: (i: number) => string): string {
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    for (let k = 0; k < 3; k++) {
      const time = `08:${String(i % 60).padStart(2, "0")}:${String(10 + k * 9)}`;
      lines.push(
        `81.2.${i >> 8}.${i & 255} - - [05/Jan/2026:${time} +0000] "GET /search?q=${query(i + k)} HTTP/1.1" 200 ${900 + (i % 40)} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
const words = (i: number) => `word${i % 97}`;

const jobs = async () => (await t.engine.jobs.list()).filter(({ kind }) => kind === "payload-reference");
async function look() {
  ahead += 60_000;
  return await t.engine.drift.get({ window: "week" });
}

test("after a promotion, what comes in is held against what the promoted model said of the sessions before", async () => {
  const { engine } = t;
  await analysed(t, visitors(0, 160, words), "before.log");
  const lines = generateRows("reference", 240).map((row) => JSON.stringify(row));
  const options = { file_name: "rows.jsonl", seed: "s", start: "scratch" } as const;
  const trained = await finished(
    t,
    (await engine.models.trainRows(bytesOf(lines.join("\n")), options, analyst)).job_id,
  );
  const id = (trained.result as { model_id: string }).model_id;
  const entry = (await engine.models.list()).models.find(({ metadata }) => metadata.id === id)!;
  if (!entry.may_decide) {
    await engine.models.override({ id, reason: "for a test", base_version: entry.version }, analyst);
  }
  expect(await jobs()).toEqual([]);
  await engine.models.setAlias({ id, alias: "champion", on: true }, analyst);
  await expect.poll(async () => (await jobs()).length, { timeout: 30_000 }).toBe(1);
  const job = await finished(t, (await jobs())[0]!.id);
  expect(job).toMatchObject({ state: "done", result: { model_id: id, sessions: 160, is_kept: true } });

  await analysed(t, visitors(200, 360, words), "after.log");
  const same = await look();
  expect(same.payload).toMatchObject({ hash: id, reference: { sessions: 160 }, sessions: 160 });
  expect(same.payload.reference!.source).toContain("ordinary sessions of this machine");
  const scores = same.items.filter(({ subject }) => subject === "payload_score");
  expect(scores.map(({ is_expected }) => is_expected)).not.toContain(true);
  expect(scores.filter(({ level }) => level === "drifted")).toEqual([]);

  // Other values are news, of the model's own.
  await analysed(
    t,
    visitors(400, 720, (i) => `${"%41".repeat(20)}${i}`),
    "other.log",
  );
  const other = await look();
  const drifted = other.items.filter(({ subject, level }) => subject === "payload_score" && level === "drifted");
  expect(drifted.map(({ name }) => name)).toContain("mean_payload_length");

  // It is described once: neither a restart nor another change of models describes it again.
  await t.close();
  t = await openTestEngine({ home, clock });
  expect((await look()).payload.reference).toMatchObject({ sessions: 160 });
  await changeSettings(t, { payload_model: "built-in" });
  await changeSettings(t, { payload_model: `model:${id}` });
  expect(await jobs()).toHaveLength(1);
}, 240_000);
