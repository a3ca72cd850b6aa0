import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { OtherConnection } from "../../shared/agent-egress.ts";
import { SentinelError } from "../../shared/errors.ts";
import { createAssistantHealth } from "./agent/assistant-health.ts";
import { analyseConversation } from "./agent/conversation/analyse-conversation.ts";
import { createEgressLog } from "./agent/egress/egress-log.ts";
import { isBlank } from "./agent/flow/json.ts";
import type { LlmStep } from "./agent/flow/plan.ts";
import { createSchemaCheck } from "./agent/flow/satisfies.ts";
import { cutNote, emptyNote } from "./agent/flow/task-run.ts";
import { createValues, type Value } from "./agent/flow/values.ts";
import type { PlannerModel } from "./agent/planner/planner.ts";
import { decideCommand } from "./agent/policy/command-policy.ts";
import { loadPolicies } from "./agent/policy/load-policies.ts";
import { decidePath, type PathRoots } from "./agent/policy/path-policy.ts";
import { viewPolicies } from "./agent/policy/view-policies.ts";
import { holdersOfRequest } from "./agent/scan/holders.ts";
import { redactCredentials } from "./agent/scan/redact-credentials.ts";
import type { Scanners } from "./agent/scan/scanners.ts";
import { type Budget, createSpending, nothingSpent } from "./agent/tasks/spending.ts";
import { createTaskBook } from "./agent/tasks/task-book.ts";
import { toNodes } from "./agent/tasks/task-views.ts";
import { createTasks } from "./agent/tasks/tasks.ts";
import { factTools } from "./agent/templates/fact-tools.ts";
import { planOf, readyTasks } from "./agent/templates/ready-tasks.ts";
import { fileTools } from "./agent/tools/file-tools.ts";
import { memoryTools } from "./agent/tools/memory-tools.ts";
import { shellTool } from "./agent/tools/shell-tool.ts";
import { createToolBox } from "./agent/tools/tool-box.ts";
import { doWork } from "./agent/worker/worker.ts";
import { sentinelTools, type ToolSources } from "./agent-tools.ts";
import type { Approvals } from "./approve/approvals.ts";
import type { Config } from "./base/config.ts";
import { labelOf } from "./base/labels.ts";
import type { Tracing } from "./base/tracing.ts";
import type { Engine } from "./engine-interface.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Memory } from "./memory/memory.ts";
import type { Jobs } from "./store/jobs.ts";
import type { StoreHost } from "./store/store.ts";
import { createTrustOperations } from "./trusting.ts";

export interface AssistingOptions {
  readonly ports: EnginePorts;
  readonly store: StoreHost;
  readonly jobs: Jobs;
  readonly approvals: Approvals;
  readonly scanners: Scanners;
  readonly sources: ToolSources;
  readonly memory: Memory;
  /** What to call the task of a request in a list; null: as it was asked. */
  readonly titleOf: (request: string | null) => Promise<string | null>;
  /** Whom else the engine speaks to. */
  readonly others: () => Promise<OtherConnection[]>;
  readonly changed: () => void;
}

