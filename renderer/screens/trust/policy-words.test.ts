import { expect, test } from "vitest";
import type { ToolPolicyView } from "../../../shared/agent-trust.ts";
import { policyWords } from "./policy-words.ts";

const plain: ToolPolicyView = {
  ...{ tool: "mail/send", effect: "external", level: 0, trusted: "all", is_always_asked: false, is_offered: true },
  receivers: "everyone",
  output: { trust_level: "untrusted", readers: "everyone" },
};

test.each<{ more: Partial<ToolPolicyView>; want: readonly [asked: string, receivers: string, output: string] }>([
  { more: {}, want: ["Where any argument is untrusted", "Everyone", "Untrusted, for everyone"] },
  {
    more: { trusted: ["to", "cc"], receivers: { arguments: ["to", "cc"] } },
    want: ["Where one of these is untrusted: to, cc", "Whom to, cc names", "Untrusted, for everyone"],
  },
  {
    more: {
      ...{ effect: "read", trusted: [], receivers: { who: [] } },
      output: { trust_level: "trusted", readers: ["ann"] },
    },
    want: ["Where it would tell others", "Nobody", "As trusted as its arguments, for ann"],
  },
  { more: { is_always_asked: true }, want: ["Always", "Everyone", "Untrusted, for everyone"] },
])("$want.0; $want.1; $want.2", ({ more, want }) => {
  const { asked, receivers, output } = policyWords({ ...plain, ...more });
  expect([asked, receivers, output]).toEqual(want);
});
