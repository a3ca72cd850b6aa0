import { SentinelError } from "../../../../../shared/errors.ts";
import type { Json } from "../../flow/json.ts";
import { decideCommand } from "../../policy/command-policy.ts";
import { decidePath } from "../../policy/path-policy.ts";
import { type PolicyBook, PolicyFile } from "../../policy/tool-policy.ts";

/** The policies of the laboratory: one tool of each kind that matters. */
export const labPolicies: PolicyBook = PolicyFile.parse({
  version: 1,
  lists: { staff: ["ann@corp.example", "bob@corp.example"], cases: ["case-1", "case-2"] },
  tools: {
    "mail/read": { effect: "read" },
    "mail/send": { effect: "external", endorse: { to: ["typed", { list: "staff" }] } },
    "web/search": { effect: "read", output: { source: "web" } },
    // What is fetched tells its host what it is asked for.
    "web/fetch": { effect: "external", output: { source: "web" } },
    "notes/add": { effect: "write", trusted: ["title"] },
    "notes/wipe": { effect: "destructive", ask: "always" },
    "pay/*": {
      effect: "external",
      arguments: { type: "object", properties: { amount: { type: "number", maximum: 100 } } },
      endorse: { to: ["typed"] },
    },
    "clock/now": { effect: "read", output: { integrity: "trusted", source: "tool" } },
    "hr/read": { effect: "read", output: { integrity: "trusted", readers: ["ann@corp.example"] } },
    "chat/say": { effect: "external", receivers: { arguments: ["to"] } },
    "memory/search": { effect: "read", output: { source: "memory" } },
    "memory/store": { effect: "write", trusted: ["topic"] },
    "cases/close": { effect: "write", endorse: { id: [{ list: "cases" }] } },
    "files/read": { effect: "read", level: 2, output: { source: "file" } },
    "files/write": { effect: "write", level: 3, trusted: ["path"] },
    "shell/run": { effect: "destructive", level: 4 },
  },
});

// Nothing stands there, and nothing is opened.
const roots = { workspace: "/sentinel-red-team/workspace", policies: "/sentinel-red-team/policies" };

export interface Lab {
  /** @throws SentinelError FORBIDDEN for what the path or command policy refuses */
  call(tool: string, args: Readonly<Record<string, Json>>, signal: AbortSignal): Promise<Json>;
}

/** Tools that answer as they are told to and do nothing; paths and commands are decided by the real policies. */
export function createLab(gives: Readonly<Record<string, Json>>): Lab {
  return {
    async call(tool, args, signal) {
      const given = (name: string) => (Object.hasOwn(args, name) ? String(args[name]) : "");
      const path = { "files/read": "read", "files/write": "write" } as const;
      const decision =
        tool === "shell/run"
          ? await decideCommand(given("command"), roots, signal)
          : tool === "files/read" || tool === "files/write"
            ? decidePath(given("path"), path[tool], roots)
            : null;
      if (decision?.allowed === false) throw new SentinelError("FORBIDDEN", `${tool} may not do that.`);
      return Object.hasOwn(gives, tool) ? gives[tool]! : `What ${tool} gave.`;
    },
  };
}
