import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SentinelError } from "../../shared/errors.ts";
import type { Input } from "../../shared/route.ts";
import type { putInWords } from "../../shared/wording.ts";
import type { WorkerModel } from "./agent/worker/worker.ts";
import { analyst, entryOf, never, openTestEngine, packageOf, type TestEngine } from "./test-engine.ts";

let t: TestEngine;
let prompts: string[] = [];
let answer: () => string;

beforeAll(async () => {
  const worker: WorkerModel = {
    async *answer({ prompt }) {
      prompts.push(prompt);
      yield answer();
    },
  };
  t = await openTestEngine({ assistant: { worker } });
});
afterAll(async () => {
  await t?.close();
});
beforeEach(() => {
  prompts = [];
  t.engine.telemetry.analyse({ latency: 90_000, input_length: 1, errors: 0, route: "/pay" });
});

const newest = () => t.engine.telemetry.state().recent[0]!;
const put = (about: Input<typeof putInWords>["about"]) => t.engine.wording.put({ about }, AbortSignal.timeout(10_000));

test("an alarm is put in the model's words, spotlighted, and they stay beside it as words alone", async () => {
  answer = () => " The route /pay took 90 seconds. ";
  const before = newest();
  expect(await put({ alarm_id: before.id })).toEqual({ words: "The route /pay took 90 seconds.", reason: null });
  expect(prompts[0]).toMatch(/<data from="text">"Telemetry of the route \/pay is answered .*90,000 ms/);
  expect(newest()).toEqual({ ...before, words: "The route /pay took 90 seconds." });
  await expect(put({ alarm_id: "gone" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a session's narrative is put in words, which its verdict never holds", async () => {
  answer = () => "MODEL: somebody tried an injection.";
  const url = `https://shop.example/search?q=${encodeURIComponent("1' UNION SELECT name, password FROM users -- ")}`;
  const evidence = packageOf({ har: { log: { version: "1.2", entries: [entryOf(url)] } } });
  const { verdict } = await t.engine.analyze({ evidence }, analyst, never);
  const id = verdict.verdict_id;
  const before = await t.engine.verdicts.get({ id });
  expect(await put({ verdict_id: id })).toEqual({ words: "MODEL: somebody tried an injection.", reason: null });
  expect(prompts[0]).toContain("carries SQL injection (attack probability over 99%)");
  expect(await t.engine.verdicts.get({ id })).toEqual(before);
  expect(JSON.stringify(await t.engine.audit.log({ after: 0, limit: 100 }))).not.toContain("MODEL");
});

test("words that do not pass the scan are held back", async () => {
  answer = () => "```python\nimport os\nname = input()\nos.system('ls ' + name)\n```";
  expect(await put({ alarm_id: newest().id })).toMatchObject({
    words: null,
    reason: expect.stringContaining("held back by the scan"),
  });
  expect(newest().words).toBeNull();
});

test("with the model's runtime down what was said by rule stands, and the refusal says why", async () => {
  answer = () => {
    throw new SentinelError("UNAVAILABLE", "Ollama cannot be reached, or broke off.");
  };
  await expect(put({ alarm_id: newest().id })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(newest()).toMatchObject({ words: null, reason: expect.stringContaining("90,000 ms") });
});
