import type { z } from "zod";
import { toJSONSchema } from "zod";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Role } from "../../../../shared/route.ts";
import type { Label } from "../../base/labels.ts";
import { type Principal, requireRole } from "../../base/principals.ts";
import { type Json, takeJson } from "../flow/json.ts";
import type { Ancestry } from "../flow/values.ts";
import type { ToolCard } from "../planner/planner.ts";
import type { ToolBox } from "../tasks/task-ports.ts";

interface ToolAnswer {
  readonly json: unknown;
  readonly label?: Label;
  readonly origins?: readonly string[];
}

/** A tool of Sentinel's own. */
export interface Tool<I extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** For the planner. */
  readonly description: string;
  readonly input: I;
  /**
   * @param given what is known of all that goes in
   * @returns plain JSON; with a label where the tool knows more than its policy: it is joined with the policy's; with the sources in memory
   *   that it was taken from
   * @throws SentinelError whose message holds nothing that somebody else wrote
   */
  call(args: z.output<I>, by: Principal, signal: AbortSignal, given: Ancestry): Promise<ToolAnswer>;
}

export function defineTool<I extends z.ZodType>(tool: Tool<I>): Tool {
  return tool as unknown as Tool;
}

/** Tools of other programs, over the Model Context Protocol. */
export interface McpServers {
  names(): readonly string[];
  status(): readonly { readonly name: string; readonly status: "idle" | "connected" | "down" }[];
  /** Those of all servers that answer, named `server/tool`, as the servers say: nothing of it is to be trusted. */
  list(): Promise<readonly ToolCard[]>;
  /** @throws SentinelError: its message holds nothing that the server said */
  call(server: string, tool: string, args: Readonly<Record<string, Json>>, signal: AbortSignal): Promise<Json>;
  close(): Promise<void>;
}

/** The least role in whose name a tool works, Sentinel's own or another program's: no tool does what analysts may not do. */
export const toolRole: Role = "analyst";

/** Largest answer of a tool, UTF-16 units of its JSON. */
const mostCharacters = 500_000;

/** Sentinel's own tools and those of MCP servers in one. What may be called is not decided here. */
export function createToolBox(own: readonly Tool[], servers: McpServers | null): ToolBox {
  const byName = new Map(own.map((tool) => [tool.name, tool]));
  const cards = own.map(({ name, description, input }): ToolCard => {
    const { $schema: _, ...schema } = toJSONSchema(input, { io: "input" });
    return { name, description, input: schema };
  });
  return {
    isOwn: (name) => byName.has(name),
    list: async () => [...cards, ...((await servers?.list()) ?? [])],
    async call(name, args, by, signal, given) {
      // SECURITY: checked at each call, whichever way the task came and whoever has been left to go on with it.
      requireRole(by, toolRole);
      const tool = byName.get(name);
      const slash = name.indexOf("/");
      if (tool === undefined) {
        if (servers === null || slash < 1) throw new SentinelError("NOT_FOUND", `There is no tool ${name}.`);
        return {
          json: await servers.call(name.slice(0, slash), name.slice(slash + 1), args, signal),
          label: null,
          origins: [],
        };
      }
      const parsed = tool.input.safeParse(args);
      if (!parsed.success) {
        const path = parsed.error.issues[0]!.path.filter((part) => typeof part === "number" || part in args);
        throw new SentinelError(
          "INPUT_INVALID",
          `The arguments do not fit ${name}${path.length === 0 ? "" : `: ${String(path[0])}`}.`,
        );
      }
      const { json, label = null, origins = [] } = await tool.call(parsed.data, by, signal, given);
      const taken = takeJson(JSON.parse(JSON.stringify(json ?? null)), "An answer");
      if (JSON.stringify(taken).length > mostCharacters) {
        throw new SentinelError("INPUT_TOO_LARGE", `The tool ${name} gave more than ${mostCharacters} characters.`);
      }
      return { json: taken, label, origins };
    },
  };
}
