import type { AssistantPorts, Destination } from "../engine/agent/assistant-ports.ts";
import { readMcpConfig } from "../engine/agent/tools/mcp-config.ts";
import type { Config } from "../engine/base/config.ts";
import type { Logger } from "../engine/base/logging.ts";
import type { EmbeddingServer } from "../engine/memory/embedder.ts";
import { createEgress } from "./egress.ts";
import { createOllamaLook, createOllamaWorker } from "./ollama.ts";
import { ollamaOf } from "./ollama-address.ts";
import { createOllamaEmbedding } from "./ollama-embed.ts";
import { readMountedSecret, readSecretFile } from "./secrets.ts";

/** All that reaches out of this process by the one way out. */
export interface OutsidePorts {
  readonly assistant: AssistantPorts;
  /** Null: memory embeds by itself. */
  readonly embeddingServer: EmbeddingServer | null;
}

/**
 * What is not set is not loaded: a start pays for nothing that nobody uses.
 * @throws SentinelError SETTING_INVALID naming the setting
 */
export async function createOutsidePorts(config: Config, version: string, log: Logger): Promise<OutsidePorts> {
  const servers = config.SENTINEL_MCP_CONFIG === undefined ? null : readMcpConfig(config.SENTINEL_MCP_CONFIG);
  const key = readKey(config);
  const ollama = ollamaOf(config);
  const baseUrl = config.ANTHROPIC_BASE_URL ?? null;
  const urls = [...(servers?.values() ?? [])].flatMap((server) => ("url" in server ? [server.url] : []));
  const destinations: Destination[] = [
    ...urls.map((url): Destination => ({ purpose: "mcp", origin: new URL(url).origin, addresses: null })),
  ];
  if (ollama !== null) destinations.push(ollama);
  if (key !== null) {
    destinations.push({
      purpose: "planner",
      origin: new URL(baseUrl ?? "https://api.anthropic.com").origin,
      addresses: null,
    });
  }
  const egress = createEgress(destinations, ({ purpose, origin }) => log.debug({ purpose, origin }, "A call leaves."));
  const timeoutMs = config.SENTINEL_LLM_TIMEOUT_MS;
  const model = config.OLLAMA_MODEL ?? config.SENTINEL_OLLAMA_MODEL;
  const contextTokens = config.SENTINEL_OLLAMA_CONTEXT;
  const fetchWorker = egress.fetchFor("worker");
  const local = ollama === null ? null : { host: ollama.origin, model, contextTokens, fetch: fetchWorker };
  const programs = [...(servers?.values() ?? [])].flatMap((server) => ("command" in server ? [server.command] : []));
  const assistant: AssistantPorts = {
    destinations,
    programs,
    planner:
      key === null
        ? null
        : (await import("./anthropic.ts")).createAnthropicPlanner({
            apiKey: key,
            baseUrl,
            model: config.SENTINEL_PLANNER_MODEL,
            timeoutMs,
            fetch: egress.fetchFor("planner"),
          }),
    worker: local === null ? null : createOllamaWorker(local),
    lookAtWorker: local === null ? null : createOllamaLook(local),
    servers:
      servers === null
        ? null
        : (await import("./mcp-servers.ts")).createMcpServers({
            servers,
            version,
            fetch: egress.fetchFor("mcp"),
            log,
            timeoutMs: config.SENTINEL_TOOL_TIMEOUT_MS,
          }),
  };
  return {
    assistant,
    embeddingServer: local === null ? null : createOllamaEmbedding({ url: local.host, fetch: local.fetch }),
  };
}

function readKey({ ANTHROPIC_API_KEY, SENTINEL_CLAUDE_KEY_FILE: file, SENTINEL_SECRETS }: Config): string | null {
  if (file !== undefined) return readSecretFile("SENTINEL_CLAUDE_KEY_FILE", file, true);
  const isGiven = ANTHROPIC_API_KEY !== undefined && ANTHROPIC_API_KEY !== "";
  return isGiven ? ANTHROPIC_API_KEY : readMountedSecret(SENTINEL_SECRETS, "claude_api_key");
}
