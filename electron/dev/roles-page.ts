import { join } from "node:path";
import { topicAccess } from "../../shared/fleet.ts";
import { type Role, type Route, roles } from "../../shared/route.ts";
import { routes } from "../../shared/routes.ts";
import { settingRoles } from "../../shared/setting-roles.ts";
import { mcpToolRoutes } from "../api/mcp-tools.ts";
import { loadPolicies } from "../engine/agent/policy/load-policies.ts";
import { toolRole } from "../engine/agent/tools/tool-box.ts";
import { deciders } from "../engine/approve/approvals.ts";
import { hasRole } from "../engine/base/principals.ts";

const policies = join(import.meta.dirname, "../../resources/policies");

/** The documentation page of who may do what, made from what the program itself decides by. */
export function describeRoles(): string {
  const { book } = loadPolicies([policies]);
  return `# Roles

This page is made by \`npm run generate\`. A test calls the router, the settings, the agent's tools and the topics once for each cell.

Each role includes those to its left. Who has which: [Over the network](network.md#roles).
A cell says "yes" or "no" before anything else is looked at; what a yes leads to may ask for more, as said under the tables.

## Routes
"Who" is whose listener leads there: ui (the window, and people over the network), external (other programs), mcp (the agent's own tools). What is open needs no credential on this machine.

${table(["route", "what it does", "who", ...roles], routes.map(routeRow))}

Past the cell: each setting asks for [a role of its own](#settings).
To take an exclusion from a rule that blocks, and to undo what an approver or an admin alone may do, needs what doing it needs.
Whoever asked for something that needs an approver does not grant it while somebody else is there who could.
What the agent asks any analyst may decide, whoever gave the task; over MCP nobody does.

## Settings
Who changes them while the engine runs, and takes a change back: [what they mean](settings.md).

${table(
  ["setting", ...roles],
  Object.entries(settingRoles).map(([name, role]) => [`\`${name}\``, ...cells(role)]),
)}

## Approvals
Who decides what is asked for.

${table(
  ["asked for", ...roles],
  Object.entries(deciders).map(([kind, role]) => [`\`${kind}\``, ...cells(role)]),
)}

## Tools of the agent
They work in the name, and with the role, of whoever gave the task. Policies decide what is asked for besides: [Policies](agent-policies.md).

${table(
  ["tool", "effect", "trust level", ...roles],
  Object.entries(book.tools).map(([name, { effect, level }]) => [
    `\`${name}\``,
    effect,
    String(level),
    ...cells(toolRole),
  ]),
)}

## Tools that MCP offers
Each goes through the route of its name, with the role of the bearer token, and at most analyst.

${table(
  ["tool", "route", ...roles.slice(0, 2)],
  Object.entries(mcpToolRoutes).map(([name, route]) => [
    `\`${name}\``,
    `\`${routeName(route)}\``,
    ...cells(route.role).slice(0, 2),
  ]),
)}

## Topics
No role of a person reaches a topic: engines, desktops and programs have accounts at the brokers. Engines and desktops refuse what is not in their columns, whatever the brokers let them do; give each account at the brokers what its column says.

${table(
  ["topic", "engine", "desktop", "programs", "by the word of"],
  Object.entries(topicAccess).map(([topic, { engine, desktop, programs, word }]) => [
    `\`${topic}\``,
    engine.join(", ") || "nothing",
    desktop.join(", ") || "nothing",
    programs.join(", ") || "nothing",
    word,
  ]),
)}
`;
}

function routeName(route: Route): string {
  return `${route.method} ${route.path}`;
}

function routeRow(route: Route): string[] {
  const who = [...route.callers, ...(route.open ? ["open"] : [])].join(", ");
  return [`\`${routeName(route)}\``, route.summary.replaceAll("|", "\\|"), who, ...cells(route.role)];
}

function cells(needed: Role): string[] {
  return roles.map((role) => (hasRole({ actor: "", role, caller: "ui" }, needed) ? "yes" : "no"));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
