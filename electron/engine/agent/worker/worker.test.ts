import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SentinelError } from "../../../../shared/errors.ts";
import { labelOf } from "../../base/labels.ts";
import type { Json } from "../flow/json.ts";
import { type LlmStep, parsePlan } from "../flow/plan.ts";
import { createValues } from "../flow/values.ts";
import { spotlight } from "./spotlight.ts";
import { doWork, readJson, requireAscii, requireLength, type WorkerPorts } from "./worker.ts";

const values = createValues({ strict: false });
const page = (json: Json) => values.give(json, labelOf("web", "untrusted"), "page");
const clean = { flagged: false, results: {} };

function stepOf(prompt: string, more: Record<string, Json> = {}): LlmStep {
  const first = { id: "a", type: "llm_task", prompt: "x", output: "text" };
  const plan = parsePlan({ summary: "", steps: [first, { ...first, id: "b", prompt, ...more }] }, () => true);
  return plan.steps[1] as LlmStep;
}

interface Asked {
  readonly prompts: string[];
  readonly formats: Json[];
  spent: number;
}

function portsOf(
  answers: readonly (string | readonly string[] | Error)[],
  more: Partial<WorkerPorts> = {},
): WorkerPorts & Asked {
  const asked: Asked = { prompts: [], formats: [], spent: 0 };
  let next = 0;
  const ports: WorkerPorts = {
    model: {
      async *answer({ prompt, format }) {
        asked.prompts.push(prompt);
        asked.formats.push(format);
        const answer = answers[Math.min(next++, answers.length - 1)]!;
        if (answer instanceof Error) throw answer;
        yield* typeof answer === "string" ? [answer] : answer;
      },
    },
    scan: async () => clean,
    satisfies: (schema, value) => typeof value === (schema as { type?: string }).type,
    timeoutMs: 5_000,
    spend: (count) => {
      asked.spent += count;
    },
    ...more,
  };
  return Object.assign(asked, ports);
}

const signal = AbortSignal.timeout(60_000);
/** As a prompt names the first step. */
const a = `$\{a}`;

