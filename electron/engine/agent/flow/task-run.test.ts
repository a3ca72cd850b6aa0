import { expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { outcomeOf, toSteps } from "../tasks/task-views.ts";
import { call, type Fixture, type FixtureOptions, finish, from, llm, of, office, openRun } from "./fixture-run.ts";
import type { Json } from "./json.ts";

const statuses = ({ state }: Fixture) => Object.fromEntries(state.steps.map(({ id, status }) => [id, status]));

test("what is trusted is done without asking; what comes of a mail is asked for before it is sent", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    llm("s", `Sum up ${of("r")}`),
    call("note", "notes/add", { title: "today", text: from("s") }),
    call("send", "mail/send", { to: "cem@corp.example", body: from("s") }),
  ]);
  expect(await finish(fixture)).toEqual([["send"]]);
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "notes/add", "mail/send"]);
  expect(statuses(fixture)).toEqual({ r: "completed", s: "completed", note: "completed", send: "completed" });
});

test("all that has to be asked for is asked for at once; what touches nothing of it does not wait", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    call("a", "mail/send", { to: from("r") }),
    call("b", "notes/add", { title: "x" }),
    llm("w", `Of ${of("r")}`),
    call("c", "pay/one", { to: from("w") }),
    call("look", "hr/read"),
  ]);
  const asks = await finish(fixture, (asked) => {
    expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "notes/add", "hr/read"]);
    expect(asked[0]!.decision.blamed[0]!.leaf).toMatchObject({ path: "to", from: "r" });
    return true;
  });
  expect(asks).toEqual([["a", "c"]]);
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "notes/add", "hr/read", "mail/send", "pay/one"]);
});

test("what is known is asked for also where something has to be done before it, and is done after it", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    call("a", "mail/send", { to: from("r") }),
    call("b", "mail/send", { to: "x" }),
    call("c", "mail/send", { body: from("r") }),
    call("look", "hr/read"),
    call("read", "mail/read", { of: from("look") }),
    call("d", "chat/say", { to: "eve", text: from("look") }),
    call("e", "pay/one", { to: from("a") }),
  ]);
  expect(await finish(fixture)).toEqual([["a", "c", "d"], ["e"]]);
  expect(fixture.calls.map(({ args }) => Object.keys(args).join())).toEqual([
    "",
    "",
    "to",
    "to",
    "body",
    "of",
    "to,text",
    "to",
  ]);
});

test("a change waits for an earlier read of what it changes", async () => {
  const fixture = openRun(
    [
      call("r", "hr/read"),
      call("say", "chat/say", { to: "eve", text: from("r") }),
      call("read", "notes/list", { of: from("say") }),
      call("wipe", "notes/add", { title: "x" }),
    ],
    { policies: { ...office, tools: { ...office.tools, "notes/list": office.tools["mail/read"]! } } },
  );
  expect(await finish(fixture)).toEqual([["say"]]);
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["hr/read", "chat/say", "notes/list", "notes/add"]);
});

test("a read of what is about to change waits for the change", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    call("a", "mail/send", { to: from("r") }),
    call("again", "mail/read"),
  ]);
  expect(await finish(fixture)).toEqual([["a"]]);
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "mail/send", "mail/read"]);
});

