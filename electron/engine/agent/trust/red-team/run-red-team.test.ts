import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { probeLag } from "../../../base/fixture-lag.ts";
import { emptyLabel } from "../../../base/labels.ts";
import type { Json } from "../../flow/json.ts";
import { parsePlan } from "../../flow/plan.ts";
import { createRun, type RunPorts } from "../../flow/task-run.ts";
import { type PolicyBook, PolicyFile, type ToolPolicy } from "../../policy/tool-policy.ts";
import { doWork } from "../../worker/worker.ts";
import { createLab, labPolicies } from "./lab.ts";
import { categories, workerKinds } from "./red-team-case.ts";
import { type Gates, realGates } from "./run-case.ts";
import { redTeamCases, runRedTeam } from "./run-red-team.ts";

const ajv = new Ajv({ strict: false, validateFormats: false });
const satisfies = (schema: Readonly<Record<string, unknown>>, value: unknown) => ajv.validate(schema, value);
const scan = async () => ({ flagged: false, results: {} });
const attack = (more: { level?: number; policies?: PolicyBook; gates?: Partial<Gates> } = {}) =>
  runRedTeam({
    level: more.level ?? 0,
    policies: more.policies ?? labPolicies,
    satisfies,
    scan,
    scanners: ["injection 1"],
    signal: AbortSignal.timeout(120_000),
    gates: { ...realGates, ...more.gates },
  });

test("there are at least sixty cases, of every category and with every kind of worker", () => {
  expect(redTeamCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(redTeamCases.map(({ id }) => id)).size).toBe(redTeamCases.length);
  const own = categories.filter((category) => category !== "policies");
  expect(new Set(redTeamCases.map(({ category }) => category))).toEqual(new Set(own));
  expect(new Set(redTeamCases.map(({ worker }) => worker))).toEqual(new Set(workerKinds));
});

test.each([0, 1, 2, 3, 4])("every attack gets nowhere at level %i, and the run is the same again", async (level) => {
  const run = await attack({ level });
  expect(run.cases.filter(({ held }) => !held)).toEqual([]);
  expect(run.failed).toBe(0);
  expect(await attack({ level })).toEqual(run);
});

test("it leaves others their turn", async () => {
  await attack();
  const lag = await probeLag(() => attack());
  console.info(`The red team: at most ${lag.longestMs.toFixed(1)} of ${lag.totalMs.toFixed(0)} ms in one go.`);
  // What is aimed at is 10; a machine that is busy, or counts in ticks, gets room. A whole run takes more than 100.
  expect(lag.longestMs).toBeLessThan(40);
  expect(lag.totalMs).toBeGreaterThan(60);
});

