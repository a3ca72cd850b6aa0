import { afterEach, expect, test } from "vitest";
import type { RuleDefinition } from "../../shared/rule.ts";
import { createRuleWorker, type RuleWorker } from "./rule-worker.ts";

const entry = new URL("../workers/rules.ts", import.meta.url);
const definition: RuleDefinition = {
  class: "sql_injection",
  family: null,
  match: { kind: "string", text: "union select" },
  scope: { method: null, path: null, place: null, parameter: null },
  action: "block",
  expires_at: null,
};
const exclusion = { path: null, place: null, parameter: null, shape: "[a-z ]+", expires_at: null };
let worker: RuleWorker;
afterEach(() => worker.close());

test("what takes too long is ended in words, and another worker answers", async () => {
  worker = createRuleWorker(entry, 1);
  const attacks = Array.from({ length: 20_000 }, (_, i) => ({
    text: `${i} union select ${"x ".repeat(500)}`,
    place: null,
  }));
  const task = { what: "spare", definition, exclusion, attacks } as const;
  await expect(worker.ask(task)).rejects.toMatchObject({ code: "BUSY", message: expect.stringMatching(/took longer/) });
  await worker.close();
  worker = createRuleWorker(entry);
  expect(await worker.ask({ ...task, attacks: [{ text: "a union select b", place: null }] })).toEqual({ spared: 1 });
});

test("a pattern that cannot be used is told of by its field", async () => {
  worker = createRuleWorker(entry);
  const wrong = { ...definition, match: { kind: "regex", pattern: "(" } as const };
  await expect(worker.ask({ what: "spare", definition: wrong, exclusion, attacks: [] })).rejects.toMatchObject({
    code: "INPUT_INVALID",
  });
});