test.each<{ why: string; steps: Json[]; options?: FixtureOptions; asked?: string[][]; ends: Record<string, string> }>([
  { why: "no policy", steps: [call("a", "rm/all")], ends: { a: "denied" } },
  { why: "a level below", steps: [call("a", "files/read")], ends: { a: "denied" } },
  { why: "its level", steps: [call("a", "files/read")], options: { level: 2 }, ends: { a: "completed" } },
  { why: "arguments out of bounds", steps: [call("a", "pay/x", { amount: 101 })], ends: { a: "denied" } },
  {
    why: "a tool that is always asked for",
    steps: [call("a", "notes/wipe")],
    asked: [["a"]],
    ends: { a: "completed" },
  },
  {
    why: "what only some may know, told to everyone",
    steps: [call("r", "hr/read"), call("a", "mail/send", { to: "x", body: from("r") })],
    asked: [["a"]],
    ends: { r: "completed", a: "completed" },
  },
  {
    why: "what only some may know, told to one of them",
    steps: [call("r", "hr/read"), call("a", "chat/say", { to: "ann@corp.example", body: from("r") })],
    ends: { r: "completed", a: "completed" },
  },
  {
    why: "what only some may know, told to one more",
    steps: [call("r", "hr/read"), call("a", "chat/say", { to: ["ann@corp.example", "eve"], body: from("r") })],
    asked: [["a"]],
    ends: { r: "completed", a: "completed" },
  },
  {
    why: "a trusted tool's answer",
    steps: [call("r", "clock/now"), call("a", "mail/send", { to: "x", body: from("r") })],
    ends: { r: "completed", a: "completed" },
  },
  {
    why: "a worker that is never trusted",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "a worker labelled by what it was given",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    options: { workerByInputs: true },
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "a secret that a worker repeats, told to everyone",
    steps: [llm("w"), call("a", "mail/send", { to: "x", body: from("w") })],
    options: { workerByInputs: true, echoes: ["echo.credential"] },
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "a secret that a worker repeats, by way of another, told to one",
    steps: [llm("w"), llm("v", of("w")), call("a", "chat/say", { to: "ann@corp.example", body: from("v") })],
    options: { workerByInputs: true, echoes: ["echo.credential"] },
    asked: [["a"]],
    ends: { w: "completed", v: "completed", a: "completed" },
  },
  {
    why: "a secret that a worker repeats, kept on this machine",
    steps: [llm("w"), call("a", "notes/add", { title: "x", text: from("w") })],
    options: { echoes: ["echo.credential"] },
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "what a rule read in the place of a worker labelled by what it was given",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    options: { workerByInputs: true, isByRule: true },
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "an address that the user typed",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    options: { request: "write to eve@x.example.", work: () => "eve@x.example" },
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "a part of an address that the user typed",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    options: { request: "write to eve@x.example.", work: () => "ve@x.example" },
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "an entry of a trusted list",
    steps: [llm("w"), call("a", "mail/send", { to: from("w") })],
    options: { work: () => "bob@corp.example" },
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "an entry of a list in an argument that no list is for",
    steps: [llm("w"), call("a", "mail/send", { body: from("w") })],
    options: { work: () => "bob@corp.example" },
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "strict mode, where what a worker did decides",
    steps: [llm("w"), call("a", "mail/send", { to: "x" })],
    options: { strict: true },
    asked: [["a"]],
    ends: { w: "completed", a: "completed" },
  },
  {
    why: "nothing at the path",
    steps: [llm("w"), call("a", "mail/send", { to: from("w", "x") }), llm("v")],
    ends: { w: "completed", a: "failed", v: "completed" },
  },
  {
    why: "an effect that failed before another on the same state",
    steps: [call("a", "notes/add", { title: "x" }), call("b", "notes/add", { title: "y" }), call("m", "mail/send")],
    options: { give: (tool) => (tool === "notes/add" ? "fail" : "given") },
    ends: { a: "failed", b: "skipped", m: "completed" },
  },
  {
    why: "an effect that was skipped before another on the same state",
    steps: [
      llm("w"),
      call("a", "notes/add", { title: from("w", "x"), text: from("w") }),
      call("b", "notes/add", { text: from("a") }),
      call("c", "notes/add", { title: "z" }),
    ],
    ends: { w: "completed", a: "failed", b: "skipped", c: "skipped" },
  },
  {
    why: "what needs what failed",
    steps: [call("r", "mail/read"), llm("w", of("r")), llm("v")],
    options: { give: () => "fail" },
    ends: { r: "failed", w: "skipped", v: "completed" },
  },
])("$why", async ({ steps, options, asked = [], ends }) => {
  const fixture = openRun(steps, options);
  expect(await finish(fixture)).toEqual(asked);
  expect(statuses(fixture)).toEqual(ends);
  expect(fixture.failures).toEqual([]);
});

test("the checker is run on a call before anybody is asked for it", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    llm("s", `Sum up ${of("r")}`),
    call("send", "mail/send", { to: "x", body: from("s") }),
  ]);
  await finish(fixture, (asked) => {
    expect(asked.map(({ rehearsal }) => rehearsal)).toEqual([{ steps: 2, needsApproval: true }]);
    return true;
  });
  expect(statuses(fixture)).toMatchObject({ send: "completed" });
});

test("nobody is asked for a call that the checker would not follow", async () => {
  const steps = [call("r", "mail/read"), call("send", "mail/send", { to: from("r") }), llm("w", `Of ${of("send")}`)];
  const fixture = openRun(steps);
  const { signal } = new AbortController();
  expect(await fixture.run.advance(signal)).toHaveLength(1);
  fixture.state.proofs[0] = { ...fixture.state.proofs[0]!, level: 4 };
  expect(await fixture.run.advance(signal)).toEqual([]);
  expect(fixture.failures).toEqual(["r: Its level is not what follows."]);
  expect(statuses(fixture)).toMatchObject({ send: "failed", w: "skipped" });
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read"]);
});

test("what is denied is not done, nor what comes after it on the same state or needs it", async () => {
  const fixture = openRun([
    llm("w"),
    call("a", "mail/send", { to: from("w") }),
    call("b", "mail/send", { to: "after" }),
    llm("v", of("a")),
    call("r", "hr/read"),
    call("n", "notes/add", { title: "apart" }),
  ]);
  expect(await finish(fixture, () => false)).toEqual([["a"]]);
  expect(statuses(fixture)).toEqual({
    w: "completed",
    a: "denied",
    b: "skipped",
    v: "skipped",
    r: "completed",
    n: "completed",
  });
});

