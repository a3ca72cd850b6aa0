import { afterAll, beforeAll, expect, test } from "vitest";
import { analysed, entryOf, harOf, openTestEngine, type TestEngine, verdictsOf } from "./test-engine.ts";

let opened: TestEngine;
beforeAll(async () => {
  opened = await openTestEngine();
}, 60_000);
afterAll(() => opened.close());

const shop = "https://shop.example";

test("a benign request tells what each of its values was judged to be, and what would have had it tagged", async () => {
  const har = harOf([
    entryOf(`${shop}/search?q=O'Brien and sons&page=2`),
    entryOf(`${shop}/login`, { form: "user=ada&password=correct-horse-9" }),
  ]);
  const { evidence } = await analysed(opened, har, "benign.har");
  const [verdict] = await verdictsOf(opened, evidence.id);
  const first = await opened.engine.verdicts.judgement({ id: verdict!.id, request: 0 });
  const name = first.values.find(({ text }) => text.includes("Brien"));
  expect(name).toMatchObject({ place: "query", name: "q", prediction: { class: "benign" } });
  expect(name!.runner_up.class).not.toBe("benign");
  expect(name!.attack).toBeLessThan(first.finding_threshold);
  expect(first.values.map(({ attack }) => attack)).toEqual(
    first.values.map(({ attack }) => attack).toSorted((a, b) => b - a),
  );
  expect(first.total).toBe(first.values.length);
  expect(verdict!.verdict).toBe("benign");
  const needed = first.to_tag!;
  expect(0.6 * needed.payload_score! + 0.4 * verdict!.behavioral_score).toBeGreaterThanOrEqual(0.5);
  expect(needed.behavioral_score).toBeNull();

  const second = await opened.engine.verdicts.judgement({ id: verdict!.id, request: 1 });
  expect(JSON.stringify(second)).not.toContain("correct-horse");
  expect(second.values.find((value) => value.name === "password")).toMatchObject({ parts: null });
});

test("a flagged request names the parts that spoke for it, and needs nothing to be tagged", async () => {
  const har = harOf([entryOf(`${shop}/item?id=${encodeURIComponent("1' UNION SELECT name, hash FROM users-- ")}`)]);
  const { evidence } = await analysed(opened, har, "attack.har");
  const [verdict] = await verdictsOf(opened, evidence.id);
  const judged = await opened.engine.verdicts.judgement({ id: verdict!.id, request: 0 });
  expect(judged.to_tag).toBeNull();
  expect(judged.values[0]).toMatchObject({ name: "id", prediction: { class: "sql_injection" } });
  expect(judged.values[0]!.parts!.length).toBeGreaterThan(0);
  const stored = (await opened.engine.verdicts.get({ id: verdict!.id })).findings[0]!;
  expect(judged.values[0]!.span).toEqual(stored.span);
  expect(judged.values[0]!.prediction.probabilities).toEqual(stored.prediction.probabilities);
  await expect(opened.engine.verdicts.judgement({ id: verdict!.id, request: 7 })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});
