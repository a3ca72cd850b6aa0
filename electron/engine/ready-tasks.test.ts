import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TaskSubject, templateNames } from "../../shared/agent-template.ts";
import { SentinelError } from "../../shared/errors.ts";
import { readyTasks } from "./agent/templates/ready-tasks.ts";
import { analysed, analyst, openTestEngine, shippedResources, type TestEngine, verdictsOf } from "./test-engine.ts";

let t: TestEngine;
let prompts: string[] = [];
/** What the local model answers; an error: it cannot be had. */
let answer: string | Error = "A text of the model.";
const subjects = new Map<string, TaskSubject>();

beforeAll(async () => {
  t = await openTestEngine({
    environment: { SENTINEL_TRUST_LEVEL: "1" },
    assistant: {
      worker: {
        async *answer({ prompt }) {
          prompts.push(prompt);
          if (answer instanceof Error) throw answer;
          yield answer;
        },
      },
    },
  });
  await analysed(t, { path: join(shippedResources, "samples", "attack-sql-injection.har") });
  const { items } = await t.engine.alerts.list({ q: "", order: "worst", limit: 100 }, analyst);
  const worst = items[0]!;
  const all = items.map(({ id, version }) => ({ id, base_version: version }));
  await t.engine.alerts.change({ alerts: all, change: { status: "closed", reason: "true_positive" } }, analyst);
  const at = [{ id: worst.id, base_version: worst.version + 1 }];
  const plain = { summary: "Somebody tried the login.", severity: null, assignee: null, tags: ["login"] };
  const past = await t.engine.cases.open({ ...plain, title: "Odd login attempts of May", alerts: [] }, analyst);
  const ending = { change: { status: "closed", outcome: "true_positive" }, despite_open_tasks: false } as const;
  await t.engine.cases.change({ id: past.id, base_version: 1, ...ending }, analyst);
  const { id } = await t.engine.cases.open({ ...plain, title: "Odd login attempts", alerts: at }, analyst);
  subjects.set("alert", { kind: "alert", id: worst.id });
  subjects.set("case", { kind: "case", id });
  subjects.set("session", { kind: "session", id: worst.verdict_id });
  const now = Date.now();
  const instant = (ms: number) => new Date(ms).toISOString();
  subjects.set("shift", { kind: "shift", from: instant(now - 86_400_000), to: instant(now) });
}, 240_000);
afterAll(() => t?.close());

const pairs = readyTasks.flatMap(({ name, subjects: kinds }) => kinds.map((kind) => ({ name, kind })));

/** What has to stand in the text by rule. */
const signs: Record<string, RegExp> = {
  alert: /sql injection/,
  case: /Odd login attempts/,
  session: /confidence/,
  shift: /Came in/,
  draft_mail: /^Subject: Security notice/,
  draft_rule: /can be made of it/,
};

describe.each(pairs)("$name of $kind", ({ name, kind }) => {
  const run = () => t.engine.assistant.runTemplate({ template: name, subject: subjects.get(kind)! }, analyst);

  test("is written by the local model, from what rules wrote, and nothing is asked for", async () => {
    answer = "A text of the model.";
    prompts = [];
    const done = await run();
    expect(done).toMatchObject({ status: "completed", planner: "template", output: answer, reason: null });
    expect(done.steps.at(-1)).toMatchObject({ trust_level: "untrusted", source: "tool", status: "completed" });
    expect(prompts).toHaveLength(1);
    expect(prompts[0]).toContain('<data from="facts">');
  });

  test("without it the text by rule stands, and it is said", async () => {
    answer = new SentinelError("UNAVAILABLE", "Ollama cannot be reached.");
    const done = await run();
    expect(done).toMatchObject({
      status: "completed",
      reason: expect.stringMatching(/by rule.*Ollama cannot be reached/),
    });
    const text = String(done.output);
    expect(text).toMatch(signs[name] ?? signs[kind]!);
    const facts = done.steps.find(({ id }) => id === "facts")!;
    // It is as trusted as the evidence that it tells of.
    expect(facts).toMatchObject({ status: "completed", output: text, trust_level: "untrusted", source: "tool" });
  });
});

test("where the local model answers with nothing, the text by rule stands, and it is said", async () => {
  answer = "\n \n";
  const subject = subjects.get("alert")!;
  const done = await t.engine.assistant.runTemplate({ template: "summarise", subject }, analyst);
  expect(done).toMatchObject({ status: "completed", reason: expect.stringMatching(/by rule.*answered with nothing/) });
  expect(done.output).toMatch(/sql injection/);
});