test("the outcome says which step stopped it and how much was done, or what was done otherwise than planned", async () => {
  const give = (tool: string) => (tool === "mail/send" ? "fail" : "given");
  const fixture = openRun([llm("w"), call("a", "mail/send", { to: "x" }), call("b", "notes/add", { title: "x" })], {
    give,
  });
  await finish(fixture);
  expect(outcomeOf(fixture.state)).toEqual({
    status: "failed",
    reason: "Step a: The tool failed. Of 3 steps 2 were done.",
  });
  const other = openRun([llm("w")], { isByRule: true });
  await finish(other);
  expect(outcomeOf(other.state)).toMatchObject({
    status: "completed",
    reason: expect.stringMatching(/^Step w: .*by rule/),
  });
  const usual = openRun([llm("w")]);
  await finish(usual);
  expect(outcomeOf(usual.state)).toEqual({ status: "completed", reason: null });
});

test("a task goes on after a restart, with the labels it had", async () => {
  const fixture = openRun([llm("w"), call("a", "mail/send", { to: from("w") })], { strict: true });
  await fixture.run.advance(AbortSignal.timeout(10_000));
  fixture.restart();
  expect(await finish(fixture)).toEqual([["a"]]);
  expect(fixture.prompts).toEqual(["w"]);
  expect(fixture.calls).toHaveLength(1);
  expect(fixture.failures).toEqual([]);
});

test("a level that falls counts at once; one that rises does not", async () => {
  const fixture = openRun([llm("w"), call("a", "files/read", { x: from("w") })], { level: 2 });
  fixture.setLevel(1);
  await finish(fixture);
  expect(statuses(fixture).a).toBe("denied");
  const other = openRun([call("a", "files/read")], { level: 1 });
  other.setLevel(4);
  await finish(other);
  expect(statuses(other).a).toBe("denied");
});

test("a call that is ended past the engine ends the run: no further step begins", async () => {
  const give = (tool: string) => {
    if (tool === "mail/read") throw new SentinelError("CANCELLED", "Panic was pulled.");
    return "given";
  };
  const fixture = openRun([call("r", "mail/read"), call("b", "notes/add", { title: "x" })], { give });
  await expect(finish(fixture)).rejects.toMatchObject({ code: "CANCELLED" });
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read"]);
});

test("a call is told which sources in memory its arguments were taken from, also by way of a worker and after a restart", async () => {
  const fixture = openRun(
    [
      call("m", "hr/read"),
      call("n", "mail/read"),
      llm("s", `Sum up ${of("m")}`),
      call("keep", "notes/add", { title: "x", text: from("s"), more: [from("n")] }),
      call("plain", "notes/add", { title: "y" }),
      call("send", "mail/send", { to: "cem@corp.example", body: from("keep") }),
    ],
    { origins: { "hr/read": ["b", "a"], "mail/read": ["c"], "notes/add": [] } },
  );
  expect(await fixture.run.advance(AbortSignal.timeout(30_000))).toHaveLength(1);
  fixture.restart();
  await finish(fixture);
  expect(fixture.calls.map(({ origins }) => origins)).toEqual([[], [], ["a", "b", "c"], [], ["a", "b", "c"]]);
});

test("an answer that was cut off does not pass for a whole one", async () => {
  const fixture = openRun([llm("s")], { isCut: true });
  await finish(fixture);
  expect(outcomeOf(fixture.state)).toEqual({
    status: "completed",
    reason: expect.stringMatching(/^Step s: .*cut off/),
  });
});

test("an answer with nothing in it is said to be none", async () => {
  const fixture = openRun([llm("s")], { work: () => " \n" });
  await finish(fixture);
  expect(outcomeOf(fixture.state)).toEqual({
    status: "completed",
    reason: "Step s: The local model answered with nothing.",
  });
});

test("what the last step gave is followed, too, before anything is made of it", async () => {
  const fixture: Fixture = openRun([call("r", "mail/read"), call("n", "notes/add", { title: "x" })], {
    give(tool) {
      if (tool === "notes/add") fixture.state.proofs[0] = { ...fixture.state.proofs[0]!, level: 4 };
      return "given";
    },
  });
  await finish(fixture);
  expect(fixture.failures).toEqual(["r: Its level is not what follows."]);
  expect(statuses(fixture)).toEqual({ r: "completed", n: "failed" });
  expect(fixture.state.steps[1]!.value).toBeNull();
});

test.each([
  { why: "the policy", approve: true, steps: [llm("w"), call("p", "pay/one", { amount: 101, to: from("w") })] },
  { why: "a person", approve: false, steps: [llm("w"), call("p", "mail/send", { amount: 101, to: from("w") })] },
])("a call that $why denies shows what it would have been, and from where that came", async ({ approve, steps }) => {
  const fixture = openRun(steps);
  await finish(fixture, () => approve);
  expect(toSteps(fixture.plan, { ...fixture.state, values: fixture.run.values.toRecords() })[1]).toMatchObject({
    status: "denied",
    args: { amount: 101, to: "answer" },
    inputs: [
      { path: "amount", from_step: null, trust_level: "trusted" },
      { path: "to", from_step: "w", trust_level: "untrusted", sources: ["qwen"] },
    ],
  });
});
