import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topics } from "../shared/fleet.ts";
import { SampleSource } from "../shared/rule-record.ts";
import type { OutgoingMessage } from "./engine/fleet/message-bus.ts";
import {
  analysed,
  analyst,
  changeSettings,
  entryOf,
  harOf,
  openTestEngine,
  shippedResources,
  type TestEngine,
} from "./engine/test-engine.ts";

// What an engine of a fleet tells other programs is what its published schemas say.

const sent: OutgoingMessage[] = [];
/** What stands in the evidence, and is nobody's to read who reads messages. */
const secrets = {
  cookie: "c00kie-5b1a77d0e3f94c21",
  bearer: "Bearer b3arer-8f1e2d3c4b5a6978",
  password: "hunter2-and-more",
  key: "AKIAIOSFODNN7EXAMPLE",
};
let t: TestEngine;

beforeAll(async () => {
  const bus = {
    prepare: async () => {},
    send: async (messages: readonly OutgoingMessage[]) => void sent.push(...messages),
    subscribe: () => ({ problem: () => null, lag: async () => 0, close: async () => {} }),
    close: async () => {},
  };
  t = await openTestEngine({ fleet: { bus, objects: null, keys: [] } });
  await changeSettings(t, { simulate_automatically: "off" });
  const attacks = ["1' union select name from users-- ", "2' or 22=22-- ", "<script>alert(1)</script>"];
  const entries = attacks.map((q, i) =>
    entryOf(`http://shop.example/search?q=${encodeURIComponent(q)}`, { at: i, cookie: `visit=${i}` }),
  );
  const login = entryOf(`http://shop.example/login?next=/&api_key=${secrets.key}&q=1%27%20or%201=1--`, {
    at: 10_000,
    cookie: `sid=${secrets.cookie}`,
    headers: [["Authorization", secrets.bearer]],
    form: `user=ann&password=${secrets.password}`,
  });
  await analysed(t, harOf([...entries, login]), "attacks.har");
}, 120_000);
afterAll(() => t?.close());

/** Messages of a topic, in order, each of which its schema takes. */
function told(topic: string, schema: string): Record<string, unknown>[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const check = ajv.compile(JSON.parse(readFileSync(join(shippedResources, "schemas", `${schema}.json`), "utf8")));
  return sent
    .filter((message) => message.topic === topic)
    .map(({ value }) => {
      const body = JSON.parse(String(value));
      expect(check(body) || check.errors).toBe(true);
      return body;
    });
}

test("a verdict of each session, and then that the evidence is ready", async () => {
  await expect.poll(() => sent.filter(({ topic }) => topic === topics.evidenceReady).length).toBe(1);
  const [ready] = told(topics.evidenceReady, "message-evidence-ready");
  const verdicts = told(topics.verdict, "message-sentinel-verdict");
  expect(verdicts).toHaveLength(Number(ready!.sessions));
  expect(sent.findLastIndex(({ topic }) => topic === topics.verdict)).toBeLessThan(
    sent.findIndex(({ topic }) => topic === topics.evidenceReady),
  );
});

test.each(Object.entries(secrets))("no %s of the evidence is in any message", (_what, secret) => {
  const text = sent.map(({ key, value }) => `${key} ${value}`).join("\n");
  expect(text).toContain("/login");
  expect(text).not.toContain(secret);
  expect(text).not.toContain(encodeURIComponent(secret));
});

test("a rule, with its version, stage and definition", async () => {
  const { engine } = t;
  const { items } = await engine.alerts.list({ q: "", order: "newest", limit: 10 }, analyst);
  const alerts = items.map(({ id, version }) => ({ id, base_version: version }));
  await engine.alerts.change({ alerts, change: { status: "closed", reason: "true_positive" } }, analyst);
  const source = SampleSource.parse({ alerts: items.map(({ id }) => id) });
  const { definition, name, samples } = (await engine.rules.generate(source)).groups[0]![0]!;
  const made = { name, definition, source, samples: samples.map(({ id }) => id) };
  const { id } = await engine.rules.create(made, analyst);
  await expect.poll(() => told(topics.rule, "message-rule-generated")).not.toEqual([]);
  const [first] = told(topics.rule, "message-rule-generated");
  expect(first).toMatchObject({ rule_id: id, version: 1, name, definition, stage: "proposed", confidence: null });
  expect(sent.find(({ topic }) => topic === topics.rule)?.key).toBe(id);
});
