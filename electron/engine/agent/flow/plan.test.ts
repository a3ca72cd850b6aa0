import { expect, test } from "vitest";
import { needsOf, parsePlan } from "./plan.ts";
import { parsePath, selectAt, writePath } from "./value-path.ts";

const hasTool = (name: string) => name === "alerts.search" || name === "mail/send";
const read = (steps: unknown[]) => parsePlan({ summary: "s", steps }, hasTool);
/** As a prompt names an earlier step. */
const of = (id: string) => `$\{${id}}`;
const ask = { id: "a", type: "llm_task", prompt: "Say it", output: "text" };
const call = (args: unknown, id = "b") => ({ id, type: "tool_call", tool: "mail/send", args });

test("a plan is read with its references", () => {
  const plan = read([
    ask,
    { ...ask, id: "c", prompt: `Of ${of("a")} and ${of("a")}: $x {a}` },
    call({ to: ["x", { $from: "a", path: "[0].b" }] }),
  ]);
  expect(plan.steps[1]).toMatchObject({
    prompt: [{ text: "Of " }, { from: "a" }, { text: " and " }, { from: "a" }, { text: ": $x {a}" }],
  });
  expect([...needsOf(plan.steps[2]!)]).toEqual(["a"]);
  expect(plan.steps[2]).toMatchObject({
    args: [
      ["to", { kind: "list", items: [{ kind: "literal", value: "x" }, { reference: { from: "a", path: [0, "b"] } }] }],
    ],
  });
});

test("what refers to nothing is one literal", () => {
  expect(read([call({ to: [{ name: "x" }] })]).steps[0]).toMatchObject({
    args: [["to", { kind: "literal", value: [{ name: "x" }] }]],
  });
});

test.each([
  { why: "no object", plan: [], told: /expected object/ },
  { why: "no steps", plan: { summary: "", steps: [] }, told: /steps/ },
  { why: "an unknown member", plan: { summary: "", steps: [ask], more: 1 }, told: /more/ },
  {
    why: "a circle",
    plan: {
      summary: "",
      steps: [
        { ...ask, prompt: of("c") },
        { ...ask, id: "c", prompt: of("a") },
      ],
    },
    told: /"c"/,
  },
  { why: "itself", plan: { summary: "", steps: [{ ...ask, prompt: of("a") }] }, told: /no earlier step/ },
  { why: "two of one id", plan: { summary: "", steps: [ask, ask] }, told: /two steps/ },
  { why: "an unknown tool", plan: { summary: "", steps: [{ ...call({}), tool: "rm" }] }, told: /"rm"/ },
  {
    why: "a tool that objects inherit",
    plan: { summary: "", steps: [{ ...call({}), tool: "toString" }] },
    told: /no tool/,
  },
  {
    why: "a prototype",
    plan: JSON.parse(`{"summary":"","steps":[${JSON.stringify(call({})).replace("{}", '{"__proto__":{"x":1}}')}]}`),
    told: /member/,
  },
  {
    why: "a path into a prototype",
    plan: { summary: "", steps: [ask, call({ x: { $from: "a", path: "__proto__.x" } })] },
    told: /path/,
  },
  {
    why: "a reference with more in it",
    plan: { summary: "", steps: [ask, call({ x: { $from: "a", also: 1 } })] },
    told: /reference/,
  },
  {
    why: "a reference that is no text",
    plan: { summary: "", steps: [ask, call({ x: { $from: ["a"] } })] },
    told: /reference/,
  },
  { why: "ten megabytes", plan: { summary: "", steps: [{ ...ask, prompt: "x".repeat(10_000_000) }] }, told: /longer/ },
  {
    why: "many steps",
    plan: { summary: "", steps: Array.from({ length: 101 }, (_, i) => ({ ...ask, id: `s${i}` })) },
    told: /steps/,
  },
  {
    why: "deep nesting",
    plan: { summary: "", steps: [call(JSON.parse(`{"x":${"[".repeat(50)}${"]".repeat(50)}}`))] },
    told: /nested/,
  },
])("a plan is refused for $why", ({ plan, told }) => {
  expect(() => parsePlan(plan, hasTool)).toThrow(told);
});

test.each(["a", "a.b[0]", "[0].a", "[1][2]", "a b.c-d"])("the path %s", (text) => {
  expect(writePath(parsePath(text)!)).toBe(text);
});

test.each(["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[01]", "[0]a", "constructor", "a.prototype"])(
  "no path: %s",
  (text) => expect(parsePath(text)).toBeNull(),
);

test("only what a value itself has is found", () => {
  expect(selectAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
  expect(selectAt("abc", ["length"])).toBeUndefined();
  expect(selectAt([1], ["length"])).toBeUndefined();
  expect(selectAt({}, ["toString"])).toBeUndefined();
  expect(selectAt({ "0": 1 }, [0])).toBeUndefined();
});
