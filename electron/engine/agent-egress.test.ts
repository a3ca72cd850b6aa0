import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { call, llm } from "./agent/flow/fixture-run.ts";
import type { PlannerCall, PlannerModel } from "./agent/planner/planner.ts";
import { sha256 } from "./base/ids.ts";
import { analyst, holding, openTestEngine, type TestEngine } from "./test-engine.ts";

const origin = "https://planner.example";
let folder: string;
let opened: TestEngine | undefined;
let sent: PlannerCall[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sentinel-egress-"));
  writeFileSync(join(folder, "mail.yaml"), "version: 1\ntools:\n  mail/send: { effect: external }\n");
  sent = [];
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  rmSync(folder, { recursive: true });
});

async function open(planner: Partial<PlannerModel> = {}, plan: unknown = { summary: "", steps: [llm("a")] }) {
  opened = await openTestEngine({
    assistant: {
      planner: {
        async submit(asked) {
          sent.push(asked);
          return { plan, inputTokens: 11, outputTokens: 7 };
        },
        ...planner,
      },
      worker: {
        async *answer() {
          yield "An answer.";
        },
      },
      servers: {
        names: () => ["mail"],
        status: () => [],
        list: async () => [{ name: "mail/send", description: "send", input: { type: "object" } }],
        call: async () => "sent",
        close: async () => {},
      },
      destinations: [{ purpose: "planner", origin, addresses: null }],
    },
    environment: { SENTINEL_POLICIES: folder, SENTINEL_TRUST_LEVEL: "1" },
  });
  return opened.engine.assistant;
}

test("what goes to the planner is written down first, exactly, sealed, with what it cost", async () => {
  const before: number[] = [];
  const assistant = await open({
    write: (asked) => `EXACT ${asked.messages.length}`,
    async submit() {
      before.push((await assistant.egress({ limit: 10 })).items.length);
      return { plan: { summary: "", steps: [llm("a")] }, inputTokens: 11, outputTokens: 7 };
    },
  });
  const { task_id } = await assistant.ask({ request: "Sum up the week of OTTERWISE" }, analyst);
  expect(before).toEqual([1]);
  const { items, destinations } = await assistant.egress({ limit: 10 });
  expect(destinations).toEqual([{ purpose: "planner", origin, is_private: false }]);
  expect(items).toMatchObject([
    {
      task_id,
      purpose: "planner",
      to: origin,
      outcome: "answered",
      input_tokens: 11,
      output_tokens: 7,
      characters: 7,
      sha256: sha256("EXACT 1"),
    },
  ]);
  expect(await assistant.egressText({ id: items[0]!.id })).toMatchObject({ text: "EXACT 1" });
  expect(holding(opened!.home, ["EXACT 1", "OTTERWISE"])).toEqual([]);
});

test("what fails was sent all the same", async () => {
  const assistant = await open({ submit: () => Promise.reject(new Error("broken")) });
  await assistant.ask({ request: "Sum up" }, analyst);
  expect((await assistant.egress({ limit: 10 })).items).toMatchObject([{ outcome: "failed", input_tokens: null }]);
});

test("what a tool of another program is given counts, too; Sentinel's own do not leave", async () => {
  const steps = [call("now", "clock.now"), call("w", "mail/send", { to: "ann" })];
  const assistant = await open({}, { summary: "", steps });
  const { task_id } = await assistant.ask({ request: "Mail ann" }, analyst);
  const { items } = await assistant.egress({ limit: 10, task_id });
  expect(items.map(({ purpose, to }) => [purpose, to])).toEqual([
    ["mcp", "mail/send"],
    ["planner", origin],
  ]);
  expect(await assistant.egressText({ id: items[0]!.id })).toMatchObject({ text: '{"to":"ann"}' });
});

test("no credential that is typed leaves, neither in a turn nor in the preview", async () => {
  const assistant = await open();
  const key = `AKIA${"IOSFODNN7QWERTYZ"}`;
  const preview = await assistant.preview({ request: `Look for ${key} in the alerts` });
  expect(JSON.stringify(preview)).not.toContain(key);
  expect(preview.messages.at(-1)!.text).toBe("Look for [redacted] in the alerts");
  await assistant.ask({ request: `Look for ${key} in the alerts` }, analyst);
  expect(JSON.stringify(sent)).not.toContain(key);
});

test("nothing of that id has left", async () => {
  const assistant = await open();
  await expect(assistant.egressText({ id: "none" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
