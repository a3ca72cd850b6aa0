import { readFileSync, realpathSync, statSync } from "node:fs";
import { SentinelError } from "../../shared/errors.ts";
import type { AssistantPorts, Destination } from "../engine/agent/assistant-ports.ts";
import { readMcpConfig } from "../engine/agent/tools/mcp-config.ts";
import type { Config } from "../engine/base/config.ts";
import type { Logger } from "../engine/base/logging.ts";
import { createAnthropicPlanner } from "./anthropic.ts";
import { createEgress } from "./egress.ts";
import { createMcpServers } from "./mcp-servers.ts";
import { createOllamaLook, createOllamaWorker } from "./ollama.ts";
import { readMountedSecret } from "./secret-folder.ts";

/** @throws SentinelError SETTING_INVALID naming the setting */
export function createAssistantPorts(config: Config, version: string, log: Logger): AssistantPorts {
  const servers = config.SENTINEL_MCP_CONFIG === undefined ? null : readMcpConfig(config.SENTINEL_MCP_CONFIG);
  const key = readKey(config);
  const given = config.SENTINEL_OLLAMA_URL ?? config.OLLAMA_HOST ?? "http://localhost:11434";
  const ollama = given === "off" || given === "" ? null : toOllamaUrl(given);
  const allowed = config.SENTINEL_OLLAMA_ADDRESSES.split(",").map((one) => one.trim());
  const baseUrl = config.ANTHROPIC_BASE_URL ?? null;
  const urls = [...(servers?.values() ?? [])].flatMap((server) => ("url" in server ? [server.url] : []));
  const destinations: Destination[] = [
    ...urls.map((url): Destination => ({ purpose: "mcp", origin: new URL(url).origin, addresses: null })),
  ];
  if (ollama !== null) destinations.push({ purpose: "worker", origin: ollama, addresses: allowed });
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
  const local = ollama === null ? null : { host: ollama, model, fetch: egress.fetchFor("worker") };
  return {
    destinations,
    planner:
      key === null
        ? null
        : createAnthropicPlanner({
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
        : createMcpServers({
            servers,
            version,
            fetch: egress.fetchFor("mcp"),
            log,
            timeoutMs: config.SENTINEL_TOOL_TIMEOUT_MS,
          }),
  };
}

/** SECURITY: a key in a file that others may read is refused, as other secrets are. */
function readKey({ ANTHROPIC_API_KEY, SENTINEL_CLAUDE_KEY_FILE: file, SENTINEL_SECRETS }: Config): string | null {
  if (file === undefined) {
    const isGiven = ANTHROPIC_API_KEY !== undefined && ANTHROPIC_API_KEY !== "";
    return isGiven ? ANTHROPIC_API_KEY : readMountedSecret(SENTINEL_SECRETS, "claude_api_key");
  }
  try {
    const isOpen = process.platform !== "win32" && (statSync(realpathSync(file)).mode & 0o077) !== 0;
    if (isOpen)
      throw new SentinelError(
        "SETTING_INVALID",
        "SENTINEL_CLAUDE_KEY_FILE: others may read the file; give it mode 0600.",
      );
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof SentinelError) throw error;
    throw new SentinelError("SETTING_INVALID", "SENTINEL_CLAUDE_KEY_FILE: the file cannot be read.", undefined, error);
  }
}

/** `OLLAMA_HOST` is written with or without scheme and port. */
function toOllamaUrl(given: string): string {
  const text = /^https?:\/\//.test(given) ? given : `http://${given}`;
  const url = URL.parse(text);
  if (url === null || url.hostname === "") {
    throw new SentinelError("SETTING_INVALID", "OLLAMA_HOST: it is no address such as http://127.0.0.1:11434.");
  }
  // What listens on all addresses is called on this machine's own.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  const hasPort = /:\d+\/?$/.test(text) || url.protocol === "https:";
  return hasPort ? url.origin : `${url.protocol}//${url.hostname}:11434`;
}
