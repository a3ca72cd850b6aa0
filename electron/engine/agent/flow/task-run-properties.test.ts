import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelOf } from "../../base/labels.ts";
import { PolicyFile } from "../policy/tool-policy.ts";
import { checkProofs } from "./check-proofs.ts";
import { isTyped } from "./endorsing.ts";
import { call, type Fixture, finish, from, llm, of, openRun } from "./fixture-run.ts";
import type { Json } from "./json.ts";
import { createSchemaCheck } from "./satisfies.ts";
import { toFacts } from "./task-state.ts";

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

/** Calls on one server that were made in another order than the plan has them, though one of them changes something. */
function outOfTurn({ plan, state }: Fixture): string[] {
  const done = state.proofs.map(({ step }) => plan.steps.findIndex(({ id }) => id === step));
  const toolAt = (at: number) => {
    const step = plan.steps[at]!;
    return step.type === "tool_call" ? step.tool : "";
  };
  const isRead = (tool: string) => /read|now/.test(tool);
  return done.flatMap((at, i) =>
    done.slice(0, i).flatMap((before) => {
      const [tool, other] = [toolAt(at), toolAt(before)];
      const meet = tool.includes("/") && tool.split("/")[0] === other.split("/")[0] && !(isRead(tool) && isRead(other));
      return meet && before > at ? [`${other} before ${tool}`] : [];
    }),
  );
}

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
          expect(outOfTurn(fixture)).toEqual([]);
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

test.each([
  { why: "a worker's answer", step: "w", declared: labelOf("qwen", "trusted") },
  { why: "a tool's result", step: "r", declared: labelOf("tool", "trusted") },
  { why: "a private result", step: "h", declared: labelOf("tool", "trusted") },
])("$why that is declared better than it may be is not followed", async ({ step, declared }) => {
  const fixture = openRun([llm("w"), call("r", "mail/read"), call("h", "hr/read")]);
  await finish(fixture);
  fixture.state.steps.find(({ id }) => id === step)!.declared = declared;
  const wrong = checkProofs(toFacts(fixture.plan, fixture.state, fixture.run.values), fixture.state.proofs);
  expect(wrong).toEqual({ step, why: "What came back is labelled better than its policy says." });
});

test("the checker takes as typed what the controller takes, whole words, and no part of one", async () => {
  const piece = fc.constantFrom("ann", "an", "a", " ", ".", ",", "(", ")", "@x", "\n", "é");
  const words = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  await fc.assert(
    fc.asyncProperty(words, words, async (request, to) => {
      const fixture = openRun([llm("w"), call("s", "mail/send", { to: from("w") })], { request, work: () => to });
      await finish(fixture);
      expect(fixture.failures).toEqual([]);
      const endorsed = fixture.state.proofs[1]!.inputs[0]!.endorsed === "typed";
      expect(endorsed).toBe(isTyped(to, request));
      if (!endorsed) return;
      const facts = toFacts(fixture.plan, fixture.state, fixture.run.values);
      const wrong = checkProofs({ ...facts, request: `x${to}x` }, fixture.state.proofs);
      expect(wrong).toEqual({ step: "s", why: "Nothing trusted stands for to." });
    }),
    { numRuns: 300 * Number(process.env.TORTURE ?? 1) },
  );
});

test("the checker refuses arguments that the policy's schema does not take, and none that it takes", async () => {
  const check = createSchemaCheck();
  const value = fc.oneof(
    fc.constantFrom<Json[]>(1, 2.5, 200, "ann", "", true, null),
    fc.constant([1, "x"]),
    fc.constant({ b: 1 }),
  );
  const leaf = fc.record(
    {
      type: fc.constantFrom<Json[]>("integer", "number", "string", "null", "array", "object", ["string", "integer"]),
      enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
      const: value,
      minimum: fc.constantFrom(0, 2, 100),
      maximum: fc.constantFrom(2, 100),
    },
    { requiredKeys: [] },
  );
  const part = fc.oneof(leaf, fc.record({ items: leaf }), fc.record({ properties: fc.record({ b: leaf }) }));
  const schema = fc.record(
    {
      type: fc.constant("object"),
      properties: fc.record({ a: part, b: leaf }, { requiredKeys: [] }),
      required: fc.subarray(["a", "b"]),
      additionalProperties: fc.oneof(fc.boolean(), leaf),
    },
    { requiredKeys: [] },
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(schema, fc.dictionary(fc.constantFrom("a", "b", "c"), value), async (given, args) => {
      const policies = PolicyFile.parse({ version: 1, tools: { "x/y": { effect: "read", arguments: given } } });
      const fixture = openRun([call("s", "x/y", args)], { policies });
      await finish(fixture);
      const why = checkProofs(toFacts(fixture.plan, fixture.state, fixture.run.values), fixture.state.proofs)?.why;
      // The controller of the fixture looks at no schema: what stops the call is the checker alone.
      const isTaken = fixture.failures.length === 0 && why === undefined;
      if (!isTaken) refused++;
      expect(isTaken).toBe(check(given, args));
    }),
    { numRuns: 200 * Number(process.env.TORTURE ?? 1) },
  );
  expect(refused).toBeGreaterThan(40);
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
