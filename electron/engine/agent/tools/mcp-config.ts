import { readFileSync } from "node:fs";
import { z } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";

const McpServer = z.union([
  z.object({
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.object({ url: z.url({ protocol: /^https?$/ }), headers: z.record(z.string(), z.string()).default({}) }),
]);
export type McpServer = z.infer<typeof McpServer>;

const McpConfig = z.object({
  mcpServers: z.record(
    z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "a server's name is of letters, digits, _ . -"),
    McpServer,
  ),
});

/**
 * Reads the usual file of MCP servers: `{"mcpServers": {name: {command, args, env} | {url}}}`.
 * @throws SentinelError SETTING_INVALID naming what is wrong
 */
export function readMcpConfig(path: string): ReadonlyMap<string, McpServer> {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SentinelError(
      "SETTING_INVALID",
      "SENTINEL_MCP_CONFIG: the file cannot be read as JSON.",
      undefined,
      error,
    );
  }
  const parsed = McpConfig.safeParse(given);
  if (parsed.success) return new Map(Object.entries(parsed.data.mcpServers));
  const issue = parsed.error.issues[0]!;
  throw new SentinelError("SETTING_INVALID", `SENTINEL_MCP_CONFIG: ${issue.path.join(".")}: ${issue.message}.`);
}