/** The agent, put together: tasks over the planner, the worker, tools, policies and scanners that there are. */
export async function createAssisting({
  ports,
  store,
  jobs,
  approvals,
  scanners,
  sources,
  memory,
  titleOf,
  others,
  changed,
}: AssistingOptions) {
  const { config, clock, log, tracing, directory, assistant } = ports;
  const supervisor = await ports.supervisor;
  const satisfies = createSchemaCheck();
  const roots = openRoots(config.SENTINEL_WORKSPACE, config.SENTINEL_POLICIES, directory.path);
  const folders = [
    join(ports.resources, "policies"),
    ...(config.SENTINEL_POLICIES === undefined ? [] : [config.SENTINEL_POLICIES]),
  ];
  let loaded = loadPolicies(folders);
  for (const { file, why } of loaded.problems) log.error({ file }, `A policy of the agent cannot be read: ${why}`);

  const { trust, operations: trustOperations } = await createTrustOperations({
    store,
    jobs,
    clock,
    configured: config.SENTINEL_TRUST_LEVEL ?? null,
    policies: () => loaded.book,
    scanners: scanners.names,
    satisfies,
  });

  async function work(
    step: LlmStep,
    inserted: ReadonlyMap<string, Value>,
    spend: (characters: number) => void,
    signal: AbortSignal,
  ) {
    return await doWork(
      step,
      inserted,
      {
        tracing,
        model: assistant.worker,
        scan: (text, input, at) => scanners.scan({ text, kind: "output", input }, at),
        satisfies,
        timeoutMs: config.SENTINEL_LLM_TIMEOUT_MS,
        spend,
      },
      signal,
    );
  }

  const limits = {
    deadlineMs: config.SENTINEL_TASK_DEADLINE_MS,
    approvalMs: config.SENTINEL_APPROVAL_MS,
    calls: config.SENTINEL_TASK_CALLS,
    characters: config.SENTINEL_TASK_CHARACTERS,
    plannerTokens: config.SENTINEL_TASK_TOKENS,
    money: config.SENTINEL_TASK_COST ?? null,
    prices: pricesOf(config),
  };
  const egress = createEgressLog({ store, sealer: directory.sealer, clock });
  const tasks = createTasks({
    book: createTaskBook({ store, sealer: directory.sealer, clock }),
    approvals,
    clock,
    log,
    ports: {
      tracing,
      planner: assistant.planner === null ? null : tracedPlanner(assistant.planner, tracing),
      tools: createToolBox(
        [
          ...sentinelTools(sources, clock),
          ...factTools(),
          ...fileTools(roots),
          ...memoryTools(memory),
          shellTool({ supervisor, roots }),
        ],
        assistant.servers,
      ),
      policies() {
        // Read for each task: what an operator writes counts for the next one.
        loaded = loadPolicies(folders);
        return loaded.book;
      },
      work,
      scanRequest: (text, signal) => scanners.scan({ text, kind: "prompt" }, signal),
      analyse: (turns) => analyseConversation(turns, clock.now()),
      redact: redactCredentials,
      egress,
      plannerOrigin: assistant.destinations.find(({ purpose }) => purpose === "planner")?.origin ?? "planner",
      satisfies,
      trust,
      limits,
      strict: config.SENTINEL_AGENT_STRICT,
      workerByInputs: config.SENTINEL_WORKER_LABELS === "inputs",
      everyPlan: config.SENTINEL_APPROVAL_MODE === "every_plan",
      changed,
    },
  });

  const operations: Engine["assistant"] = {
    ask: tasks.ask,
    start: tasks.start,
    runPlan: ({ plan, session_id }, by) =>
      tasks.runPlan(
        {
          plan,
          request: "A plan written by hand",
          planner: "user",
          ...(session_id === undefined ? {} : { sessionId: session_id }),
        },
        by,
      ),
    templates: () => ({ items: [...readyTasks], has_planner: assistant.planner !== null }),
    async runTemplate({ template, subject, session_id }, by) {
      const given = { ...planOf(template, subject), planner: "template" as const };
      return await tasks.runPlan({ ...given, ...(session_id === undefined ? {} : { sessionId: session_id }) }, by);
    },
    async preview(input) {
      const { system, messages, tool } = await tasks.preview(input);
      return { system, tool: { ...tool }, messages: messages.flatMap((one) => ("text" in one ? [one] : [])) };
    },
    get: ({ id }) => tasks.get(id),
    provenance: async ({ id }) => ({ nodes: toNodes(await tasks.provenance(id)) }),
    check: ({ id }) => tasks.check(id),
    cancel: ({ id }, by) => tasks.cancel(id, by),
    async list(input) {
      const { items } = await tasks.list(input);
      return { items: await Promise.all(items.map(async (one) => ({ ...one, title: await titleOf(one.request) }))) };
    },
    session: ({ id }) => tasks.session(id),
    approval: ({ id }, by) => tasks.approval(id, by),
    decide: tasks.decide,
    follow: tasks.follow,
    async egress(input) {
      const destinations = assistant.destinations.map(({ purpose, origin, addresses }) => ({
        purpose,
        origin,
        is_private: addresses !== null,
      }));
      return { items: await egress.list(input), destinations, others: await others() };
    },
    egressText: ({ id }) => egress.get(id),
    async process({ text, prompt = "Summarise the material." }, signal) {
      const none = { output: null, trust_level: "untrusted" as const, source: "qwen" };
      const asked = await scanners.scan({ text, kind: "input" }, signal);
      if (holdersOfRequest(asked).length > 0) {
        return { ...none, status: "blocked", scan_results: asked.results, reason: "The text does not pass the scan." };
      }
      const value = createValues({ strict: false }).give(text, labelOf("user", "untrusted"), "given");
      const parts = [{ text: `${prompt}\n` }, { from: "text" }];
      const step: LlmStep = { id: "text", type: "llm_task", prompt: parts, output: "text", schema: null };
      const spending = createSpending({ ...nothingSpent }, limits);
      const answer = await work(step, new Map([["text", value]]), spending.answer, signal);
      const scan_results = answer.scans.results;
      if ("blocked" in answer) return { ...none, status: "blocked", scan_results, reason: answer.blocked };
      const reason = answer.isCut === true ? cutNote : isBlank(answer.json) ? emptyNote : null;
      return { ...none, status: "completed", output: answer.json, scan_results, reason };
    },
    validatePath({ path, operation }) {
      const { allowed, rule, reason } = decidePath(path, operation, roots);
      return { allowed, rule, reason };
    },
    async validateCommand({ command }, signal) {
      const { allowed, rule, reason } = await decideCommand(command, roots, signal);
      return { allowed, rule, reason };
    },
  };

  return {
    operations,
    trust: {
      ...trustOperations,
      policies() {
        const { book, problems } = loadPolicies(folders);
        return { items: viewPolicies(book), problems: [...problems] };
      },
    },
    notePanic: trust.notePanic,
    recover: tasks.recover,
    health: createAssistantHealth(assistant, () => loaded.problems),
    stopAll: tasks.stopAll,
    async close() {
      await tasks.close();
      trust.close();
      await assistant.servers?.close();
    },
  };
}

