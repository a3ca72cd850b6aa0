import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkProofs } from "./check-proofs.ts";
import { call, type Fixture, type FixtureOptions, finish, from, llm, of, openRun } from "./fixture-run.ts";
import type { Json } from "./json.ts";
import { toFacts } from "./task-state.ts";

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

test("all that has to be asked for is asked for at once, and done in the order of the plan", async () => {
  const fixture = openRun([
    call("r", "mail/read"),
    call("a", "mail/send", { to: from("r") }),
    call("b", "notes/add", { title: "x" }),
    llm("w", `Of ${of("r")}`),
    call("c", "pay/one", { to: from("w") }),
    call("look", "hr/read"),
  ]);
  const asks = await finish(fixture, (asked) => {
    // A read of something else does not wait.
    expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "hr/read"]);
    expect(asked[0]!.decision.blamed[0]!.leaf).toMatchObject({ path: "to", from: "r" });
    return true;
  });
  expect(asks).toEqual([["a", "c"]]);
  expect(fixture.calls.map(({ tool }) => tool)).toEqual(["mail/read", "hr/read", "mail/send", "notes/add", "pay/one"]);
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
    why: "an effect that failed before another",
    steps: [call("a", "mail/send", { to: "x" }), call("b", "notes/add", { title: "y" }), call("r", "mail/read")],
    options: { give: (tool) => (tool === "mail/send" ? "fail" : "given") },
    ends: { a: "failed", b: "skipped", r: "completed" },
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

test("what is denied is not done, nor what comes after it or needs it", async () => {
  const fixture = openRun([
    llm("w"),
    call("a", "mail/send", { to: from("w") }),
    call("b", "notes/add", { title: "after" }),
    llm("v", of("a")),
    call("r", "hr/read"),
  ]);
  expect(await finish(fixture, () => false)).toEqual([["a"]]);
  expect(statuses(fixture)).toEqual({ w: "completed", a: "denied", b: "skipped", v: "skipped", r: "completed" });
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

/** Plans with everything in them; each step may refer to those before it. */
const tools = [
  "mail/read",
  "mail/send",
  "notes/add",
  "notes/wipe",
  "pay/one",
  "clock/now",
  "hr/read",
  "chat/say",
  "none/x",
];
const randomPlan = fc
  .array(
    fc.record({
      tool: fc.option(fc.constantFrom(...tools), { nil: null }),
      refs: fc.array(fc.nat(), { maxLength: 2 }),
      path: fc.constantFrom(undefined, "a", "b[0]", "missing"),
      name: fc.constantFrom("to", "title", "body"),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((steps) =>
    steps.map(({ tool, refs, path, name }, i): Json => {
      const ids = i === 0 ? [] : refs.map((ref) => `s${ref % i}`);
      if (tool === null) return llm(`s${i}`, `Do ${ids.map(of).join(" and ")}`, { output: "json" });
      const args = Object.fromEntries(
        ids.map((id, n) => [n === 0 ? name : `x${n}`, n === 0 ? from(id, path) : [from(id)]]),
      );
      return call(`s${i}`, tool, args);
    }),
  );

describe("whatever the plan", () => {
  test("what workers answer changes neither which calls are made, in which order, nor what is asked or said", async () => {
    const pairs = process.env.TORTURE === undefined ? 1500 : 1000 * Number(process.env.TORTURE);
    const text = fc.string({ maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(randomPlan, text, text, fc.boolean(), async (steps, one, other, strict) => {
        const views: unknown[] = [];
        for (const content of [one, other]) {
          const answer = { a: content, b: [content] };
          const fixture = openRun(steps, {
            strict,
            work: () => answer,
            give: (tool) => (/clock|hr/.test(tool) ? { a: "now", b: ["then"] } : answer),
          });
          const asks = await finish(fixture);
          expect(fixture.failures).toEqual([]);
          views.push({
            asks,
            calls: fixture.calls.map(({ tool }) => tool),
            prompts: fixture.prompts,
            ends: fixture.state.steps.map(({ id, status, error }) => [id, status, error]),
          });
          // No effect with what is not trusted in it was done without a word, and none that no policy names.
          expect(fixture.calls.some(({ tool }) => tool === "none/x")).toBe(false);
          const approved = new Set(asks.flat());
          for (const { id, args, status } of fixture.state.steps) {
            if (status !== "completed") continue;
            const isSend = steps.some(
              (step) =>
                (step as { id: string; tool?: string }).id === id && (step as { tool?: string }).tool === "mail/send",
            );
            if (
              isSend &&
              args !== null &&
              content.length > 2 &&
              JSON.stringify(args).includes(JSON.stringify(content))
            ) {
              expect(approved).toContain(id);
            }
          }
        }
        expect(views[0]).toEqual(views[1]);
      }),
      { numRuns: pairs },
    );
  });

  test("each step's proof is followed by the checker, and none that was changed", async () => {
    const wanted = process.env.TORTURE === undefined ? 1500 : 200 * Number(process.env.TORTURE);
    let mutated = 0;
    await fc.assert(
      fc.asyncProperty(randomPlan, fc.boolean(), fc.infiniteStream(fc.nat()), async (steps, strict, numbers) => {
        const answer = { a: "x", b: ["y"] };
        const fixture = openRun(steps, { strict, work: () => answer, give: () => answer });
        await finish(fixture);
        const facts = toFacts(fixture.plan, fixture.state, fixture.run.values);
        const proofs = JSON.parse(JSON.stringify(fixture.state.proofs)) as Json[];
        expect(checkProofs(facts, proofs)).toBeNull();
        const next = () => numbers.next().value as number;
        for (let i = 0; i < 12 && proofs.length > 0; i++) {
          const changed = mutate(proofs, next);
          if (JSON.stringify(changed) === JSON.stringify(proofs)) continue;
          mutated++;
          expect(checkProofs(facts, changed)).not.toBeNull();
        }
      }),
      { numRuns: Math.ceil(wanted / 8) },
    );
    expect(mutated).toBeGreaterThan(wanted / 2);
  });
});

/** Changes, leaves out, adds or moves something somewhere. */
function mutate(proofs: readonly Json[], next: () => number): Json[] {
  const copy = JSON.parse(JSON.stringify(proofs)) as Json[];
  const at = next() % copy.length;
  const kind = next() % 12;
  if (kind === 0 && at < copy.length - 1) copy.splice(at, 1);
  else if (kind === 1) copy.splice(at, 0, copy[at]!);
  else copy[at] = change(copy[at]!, next);
  return copy;
}

function change(value: Json, next: () => number): Json {
  if (typeof value === "string")
    return value === "" ? "x" : [`${value}x`, value.slice(1), "trusted", "user"][next() % 4]!;
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (value === null) return {};
  if (Array.isArray(value)) {
    const list = [...(value as Json[])];
    if (list.length === 0 || next() % 4 === 0) return [...list, "web"];
    const at = next() % list.length;
    if (next() % 3 === 0) list.splice(at, 1);
    else list[at] = change(list[at]!, next);
    return list;
  }
  const names = Object.keys(value);
  const name = names[next() % Math.max(1, names.length)];
  if (name === undefined || next() % 10 === 0) return { ...value, more: 1 };
  return { ...value, [name]: change((value as Record<string, Json>)[name]!, next) };
}
