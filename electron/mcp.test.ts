import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import type { Principal } from "./engine/base/principals.ts";
import type { ComposeEngine } from "./engine/engine-interface.ts";
import { environmentKeySource } from "./engine/store/master-key.ts";
import { openTestEngine, type TestEngine } from "./engine/test-engine.ts";
import { type ServingHost, serveHost } from "./host.ts";
import { readRunFile } from "./run-file.ts";

const patience = 120_000;
const person: Principal = { actor: "analyst", role: "analyst", caller: "ui" };
let home: string;
let opened: TestEngine;
let host: ServingHost;
let url: URL;

/** A real engine; planner, worker and the mail server are scripted. */
const compose: ComposeEngine = async (ports) => {
  const steps = [
    { id: "r", type: "tool_call", tool: "mail/read", args: {} },
    { id: "w", type: "tool_call", tool: "mail/send", args: { body: { $from: "r" } } },
  ];
  opened = await openTestEngine({
    assistant: {
      planner: { submit: async () => ({ plan: { summary: "Mail.", steps }, inputTokens: 1, outputTokens: 1 }) },
      servers: {
        names: () => ["mail"],
        status: () => [],
        list: async () =>
          ["read", "send"].map((name) => ({ name: `mail/${name}`, description: name, input: { type: "object" } })),
        call: async () => "given",
        close: async () => {},
      },
    },
    environment: { SENTINEL_POLICIES: home, SENTINEL_TRUST_LEVEL: "1" },
  });
  (await ports.startSupervisor()).close();
  return { ...opened.engine, close: opened.close };
};

const environment = () => ({
  SENTINEL_HOME: join(home, "data"),
  SENTINEL_PORT: "0",
  SENTINEL_TOKEN_FILE: join(home, "token"),
  SENTINEL_PIN_FILE: join(home, "pin"),
});

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "sentinel-mcp-"));
  writeFileSync(join(home, "token"), "program-token", { mode: 0o600 });
  writeFileSync(join(home, "pin"), "2468", { mode: 0o600 });
  writeFileSync(
    join(home, "mail.yaml"),
    "version: 1\ntools:\n  mail/read: { effect: read }\n  mail/send: { effect: external }\n",
  );
  host = await serveHost({
    config: readConfig(environment(), home),
    log: createLogger("silent"),
    compose,
    keySource: environmentKeySource(""),
    host: "test",
    checkOutput: true,
  });
  if ("problem" in host.external) throw new Error(host.external.problem);
  url = new URL("/mcp/", host.external.origin);
}, patience);

afterAll(async () => {
  await host?.close();
  rmSync(home, { recursive: true, force: true });
});

const overHttp = () =>
  new StreamableHTTPClientTransport(url, { requestInit: { headers: { Authorization: "Bearer program-token" } } });
const overStdio = () =>
  new StdioClientTransport({
    command: process.execPath,
    args: [join(import.meta.dirname, "headless.ts"), "mcp"],
    env: { ...environment(), PATH: process.env.PATH ?? "" },
    stderr: "inherit",
  });

