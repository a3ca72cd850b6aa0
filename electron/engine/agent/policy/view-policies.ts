import type { ToolPolicyView } from "../../../../shared/agent-trust.ts";
import { type PolicyBook, receiversOf } from "./tool-policy.ts";

/** Policies as screens show them, in the order of the files. */
export function viewPolicies({ tools }: PolicyBook): ToolPolicyView[] {
  return Object.entries(tools).map(([tool, policy]) => ({
    tool,
    effect: policy.effect,
    level: policy.level,
    trusted: policy.effect === "read" ? [] : policy.trusted,
    is_always_asked: policy.ask === "always",
    receivers: receiversOf(policy),
    output: { trust_level: policy.output.integrity, readers: policy.output.readers },
    is_offered: !tool.endsWith("/*"),
  }));
}
