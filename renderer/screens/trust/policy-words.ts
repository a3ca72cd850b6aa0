import type { ToolPolicyView } from "../../../shared/agent-trust.ts";

/** A policy in words. */
export function policyWords({ effect, trusted, is_always_asked, receivers, output }: ToolPolicyView): {
  readonly asked: string;
  readonly receivers: string;
  readonly output: string;
} {
  const { trust_level, readers } = output;
  return {
    asked: askedWords(effect, trusted, is_always_asked),
    receivers: receiverWords(receivers),
    output: `${trust_level === "trusted" ? "As trusted as its arguments" : "Untrusted"}, for ${readers === "everyone" ? "everyone" : namesOr(readers, "nobody")}`,
  };
}

const namesOr = (names: readonly string[], none: string) => (names.length === 0 ? none : names.join(", "));

function askedWords(effect: ToolPolicyView["effect"], trusted: ToolPolicyView["trusted"], isAlways: boolean): string {
  if (isAlways) return "Always";
  if (effect === "read") return "Where it would tell others";
  if (trusted === "all") return "Where any argument is untrusted";
  return trusted.length === 0 ? "Where it would tell others" : `Where one of these is untrusted: ${trusted.join(", ")}`;
}

function receiverWords(receivers: ToolPolicyView["receivers"]): string {
  if (receivers === "everyone") return "Everyone";
  if ("arguments" in receivers) return `Whom ${namesOr(receivers.arguments, "no argument")} names`;
  return namesOr(receivers.who, "Nobody");
}