test("a mail says nothing of what evidence or analysts wrote", async () => {
  answer = new SentinelError("UNAVAILABLE", "away");
  const { alert } = await t.engine.alerts.get({ id: (subjects.get("alert") as { id: string }).id });
  const run = await t.engine.assistant.runTemplate(
    { template: "draft_mail", subject: subjects.get("alert")! },
    analyst,
  );
  const mail = String(run.output);
  for (const inner of [alert.payload, alert.client, alert.host, alert.request_line]) expect(mail).not.toContain(inner);
});

test("a past case that is alike is found, with how it ended", async () => {
  answer = new SentinelError("UNAVAILABLE", "away");
  const subject = subjects.get("case")!;
  const { output } = await t.engine.assistant.runTemplate({ template: "find_similar", subject }, analyst);
  expect(output).toMatch(/"Odd login attempts of May", closed as true positive.*: tag login/);
});

test.each([
  { kind: "alert", name: /^Find similar past ones: SQL injection, GET \/\S+$/ },
  { kind: "case", name: /^Find similar past ones: Odd login attempts$/ },
])(
  "about one $kind it is called in the list by what it is about, and the request has its id alone",
  async ({ kind, name }) => {
    const subject = subjects.get(kind) as { kind: "alert" | "case"; id: string };
    const { task_id } = await t.engine.assistant.runTemplate({ template: "find_similar", subject }, analyst);
    const listed = (await t.engine.assistant.list({ limit: 50 })).items.find((one) => one.task_id === task_id);
    // SECURITY: what a request says counts as typed by the user.
    expect(listed).toMatchObject({
      title: expect.stringMatching(name),
      request: `Find similar past ones: ${kind} ${subject.id}`,
    });
  },
);

test("a session is called by its attack; what is gone, a shift and other requests as they were asked", async () => {
  const titles = async () => (await t.engine.assistant.list({ limit: 1 })).items[0]!.title;
  const run = (subject: TaskSubject) => t.engine.assistant.runTemplate({ template: "summarise", subject }, analyst);
  await run(subjects.get("session")!);
  expect(await titles()).toMatch(/^Summarise: SQL injection, /);
  const { evidence } = await analysed(t, { path: join(shippedResources, "samples", "honest-shoppers.har") });
  const honest = (await verdictsOf(t, evidence.id)).find((one) => one.class === "benign")!;
  await run({ kind: "session", id: honest.id });
  expect(await titles()).toMatch(/^Summarise: [A-Z]+ \//);
  for (const subject of [
    { kind: "alert", id: "none" },
    { kind: "case", id: "none" },
    { kind: "session", id: "none" },
    subjects.get("shift")!,
  ] as const) {
    await run(subject);
    expect([subject.kind, await titles()]).toEqual([subject.kind, null]);
  }
  await t.engine.assistant.start({ request: "Summarise: alert" }, analyst);
  expect(await titles()).toBeNull();
});

test("what is not there, and what it cannot be about, is told in words", async () => {
  const none = await t.engine.assistant.runTemplate(
    { template: "summarise", subject: { kind: "alert", id: "none" } },
    analyst,
  );
  expect(none).toMatchObject({ status: "failed", reason: expect.stringContaining("no such alert") });
  await expect(
    t.engine.assistant.runTemplate({ template: "draft_rule", subject: subjects.get("shift")! }, analyst),
  ).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

test("each is in the list, and that there is no planner is said", () => {
  const { items, has_planner } = t.engine.assistant.templates();
  expect(items.map(({ name }) => name)).toEqual([...templateNames]);
  expect(has_planner).toBe(false);
});

test("a draft of a report that a plan keeps stands in the case, as the assistant's, once somebody has looked at it", async () => {
  answer = "# Report\nA text of the model.";
  const subject = subjects.get("case") as { id: string };
  const steps = [
    { id: "text", type: "llm_task", prompt: "Write a report", output: "text" },
    { id: "note", type: "tool_call", tool: "cases.note", args: { id: subject.id, text: { $from: "text" } } },
  ];
  const waiting = await t.engine.assistant.runPlan({ plan: { summary: "", steps } }, analyst);
  expect(waiting.steps.map(({ status }) => status)).toEqual(["completed", "awaiting_approval"]);
  await t.engine.assistant.decide({ id: waiting.approval_id!, granted: true, reason: "" }, analyst);
  const notes = (await t.engine.cases.get({ id: subject.id }, analyst)).items.filter(({ kind }) => kind === "note");
  expect(notes).toMatchObject([{ text: expect.stringMatching(/^\*Written by the assistant.*A text of the model/s) }]);
});
