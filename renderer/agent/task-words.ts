import type { TaskResult, TaskStatus, TaskStep } from "../../shared/agent-task.ts";
import type { Tone } from "../ui/badge.tsx";
import { formatPlural } from "../view/format.ts";

/** What the analyst reads for the state of a task. */
export const taskLooks: Record<TaskStatus, { readonly label: string; readonly tone: Tone }> = {
  running: { label: "Running", tone: "accent" },
  awaiting_approval: { label: "Waits for your word", tone: "warn" },
  completed: { label: "Done", tone: "good" },
  refused: { label: "Refused", tone: "danger" },
  denied: { label: "Denied", tone: "danger" },
  failed: { label: "Failed", tone: "danger" },
  blocked: { label: "Held back", tone: "danger" },
  cancelled: { label: "Cancelled", tone: "calm" },
  expired: { label: "Expired", tone: "calm" },
};

/** What that means. */
export const taskMeanings: Record<TaskStatus, string> = {
  running: "It is being planned or done.",
  awaiting_approval: "It goes on once what it asks for is granted or denied.",
  completed: "Every step was done.",
  refused: "The request was not taken up; nothing was done.",
  denied: "The policy, or a person, said no.",
  failed: "It could not be done.",
  blocked: "A scan held an answer back.",
  cancelled: "Somebody ended it. What it did stays done.",
  expired: "Nobody approved it in time.",
};

export const stepLooks: Record<TaskStep["status"], { readonly label: string; readonly tone: Tone }> = {
  pending: { label: "To come", tone: "calm" },
  running: { label: "Running", tone: "accent" },
  awaiting_approval: { label: "Waits for your word", tone: "warn" },
  completed: { label: "Done", tone: "good" },
  failed: { label: "Failed", tone: "danger" },
  denied: { label: "Denied", tone: "danger" },
  blocked: { label: "Held back", tone: "danger" },
  skipped: { label: "Skipped", tone: "calm" },
  cancelled: { label: "Cancelled", tone: "calm" },
};

const plannerWords = {
  claude: "planned by Claude",
  template: "a ready task, planned beforehand",
  user: "a plan written by hand",
} as const;

export function plannerInWords(planner: TaskResult["planner"]): string {
  return planner === null ? "no plan was made" : plannerWords[planner];
}

/** Where bytes came from. */
export const sourceWords: Readonly<Record<string, string>> = {
  user: "you",
  claude: "Claude",
  qwen: "the local model",
  web: "the web",
  file: "a file",
  tool: "a tool",
  memory: "the memory",
};

export const effectWords: Readonly<Record<string, string>> = {
  read: "only reads",
  write: "changes something that can be taken back",
  external: "leaves this machine",
  destructive: "cannot be taken back",
};

const scannerWords: Readonly<Record<string, string>> = {
  injection: "injected instructions",
  code: "insecure code",
  echo: "echoed weaknesses",
  credentials: "credentials",
  personal_data: "personal data",
  links: "links",
  blobs: "encoded blobs",
};

export const scannerInWords = (name: string): string => scannerWords[name] ?? name;

/** What a task has used of its budget. */
export function spentInWords({ calls, characters, planner_tokens: tokens, cost }: TaskResult["spent"]): string {
  const money = cost === null ? "" : ` (${cost.toFixed(4)})`;
  return [
    formatPlural(calls, "call or text step", "calls and text steps"),
    `${formatPlural(tokens, "token")} of the planner${money}`,
    `${formatPlural(characters, "character")} by the local model`,
  ].join(", ");
}