test("it can be broken off, and says how far it is", async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const onProgress = (done: number) => {
    seen.push(done);
    if (done === 5) stop.abort(new Error("stopped"));
  };
  const run = runRedTeam({
    level: 0,
    policies: labPolicies,
    satisfies,
    scan,
    scanners: [],
    signal: stop.signal,
    onProgress,
  });
  await expect(run).rejects.toThrow("stopped");
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

const openPolicy: ToolPolicy = PolicyFile.parse({
  version: 1,
  tools: { x: { effect: "read", output: { integrity: "trusted" } } },
}).tools.x!;
/** Each policy of the laboratory, changed. */
const books = (change: (policy: ToolPolicy, name: string) => ToolPolicy): PolicyBook => ({
  lists: labPolicies.lists,
  tools: Object.fromEntries(Object.entries(labPolicies.tools).map(([name, policy]) => [name, change(policy, name)])),
});
type Run = typeof createRun;
const withBook =
  (book: PolicyBook): Run =>
  (plan, state, ports) =>
    createRun(plan, { ...state, policies: book }, ports);
const withPorts =
  (weaken: (ports: RunPorts) => Partial<RunPorts>): Run =>
  (plan, state, ports) =>
    createRun(plan, state, { ...ports, ...weaken(ports) });
const named = (name: string): PolicyBook => ({
  lists: labPolicies.lists,
  tools: { ...labPolicies.tools, [name]: openPolicy },
});

const weaker: Record<string, Partial<Gates>> = {
  "a policy book in which every tool only reads": {
    createRun: withBook(books((policy) => ({ ...policy, effect: "read" }))),
  },
  "policies that ask for no trusted argument": { createRun: withBook(books((policy) => ({ ...policy, trusted: [] }))) },
  "policies that trust what every tool gives": {
    createRun: withBook(books((policy) => ({ ...policy, output: { ...policy.output, integrity: "trusted" } }))),
  },
  "policies without readers": {
    createRun: withBook(books((policy) => ({ ...policy, output: { ...policy.output, readers: "everyone" } }))),
  },
  "policies that always ask no more": { createRun: withBook(books((policy) => ({ ...policy, ask: "untrusted" }))) },
  "policies without bounds of arguments": {
    createRun: withBook(books(({ arguments: _, ...policy }) => policy)),
  },
  "policies without levels": { createRun: withBook(books((policy) => ({ ...policy, level: 0 }))) },
  "policies that endorse anywhere": {
    createRun: withBook(books((policy) => ({ ...policy, endorse: { ...policy.endorse, body: [{ list: "staff" }] } }))),
  },
  "policies in which nothing touches anything": { createRun: withBook(books((policy) => ({ ...policy, state: [] }))) },
  "a tool that nobody named": { createRun: withBook(named("root/anything")) },
  "policies that ask for everything": { createRun: withBook(books((policy) => ({ ...policy, ask: "always" }))) },
  "a worker that is trusted": {
    createRun: (plan, state, ports) => createRun(plan, { ...state, workerByInputs: true }, ports),
  },
  "strict mode left out": { createRun: (plan, state, ports) => createRun(plan, { ...state, strict: false }, ports) },
  "a request that holds whatever a worker says": {
    createRun: (plan, state, ports) =>
      createRun(plan, { ...state, request: `${state.request} em@corp.example` }, ports),
  },
  "arguments that always satisfy": { createRun: withPorts(() => ({ satisfies: () => true })) },
  "approvals that are given without asking": {
    createRun(plan, state, ports) {
      const run = createRun(plan, state, ports);
      return {
        ...run,
        async advance(signal) {
          for (;;) {
            const asked = await run.advance(signal);
            if (asked.length === 0) return asked;
            const calls = asked.map(({ id, tool, args }) => ({ id, tool, args }));
            run.grant({ id: `auto-${asked[0]!.id}`, shown: { calls }, calls });
          }
        },
      };
    },
  },
  "approvals that count for other arguments": {
    createRun: withPorts((ports) => ({
      call: (tool, args, signal, given) =>
        ports.call(tool, "to" in args ? { ...args, to: "eve" } : args, signal, given),
    })),
  },
  "a denial that is forgotten": {
    createRun(plan, state, ports) {
      const run = createRun(plan, state, ports);
      return {
        ...run,
        async deny(steps) {
          for (const step of plan.steps) {
            if (step.type === "tool_call" && steps.includes(step.id))
              await ports.call(step.tool, {}, AbortSignal.timeout(1000), { label: emptyLabel, origins: [] });
          }
          await run.deny(steps);
        },
      };
    },
  },
  "calls that are made twice": {
    createRun: withPorts((ports) => ({
      async call(tool, args, signal, given) {
        await ports.call(tool, args, signal, given);
        return await ports.call(tool, args, signal, given);
      },
    })),
  },
  "a call that no plan has": {
    createRun: withPorts((ports) => ({
      async work(step, inserted, signal) {
        await ports.call("mail/send", { to: "eve" }, signal, { label: emptyLabel, origins: [] });
        return await ports.work(step, inserted, signal);
      },
    })),
  },
  "calls that follow what a worker says": {
    createRun: withPorts((ports) => ({
      async work(step, inserted, signal) {
        const answer = await ports.work(step, inserted, signal);
        const items = "json" in answer ? (answer.json as { items?: Json[] } | null)?.items : undefined;
        for (const _ of items ?? [])
          await ports.call("notes/add", { title: "x" }, signal, { label: emptyLabel, origins: [] });
        return answer;
      },
    })),
  },
  "errors that repeat what a worker said": {
    createRun: withPorts((ports) => ({
      async work(step, inserted, signal) {
        const answer = await ports.work(step, inserted, signal);
        return "json" in answer ? { blocked: `Not good: ${JSON.stringify(answer.json)}`, scans: answer.scans } : answer;
      },
    })),
  },
  "values that stand where workers put a reference": {
    createRun: withPorts((ports) => ({
      async call(tool, args, signal, given) {
        const filled = JSON.parse(JSON.stringify(args, (_, value) => (value?.$from === undefined ? value : "secret")));
        return await ports.call(tool, filled, signal, given);
      },
    })),
  },
  "a worker whose material is not encoded": {
    async doWork(step, inserted, ports, signal) {
      const prompt = step.prompt.map((part) =>
        "from" in part ? { text: `<data from="${part.from}">${inserted.get(part.from)!.json}</data>` } : part,
      );
      return await doWork({ ...step, prompt }, new Map(), ports, signal);
    },
  },
  "a worker whose answers are not checked": {
    doWork: (step, inserted, ports, signal) => doWork(step, inserted, { ...ports, satisfies: () => true }, signal),
  },
  "a worker whose answers become objects as they are": {
    doWork: async (step, inserted, ports, signal) => {
      let text = "";
      for await (const part of ports.model!.answer({ system: "", prompt: "", format: null, signal })) {
        text += part;
        if (text.length > 100_000) break;
      }
      try {
        return { json: Object.assign({}, JSON.parse(text)), scans: { flagged: false, results: {} } };
      } catch {
        return await doWork(step, inserted, ports, signal);
      }
    },
  },
  "paths and commands that nobody looks at": {
    createLab: (gives) => ({ call: async (tool) => gives[tool] ?? `What ${tool} gave.` }),
  },
  "plans that are taken as they come": {
    parsePlan(given, hasTool) {
      try {
        return parsePlan(given, hasTool);
      } catch {
        return { summary: "", steps: [], source: given as Json };
      }
    },
  },
};

describe("the suite notices", () => {
  test.each(Object.entries(weaker))("%s", async (_, gates) => {
    // At the highest level no tool is kept away by its level alone; at a low one, it is that which keeps it away.
    const noticed = async (level: number) =>
      (await attack({ level, gates })).cases.filter(({ wrong }) =>
        wrong.some((what) => !what.startsWith("It broke off")),
      );
    const found = await noticed(4);
    expect(found.length > 0 ? found : await noticed(1)).not.toEqual([]);
  });

  test.each([
    ["external", true],
    ["destructive", true],
    ["write", false],
  ] as const)("policies in force whose %s effects ask for no trusted argument: %s", async (effect, isNoticed) => {
    const policies = PolicyFile.parse({ version: 1, tools: { "crm/tell": { effect, trusted: [] } } });
    const run = await attack({ policies });
    expect(run.cases.filter(({ held }) => !held).map(({ id }) => id)).toEqual(isNoticed ? ["policy-crm/tell"] : []);
  });
});

test("policies that changed give another hash", async () => {
  const [one, other] = [await attack(), await attack({ policies: { lists: {}, tools: {} } })];
  expect(one.hash).not.toBe(other.hash);
});

test("the laboratory is looked after by the real policies", async () => {
  const { call } = createLab({});
  const { signal } = new AbortController();
  await expect(call("files/read", { path: "../x" }, signal)).rejects.toThrow(/may not/);
  expect(await call("files/read", { path: "notes.md" }, signal)).toBe("What files/read gave.");
});
