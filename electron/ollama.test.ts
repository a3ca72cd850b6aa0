import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutsidePorts } from "./adapters/assistant.ts";
import { hasOllama, type OllamaServer, startOllama } from "./adapters/fixture-ollama-server.ts";
import { llm, of } from "./engine/agent/flow/fixture-run.ts";
import { readConfig } from "./engine/base/config.ts";
import { createLogger } from "./engine/base/logging.ts";
import { analyst, never, openTestEngine, type TestEngine, temporaryHome } from "./engine/test-engine.ts";

/** `npm test` builds the server where it can, and says why where it cannot. */
describe.skipIf(!hasOllama)("the engine with the real Ollama server", () => {
  let server: OllamaServer;
  let home: string;
  let opened: TestEngine;
  beforeAll(async () => {
    home = temporaryHome();
    server = await startOllama();
    await server.create("tiny", { says: ["The", " log", " shows", " one", " failed", " login."] });
    await server.create("nomic-embed-text", { says: ["Nothing", " said."], embeds: true });
    const environment = { SENTINEL_OLLAMA_URL: server.url, OLLAMA_MODEL: "tiny", SENTINEL_TRUST_LEVEL: "1" };
    const log = createLogger("error");
    const { assistant, embeddingServer } = await createOutsidePorts(readConfig(environment, "/"), "0.0.0", log);
    const shape = { type: "object", properties: { severe: { type: "boolean" } }, required: ["severe"] };
    const steps = [
      llm("text", "Sum up the log."),
      llm("judged", `Is this severe? ${of("text")}`, { output: "json", schema: shape }),
    ];
    const plan = { summary: "The log is summed up.", steps };
    opened = await openTestEngine({
      home,
      environment,
      embeddingServer,
      assistant: { ...assistant, planner: { submit: async () => ({ plan, inputTokens: 1, outputTokens: 1 }) } },
    });
  });
  afterAll(async () => {
    await opened?.close();
    await server?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test("a task's text steps are answered by the local model, and stay untrusted", async () => {
    const done = await opened.engine.assistant.ask({ request: "Sum up the log" }, analyst);
    expect(done).toMatchObject({
      status: "completed",
      steps: [
        { id: "text", status: "completed", output: "The log shows one failed login.", trust_level: "untrusted" },
        {
          id: "judged",
          status: "completed",
          output: { severe: expect.any(Boolean) },
          trust_level: "untrusted",
          derived_from: ["text"],
        },
      ],
    });
  });

  test("the health page says that it is there, and where it computes", async () => {
    // The first look goes out unawaited.
    await expect
      .poll(async () => (await opened.engine.health()).components.worker)
      .toEqual({ status: "healthy", detail: expect.stringMatching(/^tiny at http:.*, (on the CPU|not loaded)$/) });
  });

  test("what is remembered is embedded there, and found by it", async () => {
    const remember = (text: string) =>
      opened.engine.memory.store({ text, source: { kind: "note" }, readers: "everyone" }, analyst);
    await remember("Login failed twice.");
    await remember("QQQQ ZZZZ 1234.");
    const embedded = async () => (await opened.engine.memory.status()).server;
    await expect.poll(embedded, { timeout: 20_000 }).toMatchObject({ embedded: 2, state: "in_use" });
    const { items } = await opened.engine.memory.search({ q: "twicefailedlogin", limit: 10 }, analyst, never);
    // No word of the question stands in it.
    expect(items[0]).toMatchObject({ text: "Login failed twice.", found_by: ["meaning"] });
  });
});
