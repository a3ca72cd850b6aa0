import { afterAll, beforeAll, expect, test } from "vitest";
import { getSessionRequest } from "../../shared/verdict.ts";
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

test.each([
  "/.well-known/acme-challenge/x7Yk2",
  "/.well-known/security.txt",
  "/.netlify/functions/hello",
  "/.auth/me",
  "/.json?print=pretty",
  "/assets/.vite/manifest.json",
  "/.storybook/main.js",
])("a hidden name that honest sites have is left alone: %s", async (target) => {
  const har = harOf([entryOf(`${shop}/`), entryOf(`${shop}${target}`, { at: 1 })]);
  const { evidence } = await analysed(opened, har, `${target.length}.har`);
  expect(await verdictsOf(opened, evidence.id)).toMatchObject([{ verdict: "benign" }]);
});

test.each(["/.env", "/app/.env.production", "/.htpasswd", "/.ssh/id_rsa", "/.bash_history"])(
  "a hidden name that nobody honest asks for is a path's attack: %s",
  async (target) => {
    const har = harOf([entryOf(`${shop}${target}`)]);
    const { evidence } = await analysed(opened, har, "hidden.har");
    const [verdict] = await verdictsOf(opened, evidence.id);
    const { values } = await opened.engine.verdicts.judgement({ id: verdict!.id, request: 0 });
    expect(values[0]!.prediction.class).toBe("path_traversal");
  },
);

test("a flagged request names the parts that spoke for it, and needs nothing to be tagged", async () => {
  const har = harOf([entryOf(`${shop}/item?id=${encodeURIComponent("1' UNION SELECT name, hash FROM users-- ")}`)]);
  const { evidence } = await analysed(opened, har, "attack.har");
  const [verdict] = await verdictsOf(opened, evidence.id);
  const judged = await opened.engine.verdicts.judgement({ id: verdict!.id, request: 0 });
  expect(judged.to_tag).toBeNull();
  expect(verdict).not.toHaveProperty("left_out");
  expect(judged.values[0]).toMatchObject({ name: "id", prediction: { class: "sql_injection" } });
  expect(judged.values[0]!.parts!.length).toBeGreaterThan(0);
  const stored = (await opened.engine.verdicts.get({ id: verdict!.id })).findings[0]!;
  expect(judged.values[0]!.span).toEqual(stored.span);
  expect(judged.values[0]!.prediction.probabilities).toEqual(stored.prediction.probabilities);
  await expect(opened.engine.verdicts.judgement({ id: verdict!.id, request: 7 })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test("what a request's detail shows agrees with its class in the list, also of payloads that the verdict has no room for", async () => {
  const attack = (n: number) => `${shop}/item?id=${encodeURIComponent(`${n}' UNION SELECT name, hash FROM users-- `)}`;
  const urls = [...Array.from({ length: 60 }, (_, n) => attack(n)), attack(0), `${shop}/item?id=7`];
  const crowd = Array.from({ length: 2100 }, (_, n) => `f${n}=${n}`).join("&");
  const entries = [...urls.map((url, at) => entryOf(url, { at })), entryOf(`${shop}/form`, { at: 70, form: crowd })];
  const { evidence } = await analysed(opened, harOf(entries), "flood.har");
  const { id, left_out } = (await verdictsOf(opened, evidence.id))[0]!;
  expect(left_out).toBe(true);
  const { findings, extent } = await opened.engine.verdicts.get({ id });
  expect(findings).toHaveLength(50);
  const { items } = await opened.engine.verdicts.requests({ id, limit: 500, offset: 0 });
  const payloads_found = items[62]!.worst === null ? 60 : 61;
  expect(extent).toMatchObject({ payloads_found, requests_crowded: 1, bodies_cut: 0, bytes_missing: 0 });
  const kept = new Set(
    findings.flatMap(({ request, repeats = [] }) => [request, ...repeats.map((each) => each.request)]),
  );
  const dropped = urls.findIndex((_, n) => n < 60 && !kept.has(n));
  for (const request of [findings[0]!.request, 0, 60, dropped, 61]) {
    const told = items.find((item) => item.request === request)!.worst?.class ?? null;
    const detail = await opened.engine.verdicts.request({ id, request });
    expect(getSessionRequest.output.parse(detail)).toEqual(detail);
    expect(detail.findings[0]?.prediction.class ?? null).toBe(told);
    expect(detail.segments.some(({ kind }) => kind === "payload")).toBe(told !== null);
    expect(detail.findings_from).toBe(told === null || kept.has(request) ? "verdict" : "model");
    const { payloads } = await opened.engine.verdicts.highlights({ id, request });
    expect(payloads).toHaveLength(told === null ? 0 : 1);
  }
});