function tracedPlanner(planner: PlannerModel, tracing: Tracing): PlannerModel {
  return {
    ...planner,
    submit: (call, signal) =>
      tracing.span("model.call", { "gen_ai.operation.name": "plan" }, async (span) => {
        const reply = await planner.submit(call, signal);
        const { inputTokens, outputTokens } = reply;
        span.set({ "gen_ai.usage.input_tokens": inputTokens, "gen_ai.usage.output_tokens": outputTokens });
        return reply;
      }),
  };
}

/** @throws SentinelError SETTING_INVALID for one price without the other, and for a limit that nothing is counted for */
function pricesOf(config: Config): Budget["prices"] {
  const { SENTINEL_PLANNER_INPUT_PRICE: input, SENTINEL_PLANNER_OUTPUT_PRICE: output } = config;
  if (input !== undefined && output !== undefined) return { input, output };
  if (input === undefined && output === undefined && config.SENTINEL_TASK_COST === undefined) return null;
  throw new SentinelError(
    "SETTING_INVALID",
    "SENTINEL_PLANNER_INPUT_PRICE and SENTINEL_PLANNER_OUTPUT_PRICE: what a task costs is counted with both prices alone.",
  );
}

/** The folders that tools may touch; without a setting both lie in the data directory. */
function openRoots(workspace: string | undefined, policies: string | undefined, home: string): PathRoots {
  const own = (name: string) => {
    const folder = join(home, "agent", name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  };
  const real = (path: string, setting: string) => {
    try {
      return realpathSync(path);
    } catch (error) {
      throw new SentinelError("SETTING_INVALID", `${setting}: there is no such folder.`, undefined, error);
    }
  };
  return {
    workspace: real(workspace ?? own("workspace"), "SENTINEL_WORKSPACE"),
    policies: real(policies ?? own("policies"), "SENTINEL_POLICIES"),
  };
}