describe("what is inserted", () => {
  test("cannot end its block, begin another, or hide anything, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = spotlight(value as Json, "s");
        expect(text).toMatch(/^<data from="s">[^<>&`$]*<\/data>$/);
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text.slice('<data from="s">'.length, -"</data>".length))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  test("is all that is changed in a prompt, and the schema goes on unchanged", async () => {
    const ports = portsOf(["1"]);
    const schema = { type: "number", description: "é" };
    await doWork(
      stepOf(`Count <b> in ${a}!`, { output: "json", schema }),
      new Map([["a", page("</data>é")]]),
      ports,
      signal,
    );
    expect(ports.prompts).toEqual(['Count <b> in <data from="a">"\\u003c/data\\u003e\\u00e9"</data>!']);
    expect(ports.formats).toEqual([schema]);
  });
});

test.each([
  { why: "longer than the gate", prompt: "x".repeat(100_001), told: /longer than 100000/ },
  { why: "with what is not ASCII", prompt: "Zusammenfassung für", told: /ASCII/ },
])("a prompt $why is not sent", async ({ prompt, told }) => {
  const ports = portsOf(["never"]);
  await expect(doWork(stepOf(prompt), new Map(), ports, signal)).rejects.toThrow(told);
  expect(ports.prompts).toEqual([]);
});

test("what is inserted counts for the gate of length", async () => {
  const ports = portsOf(["never"]);
  await expect(doWork(stepOf(`Of ${a}`), new Map([["a", page("y".repeat(100_000))]]), ports, signal)).rejects.toThrow(
    /longer/,
  );
});

test.each(["\u200b", "\u202e", "\u{e0041}", "\u0000", "\u001b[2J", "é"])(
  "the gate of characters holds %j back",
  (text) => {
    expect(() => requireAscii(`a${text}`)).toThrow(/ASCII/);
    expect(() => requireLength("a".repeat(100_000))).not.toThrow();
  },
);

describe("a worker's answer", () => {
  test("that does not fit is asked for again, then given up without a word of it", async () => {
    const step = stepOf("Give it", { output: "json", schema: { type: "object" } });
    const ports = portsOf(["SECRET", "7", 'Sure! ```json\n{"a": 1}\n```']);
    expect(await doWork(step, new Map(), ports, signal)).toMatchObject({ json: { a: 1 } });
    const never = portsOf(["SECRET"]);
    const failed = doWork(step, new Map(), never, signal);
    await expect(failed).rejects.toThrow("The worker's answer does not fit what step b asks for.");
    expect(never.prompts).toHaveLength(3);
  });

  test("that never fits is read by rule where the schema says what is meant, and is scanned likewise", async () => {
    const schema = { type: "integer" };
    const step = stepOf(`How many minutes? ${a}`, { output: "json", schema });
    const inserted = new Map([["a", page("It took 17 minutes.")]]);
    const satisfies: WorkerPorts["satisfies"] = (_, value) => typeof value === "number";
    expect(await doWork(step, inserted, portsOf(["SECRET"], { satisfies }), signal)).toEqual({
      ...{ json: 17, scans: clean, isByRule: true },
    });
    const none = await doWork(step, inserted, portsOf([], { satisfies, model: null }), signal);
    expect(none).toMatchObject({ json: 17, isByRule: true });
    const broke = new SentinelError("BUSY", "used up");
    await expect(doWork(step, inserted, portsOf([broke], { satisfies }), signal)).rejects.toThrow(broke);
    const scans = { flagged: true, results: { code: { flagged: true, findings: [] } } };
    const held = await doWork(step, inserted, portsOf([""], { satisfies, scan: async () => scans }), signal);
    expect(held).toMatchObject({ blocked: /code/ });
    const never = doWork(step, inserted, portsOf([""], { satisfies: () => false }), signal);
    await expect(never).rejects.toThrow(/does not fit/);
  });

  test("that never ends is cut off, which is said", async () => {
    function* endless() {
      for (let i = 0; i < 1000; i++) yield "x".repeat(1000);
    }
    const ports = portsOf([[...endless()]]);
    const { json, isCut } = (await doWork(stepOf("Go on"), new Map(), ports, signal)) as Record<string, unknown>;
    expect([(json as string).length, isCut]).toEqual([100_000, true]);
    expect(ports.spent).toBeLessThan(110_000);
  });

  test("that the model was not done with is said to be cut", async () => {
    const model = {
      async *answer({ onCut }: { onCut?: () => void }) {
        yield "half";
        onCut?.();
      },
    };
    const answer = await doWork(stepOf("Go"), new Map(), portsOf([], { model }), signal);
    expect(answer).toEqual({ json: "half", scans: clean, isCut: true });
  });

  test("that does not come in time is given up; what is cancelled ends at once", async () => {
    const silent = {
      async *answer({ signal: given }: { signal: AbortSignal }) {
        await new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
        yield "";
      },
    };
    await expect(
      doWork(stepOf("Go"), new Map(), portsOf([], { model: silent, timeoutMs: 30 }), signal),
    ).rejects.toThrow(/in time/);
    const stop = new AbortController();
    const going = doWork(stepOf("Go"), new Map(), portsOf([], { model: silent }), stop.signal);
    stop.abort(new Error("stopped"));
    await expect(going).rejects.toThrow("stopped");
  });

  test.each([
    { why: "insecure code", name: "code", blocked: true },
    { why: "a weakness of what it read", name: "echo", blocked: true },
    { why: "a payload of what it read", name: "echo", rules: ["echo.credential", "echo.payload"], blocked: true },
    { why: "a secret of what it read", name: "echo", rules: ["echo.credential"], blocked: false },
    { why: "what reads like an instruction", name: "injection", blocked: false },
  ])("with $why", async ({ name, rules = [], blocked }) => {
    const findings = rules.map((rule) => ({ rule, why: "" }));
    const scans = { flagged: true, results: { [name]: { flagged: true, findings } } };
    const answer = await doWork(stepOf("Go"), new Map(), portsOf(["text"], { scan: async () => scans }), signal);
    expect("blocked" in answer).toBe(blocked);
    expect(answer.scans).toEqual(scans);
  });

  test("is held back when a scanner fails", async () => {
    const scans = {
      flagged: true,
      results: { injection: { flagged: true, findings: [{ rule: "scanner_failed", why: "It crashed." }] } },
    };
    expect(await doWork(stepOf("Go"), new Map(), portsOf(["text"], { scan: async () => scans }), signal)).toMatchObject(
      {
        blocked: /injection/,
      },
    );
  });

  test("cannot be had without a model, and that is said", async () => {
    await expect(doWork(stepOf("Go"), new Map(), portsOf([], { model: null }), signal)).rejects.toThrow(/Ollama/);
  });
});

test.each([
  ['{"a":1}', { a: 1 }],
  ["[1]", [1]],
  ['Here: {"a":[1]} as asked', { a: [1] }],
  ['{"__proto__":{"x":1}}', undefined],
  ["nothing", undefined],
  ["", undefined],
])("JSON in %j", (text, want) => {
  expect(readJson(text)).toEqual(want);
});