describe.each([
  ["HTTP", overHttp],
  ["standard input and output", overStdio],
])("MCP over %s", (name, open) => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ name: "test", version: "1" });
    await client.connect(open() as Transport);
  }, patience);
  afterAll(() => client?.close());

  async function use(
    tool: string,
    given: object = {},
    onprogress?: (progress: { message?: string | undefined }) => void,
  ) {
    const options = { timeout: patience, ...(onprogress === undefined ? {} : { onprogress }) };
    const result = await client.callTool({ name: tool, arguments: { ...given } }, undefined, options);
    const text = (result.content as { text: string }[])[0]!.text;
    return { isError: result.isError === true, value: JSON.parse(text) };
  }

  test("offers four tools, and none that decides", async () => {
    const { tools } = await client.listTools();
    expect(tools.map((one) => one.name).sort()).toEqual(["health_check", "run_task", "search_memory", "store_memory"]);
  });

  test("says how the engine is", async () => {
    expect((await use("health_check")).value).toMatchObject({ status: expect.any(String), components: {} });
  });

  test("stores what nobody vouches for, and finds it", { timeout: patience }, async () => {
    const text = `The scanner of ${name} comes each night.`;
    const stored = await use("store_memory", { text, title: "Nights" });
    expect(stored.value).toMatchObject({ label: { integrity: "untrusted" } });
    const found = await use("search_memory", { query: `scanner of ${name}`, limit: 3 });
    expect(found.value.items[0]).toMatchObject({ text, label: { integrity: "untrusted" } });
  });

  test("runs a task until a person is needed, tells its steps, and asks what became of it", {
    timeout: patience,
  }, async () => {
    const steps: (string | undefined)[] = [];
    const { value } = await use("run_task", { request: "Send the mail on" }, ({ message }) => steps.push(message));
    expect(value).toMatchObject({ status: "awaiting_approval", approval_id: expect.any(String) });
    // What is told last may come with the answer itself, after which the SDK's client hears no more progress.
    expect(steps.slice(0, 3)).toEqual(["task.started", "task.planned", "task.step_completed"]);
    expect(["task.approval_requested", undefined]).toContain(steps[3]);
    expect((await use("run_task", { task_id: value.task_id })).value).toMatchObject({ status: "awaiting_approval" });
    await opened.engine.assistant.decide({ id: value.approval_id, granted: true, reason: "" }, person);
    expect((await use("run_task", { task_id: value.task_id })).value).toMatchObject({ status: "completed" });
  });

  test("what is wrong is said in the one shape of errors", async () => {
    const both = await use("run_task", { request: "a", task_id: "b" });
    expect(both).toMatchObject({ isError: true, value: { code: "INPUT_INVALID" } });
    expect(await use("run_task", { task_id: "none" })).toMatchObject({ isError: true, value: { code: "NOT_FOUND" } });
    expect(await use("run_task", { request: "a\u202eb" })).toMatchObject({ value: { code: "INPUT_INVALID" } });
  });
});

test("SECURITY: MCP never decides", async () => {
  const { task_id } = await opened.engine.assistant.start({ request: "Send the mail on" }, person);
  const waits = async () => (await opened.engine.assistant.get({ id: task_id })).approval_id;
  await expect.poll(waits, { timeout: patience }).toBeDefined();
  const id = (await waits())!;
  const program: Principal = { actor: "MCP (token)", role: "analyst", caller: "mcp" };
  await expect(opened.engine.assistant.decide({ id, granted: true, reason: "" }, program)).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  const body = JSON.stringify({ granted: true, reason: "" });
  const headers = { "Content-Type": "application/json" };
  const asked = new Request(`http://127.0.0.1/approve/${id}`, { method: "POST", headers, body });
  expect((await host.router.handle(asked, program)).status).toBe(404);
});

describe("SECURITY: /mcp/", () => {
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const right = { Authorization: "Bearer program-token" };
  const send = (headers: Record<string, string>, body = ping, to = url, method = "POST") =>
    fetch(to, {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream", ...headers },
      ...(method === "POST" ? { body } : {}),
    });

  test("takes the bearer token and nothing else", async () => {
    expect((await send(right)).status).toBe(200);
    for (const headers of [{}, { Authorization: "Bearer no" }, { "X-Sentinel-Pin": "2468" }]) {
      const reply = await send(headers);
      expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
  });

  test.each([
    ["another site", { Origin: "http://evil.example" }, ping, 403],
    ["a form", { "Content-Type": "text/plain" }, ping, 415],
    ["a batch", {}, `[${ping},${ping}]`, 400],
    ["no JSON", {}, "hello", 400],
    ["5 MB", {}, JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params: { x: "x".repeat(5e6) } }), 413],
  ])("refuses %s", async (_why, headers, body, status) => {
    expect((await send({ ...right, ...headers }, body)).status).toBe(status);
  });

  test("holds no stream open for those who only listen", async () => {
    expect((await send(right, "", url, "GET")).status).toBe(405);
  });

  test("at the window's listener it is the command line's alone", async () => {
    const running = readRunFile(join(home, "data"))!;
    const to = new URL("/mcp/", running.ui_origin);
    expect((await send({ Authorization: `Bearer ${running.token}` }, ping, to)).status).toBe(200);
    expect((await send(right, ping, to)).status).toBe(401);
  });
});

test("without a running engine the command says so", { timeout: patience }, async () => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(import.meta.dirname, "headless.ts"), "mcp"],
    env: { SENTINEL_HOME: join(home, "nobody"), PATH: process.env.PATH ?? "" },
    stderr: "pipe",
  });
  let said = "";
  transport.stderr!.on("data", (chunk: Buffer) => {
    said += String(chunk);
  });
  const client = new Client({ name: "test", version: "1" });
  await expect(client.connect(transport as Transport)).rejects.toThrow();
  await expect.poll(() => said).toContain("UNAVAILABLE: No engine runs");
});
