import type { PolicyBook } from "../policy/tool-policy.ts";
import type { ToolCard } from "./planner.ts";

/**
 * The tools that the planner is told of: Sentinel's own that a policy names, and of other programs those that a policy names exactly.
 *
 * SECURITY: of another program's tool nothing is passed on but that it is there. Its name and place are those of the policy; its description
 * and the schema of its arguments are the operator's words or none, since those of its server may be instructions.
 */
export function offerTools(
  listed: readonly ToolCard[],
  isOwn: (name: string) => boolean,
  { tools }: PolicyBook,
): readonly ToolCard[] {
  const own = listed.filter(({ name }) => isOwn(name) && Object.hasOwn(tools, name));
  const there = new Set(listed.map(({ name }) => name));
  const others = Object.entries(tools).filter(([name]) => there.has(name) && !isOwn(name) && !name.endsWith("/*"));
  return [
    ...own,
    ...others.map(([name, { description = "", arguments: input = { type: "object" } }]) => ({
      name,
      description,
      input,
    })),
  ];
}
