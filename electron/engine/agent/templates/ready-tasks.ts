import type { ReadyTask, SubjectKind, TaskSubject, TemplateName } from "../../../../shared/agent-template.ts";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Json } from "../flow/json.ts";

interface Template extends ReadyTask {
  /** The plan, in the planner's format. Ids stand in it as they were given: literals of whoever started it. */
  readonly plan: (subject: TaskSubject) => Json;
}

const from = (step: string) => ({ $from: step });
const call = (id: string, tool: string, args: Record<string, Json>): Json => ({ id, type: "tool_call", tool, args });
/** Text work on what the step `facts` gave; it is the last, so that without it the facts stand. */
const write = (task: string): Json => ({
  id: "text",
  type: "llm_task",
  prompt: `${task} Say nothing that does not follow from the material. Plain text, no Markdown.\n$\{facts}`,
  output: "text",
});

/** Reads the subject whole: a tool of each kind. */
function read(subject: TaskSubject): Json {
  switch (subject.kind) {
    case "alert":
      return call("subject", "alerts.get", { id: subject.id });
    case "case":
      return call("subject", "cases.get", { id: subject.id });
    case "session":
      return call("subject", "verdicts.explain", { id: subject.id });
    case "shift":
      return call("subject", "shift.summary", { from: subject.from, to: subject.to });
  }
}

const facts = (kind: SubjectKind, args: Record<string, Json> = {}): Json =>
  call("facts", `facts.${kind}`, { of: from("subject"), ...args });

/** What an analyst asks for every day, each as a plan that was reviewed. None of them changes anything. */
const templates: readonly Template[] = [
  {
    name: "summarise",
    title: "Summarise",
    description: "What happened, how it is judged, what was done, and what is left to do.",
    subjects: ["alert", "case", "session", "shift"],
    plan: (subject) => ({
      summary: `Summarise the ${subject.kind}.`,
      steps: [
        read(subject),
        facts(subject.kind),
        write(
          `Summarise the ${subject.kind} for a security analyst in at most 150 words: what happened, how it is judged, what was done, what is left to do.`,
        ),
      ],
    }),
  },
  {
    name: "explain_payload",
    title: "Explain the payloads",
    description: "What each payload of the session tries to do, and how one would see whether it worked.",
    subjects: ["session"],
    plan: (subject) => ({
      summary: "Explain what the payloads of the session try to do.",
      steps: [
        read(subject),
        facts(subject.kind),
        write(
          "Explain to a security analyst, payload by payload, what it tries to make the server do, and what in a response would show that it worked.",
        ),
      ],
    }),
  },
  {
    name: "draft_report",
    title: "Draft a report",
    description:
      "A report for those who were not there: background, what happened, assessment, what was done, recommendations.",
    subjects: ["alert", "case", "shift"],
    plan: (subject) => ({
      summary: `Draft a report on the ${subject.kind}.`,
      steps: [
        read(subject),
        facts(subject.kind),
        write(
          `Write a report on the ${subject.kind} for management, with the parts: background, what happened, assessment, what was done, recommendations.`,
        ),
      ],
    }),
  },
  {
    name: "draft_mail",
    title: "Draft a mail to the customer",
    description: "A notice without payloads, addresses or notes. It is not sent.",
    subjects: ["alert", "case"],
    plan: (subject) => ({
      summary: `Draft a mail to the customer about the ${subject.kind}. It is not sent.`,
      steps: [
        read(subject),
        // SECURITY: the worker sees the mail by rule alone, so that nothing internal can stand in its draft.
        facts(subject.kind, { form: "mail" }),
        write("Make this security notice polite, clear and short, for a customer without technical knowledge."),
      ],
    }),
  },
  {
    name: "draft_rule",
    title: "Draft a rule",
    description: "Rules that the confirmed attacks of the alert make, explained. Nothing is stored or applied.",
    subjects: ["alert"],
    plan: (subject) => ({
      summary: "Offer rules that the confirmed attacks of the alert make.",
      steps: [
        call("subject", "rules.propose", { alert_id: idOf(subject) }),
        call("facts", "facts.rules", { of: from("subject") }),
        write(
          "Explain each of these rules to a security analyst: what it matches, what it could match by mistake, and what to check first.",
        ),
      ],
    }),
  },
  {
    name: "find_similar",
    title: "Find similar past ones",
    description: "Alerts or closed cases like this one, and how they ended.",
    subjects: ["alert", "case"],
    plan: (subject) => ({
      summary: `Find past ones like the ${subject.kind}.`,
      steps: [
        read(subject),
        ...(subject.kind === "case" ? [call("past", "cases.search", { status: "closed", limit: 100 })] : []),
        call("facts", "facts.similar", {
          of: from("subject"),
          ...(subject.kind === "case" ? { among: from("past") } : {}),
        }),
        write(
          "Say in at most 100 words what these past ones have in common with this one, and what their endings suggest.",
        ),
      ],
    }),
  },
];

function idOf(subject: TaskSubject): string {
  if (subject.kind === "shift") throw new SentinelError("INPUT_INVALID", "A shift has no id.");
  return subject.id;
}

export const readyTasks: readonly ReadyTask[] = templates.map(({ plan: _, ...ready }) => ready);

/**
 * The plan of a ready task about something, and what it is called in the list of tasks.
 * @throws SentinelError INPUT_INVALID for something that it cannot be about
 */
export function planOf(name: TemplateName, subject: TaskSubject): { plan: Json; request: string } {
  const template = templates.find((one) => one.name === name)!;
  if (!template.subjects.includes(subject.kind)) {
    throw new SentinelError("INPUT_INVALID", `"${template.title}" cannot be about a ${subject.kind}.`);
  }
  const what = subject.kind === "shift" ? `${subject.from} to ${subject.to}` : subject.id;
  // SECURITY: by its id and not by a name: what a request says counts as typed by the user, and the planner is told it.
  return { plan: template.plan(subject), request: `${template.title}: ${subject.kind} ${what}` };
}

/** What a request in the words of `planOf` is about; null: anything else, and a shift, whose times say it all. */
export function readyRequest(
  request: string,
): { title: string; subject: Exclude<TaskSubject, { kind: "shift" }> } | null {
  const parts = /^([^:]+): (alert|case|session) (\S+)$/.exec(request);
  const template = templates.find(({ title }) => title === parts?.[1]);
  if (parts === null || template === undefined) return null;
  return { title: template.title, subject: { kind: parts[2] as "alert", id: parts[3]! } };
}
