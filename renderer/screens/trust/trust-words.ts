import type { AgentTrust } from "../../../shared/agent-trust.ts";
import { humanise } from "../../view/format.ts";

/** What the agent may do at each level, in the order of the levels. */
export const levelWords = [
  "Every plan waits for an approval.",
  "Plans begin by themselves; tools that a policy names for this level are called.",
  "Files in the folders that are open to it are read, too.",
  "Files in its workspace are written, too.",
  "Commands are run in the sandbox, too.",
] as const;

/** Beside each criterion of the next level. */
export const criterionWords: Record<AgentTrust["criteria"][number]["name"], string> = {
  below_highest: "One level at a time",
  tasks: "Tasks without incident",
  red_team: "Red team, at this level",
};

/** What changed the level, or could have. */
export const changeWords: Record<AgentTrust["changes"][number]["kind"], string> = {
  failed_proof: "A proof failed",
  panic: "Panic",
  failed_red_team: "Red team got through",
  report: "Reported",
  raised: "Raised",
  unraised: "Raise taken back",
  configured: "Set by the operator",
};

const attacks: Readonly<Record<string, string>> = {
  exfiltration: "what may leave this machine",
  reads_with_effects: "reads that tell others something",
  value_swapping: "which value reaches which argument",
  forged_delimiters: "the bounds between what is said and what is read",
  forged_approvals: "what people approve",
  placeholders: "where values are put into a prompt",
  schema_breaking: "the form that answers must have",
  endless_workers: "time, calls and length",
  branch_flipping: "which way a plan goes",
  counting: "how often something is done",
  memory_poisoning: "what is remembered",
  prototype_pollution: "the program's own objects",
  escapes: "files and commands outside of their place",
  scanner_evasion: "the scanners",
  reader_violations: "who may read what",
  endorsement_abuse: "what was declared harmless",
  policies: "the tools that this engine's policies name",
};

/** A category of attacks as a heading, and what it attacks; null: not known here. */
export function describeCategory(category: string): { title: string; attacked: string | null } {
  const attacked = Object.hasOwn(attacks, category) ? (attacks[category] ?? null) : null;
  return { title: humanise(category), attacked };
}
