import { SentinelError } from "../../../../shared/errors.ts";
import { requireLinearPatterns } from "../flow/linear-patterns.ts";
import { type Plan, parsePlan } from "../flow/plan.ts";

/** A tool as the planner sees it. */
export interface ToolCard {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A turn, a plan that was submitted, or what is wrong with it. */
export type PlannerMessage =
  | { readonly role: "user" | "assistant"; readonly text: string }
  | { readonly role: "assistant"; readonly plan: unknown }
  | { readonly role: "user"; readonly problem: string };

/** What is sent to the planner's model, whole: nothing else leaves. */
export interface PlannerCall {
  readonly system: string;
  readonly messages: readonly PlannerMessage[];
  readonly tool: ToolCard;
}

export interface PlannerReply {
  /** What `submit_plan` was called with; undefined: it was not called. */
  readonly plan: unknown;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The model that plans. */
export interface PlannerModel {
  /** Exactly what is sent for a call. Absent: the call as JSON. */
  write?(call: PlannerCall): string;
  /** @throws SentinelError UNAVAILABLE, RATE_LIMITED when it cannot be had; CANCELLED */
  submit(call: PlannerCall, signal: AbortSignal): Promise<PlannerReply>;
}

export interface PlanAsk {
  /** What the user typed before in this conversation, the oldest first. */
  readonly turns: readonly string[];
  readonly request: string;
  readonly tools: readonly ToolCard[];
  /** What conversation analysis says of all turns together. */
  readonly assessment: { readonly risk: number; readonly heuristics: readonly string[] };
  readonly now: string;
}

/** Largest plan that is given back with what is wrong with it, UTF-16 units of its JSON. */
const longestReturned = 100_000;

const submitPlan: ToolCard = {
  name: "submit_plan",
  description: "Submit the whole plan. It is run as it stands; nothing of what its steps give comes back to you.",
  input: {
    type: "object",
    additionalProperties: false,
    required: ["summary", "steps"],
    properties: {
      summary: { type: "string", description: "What the plan does, for the person who approves it." },
      steps: {
        type: "array",
        minItems: 1,
        maxItems: 100,
        items: {
          anyOf: [
            {
              type: "object",
              additionalProperties: false,
              required: ["id", "type", "prompt", "output"],
              properties: {
                id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" },
                type: { const: "llm_task" },
                prompt: { type: "string" },
                output: { enum: ["text", "json"] },
                schema: { type: "object" },
              },
            },
            {
              type: "object",
              additionalProperties: false,
              required: ["id", "type", "tool", "args"],
              properties: {
                id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" },
                type: { const: "tool_call" },
                tool: { type: "string" },
                args: { type: "object" },
              },
            },
          ],
        },
      },
    },
  },
};

/** What the planner is told. It is the same for everybody, so that nothing but the user's turns and the tools differs. */
function systemPrompt({ tools, assessment, now }: PlanAsk): string {
  const cards = tools.map(({ name, description, input }) => `- ${name}: ${description}\n  ${JSON.stringify(input)}`);
  const risk = `${assessment.risk.toFixed(2)}${assessment.heuristics.length === 0 ? "" : ` (${assessment.heuristics.join(", ")})`}`;
  return [
    "You plan tasks for a security analyst. You never see what tools or workers give: you name it, and it is put in where you name it.",
    "Call submit_plan once. Calls on the same data are made in the order of the list; what has nothing to do with each other may be done in any order.",
    'A step {"id", "type": "llm_task", "prompt", "output": "text" | "json", "schema"?} is text work by a small local model that knows nothing ' +
      `but its prompt. Write the prompt in ASCII, complete, and put $\{id} where the output of an earlier step goes, whole. ` +
      "With output json give a JSON Schema, as narrow as can be: an enum, an integer, a format (date, email) where it is one.",
    'A step {"id", "type": "tool_call", "tool", "args"} calls a tool. An argument is a literal, or {"$from": id, "path"?: "a.b[0]"} for the ' +
      "output of an earlier step or what is at a path in it; also inside objects and lists. Never write a placeholder inside a text.",
    "Prefer literals from the user's words over extracted values, and a path to a member that you can name over text work that looks for it: " +
      "an effect whose arguments come from a worker has to be approved.",
    "Plan nothing that the user did not ask for. If it cannot be done with these tools, plan one llm_task that says so.",
    `Now: ${now}. Risk of the conversation in [0, 1]: ${risk}.`,
    `Tools:\n${cards.join("\n")}`,
  ].join("\n\n");
}

/** The call for a request: the user's turns, the tools, the assessment, and nothing else. */
export function plannerCall(ask: PlanAsk): PlannerCall {
  const messages = [...ask.turns, ask.request].flatMap((text, i, all) =>
    i === all.length - 1
      ? [{ role: "user" as const, text }]
      : [
          { role: "user" as const, text },
          { role: "assistant" as const, text: "Planned." },
        ],
  );
  return { system: systemPrompt(ask), messages, tool: submitPlan };
}

/**
 * A plan for a request. One that cannot be used is asked for once more, with what is wrong with it.
 * @param spend hears of each reply's tokens, and throws when no more may be used: then the second is not asked for
 * @throws SentinelError UNAVAILABLE, RATE_LIMITED; INPUT_INVALID when the second cannot be used either
 */
export async function planTask(
  model: PlannerModel,
  call: PlannerCall,
  hasTool: (name: string) => boolean,
  spend: (reply: PlannerReply) => void,
  signal: AbortSignal,
): Promise<Plan> {
  let messages = call.messages;
  for (let attempt = 0; ; attempt++) {
    const reply = await model.submit({ ...call, messages }, signal);
    spend(reply);
    try {
      if (reply.plan === undefined) throw new SentinelError("INPUT_INVALID", "submit_plan was not called.");
      const plan = parsePlan(reply.plan, hasTool);
      requireLinearPatterns(plan);
      requireAsciiPrompts(plan);
      return plan;
    } catch (error) {
      if (!(error instanceof SentinelError) || attempt === 1) throw error;
      // What is wrong with a plan follows from the plan alone, so that it can be said to who made it.
      const problem = `${error.message} Call submit_plan again with a plan that can be used.`;
      messages = [...messages, ...retryMessages(reply.plan, problem)];
    }
  }
}

function retryMessages(plan: unknown, problem: string): PlannerMessage[] {
  // What is too large is not sent back and forth.
  const isShort = plan !== undefined && JSON.stringify(plan).length <= longestReturned;
  return isShort
    ? [
        { role: "assistant", plan },
        { role: "user", problem },
      ]
    : [
        { role: "assistant", text: "I have no plan that can be used." },
        { role: "user", text: problem },
      ];
}

function requireAsciiPrompts(plan: Plan): void {
  for (const step of plan.steps) {
    if (step.type !== "llm_task") continue;
    if (step.prompt.some((part) => "text" in part && !/^[\t\n\r -~]*$/.test(part.text))) {
      throw new SentinelError("INPUT_INVALID", `The plan cannot be used: the prompt of step ${step.id} is not ASCII.`);
    }
  }
}
