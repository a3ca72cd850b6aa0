import { z } from "zod";
import { SentinelError } from "../../shared/errors.ts";
import { defineTool, type Tool } from "./agent/tools/tool-box.ts";
import { type Clock, toInstant } from "./base/clock.ts";
import { labelOf } from "./base/labels.ts";
import type { Engine } from "./engine-interface.ts";

/** What the agent can ask of Sentinel itself: the operations that screens use, with the rights of whoever gave the task. */
export type ToolSources = Pick<Engine, "alerts" | "cases" | "shift" | "search" | "verdicts" | "labels" | "rules">;

const Id = z.string().regex(/^[0-9a-zA-Z_-]{1,80}$/);
const Count = z.number().int().min(1).max(100).default(20);
const Query = z
  .string()
  .max(2000)
  .default("")
  .describe(
    'Query of the alert queue: class:sql_injection status:new severity:high path:/login score>0.8 after:-7d "text"',
  );

/** Stands above what the agent writes into a case. */
const draftMark = "*Written by the assistant; not checked by anybody.*";

/** Sentinel's own tools. Whatever evidence says in what they give is text that somebody else wrote: policies label it so. */
export function sentinelTools(engine: ToolSources, clock: Clock): Tool[] {
  return [
    defineTool({
      name: "clock.now",
      description: "The time, ISO 8601 in UTC.",
      input: z.strictObject({}),
      call: async () => ({ json: toInstant(clock.now()), label: labelOf("tool", "trusted") }),
    }),
    defineTool({
      name: "alerts.search",
      description: "Alerts that match a query: id, title, class, severity, status, times, how many sessions.",
      input: z.strictObject({ q: Query, order: z.enum(["newest", "worst"]).default("newest"), limit: Count }),
      call: async ({ q, order, limit }, by) => ({ json: (await engine.alerts.list({ q, order, limit }, by)).items }),
    }),
    defineTool({
      name: "alerts.counts",
      description: "How many alerts match a query, by status, severity, class and assignee.",
      input: z.strictObject({ q: Query }),
      call: async ({ q }, by) => ({ json: await engine.alerts.counts({ q }, by) }),
    }),
    defineTool({
      name: "alerts.get",
      description: "One alert with its sessions, notes, history and similar past alerts with how they were closed.",
      input: z.strictObject({ id: Id }),
      call: async ({ id }) => ({ json: await engine.alerts.get({ id }) }),
    }),
    defineTool({
      name: "alerts.note",
      description: "Writes a note (Markdown) on an alert. Can be undone.",
      input: z.strictObject({ id: Id, text: z.string().min(1).max(10_000) }),
      call: async ({ id, text }, by) => ({ json: await engine.alerts.addNote({ id, text }, by) }),
    }),
    defineTool({
      name: "cases.search",
      description: "Cases by status and part of the title or a tag.",
      input: z.strictObject({
        status: z.enum(["open", "closed"]).optional(),
        text: z.string().max(200).default(""),
        limit: Count,
      }),
      call: async ({ status, text, limit }) => ({
        json: (await engine.cases.list({ text, limit, ...(status === undefined ? {} : { status }) })).items,
      }),
    }),
    defineTool({
      name: "cases.get",
      description: "One case with its alerts, tasks, timeline and observables.",
      input: z.strictObject({ id: Id }),
      call: async ({ id }, by) => ({ json: await engine.cases.get({ id }, by) }),
    }),
    defineTool({
      name: "cases.note",
      description: "Writes a note (Markdown), such as a draft of a report, into a case. Can be undone.",
      input: z.strictObject({ id: Id, text: z.string().min(1).max(10_000) }),
      call: async ({ id, text }, by) => ({
        json: await engine.cases.saveItem(
          { id, base_version: 0, item: { kind: "note", text: `${draftMark}\n\n${text}` } },
          by,
        ),
      }),
    }),
    defineTool({
      name: "requests.search",
      description:
        "Requests of all evidence, benign ones included, that match a query: text, path:, value:, family:, address:.",
      input: z.strictObject({ q: z.string().max(2000), limit: Count }),
      call: async ({ q, limit }) => ({ json: (await engine.search.requests({ q, limit })).items }),
    }),
    defineTool({
      name: "verdicts.explain",
      description:
        "The verdict on one session: score, payloads with their classes, and what speaks for and against it.",
      input: z.strictObject({ id: Id }),
      call: async ({ id }) => ({ json: await engine.verdicts.get({ id }) }),
    }),
    defineTool({
      name: "shift.summary",
      description:
        "What came in between two moments (ISO 8601, at most 31 days apart), what was closed and why, what is left.",
      input: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
      call: async ({ from, to }, by) => {
        const precise = (time: string) => toInstant(Date.parse(time));
        return { json: await engine.shift.summary({ from: precise(from), to: precise(to) }, by) };
      },
    }),
    defineTool({
      name: "labels.propose",
      description: "Adds a labelled payload to the data that models are trained with. Can be undone.",
      input: z.strictObject({
        text: z.string().min(1).max(20_000),
        label: z.enum(["sql_injection", "xss", "command_injection", "path_traversal", "xxe", "csrf", "benign"]),
      }),
      call: async ({ text, label }, by) => ({
        json: await engine.labels.addSample({ sample_type: "payload", data: text, label }, by),
      }),
    }),
    defineTool({
      name: "rules.propose",
      description:
        "Rules that the confirmed attacks of an alert make, in groups: of each group the most general first. Nothing is stored or applied.",
      input: z.strictObject({ alert_id: Id }),
      call: async ({ alert_id }) => ({
        json: await engine.rules.generate({ alerts: [alert_id], findings: [], simulations: [] }),
      }),
    }),
    defineTool({
      name: "rules.store",
      description:
        "Keeps one of the rules that rules.propose offers, as proposed: it does nothing until it is back-tested and people let it in. Can be undone.",
      input: z.strictObject({
        alert_id: Id,
        group: z.number().int().min(0).default(0).describe("Which group, from 0"),
        offer: z.number().int().min(0).default(0).describe("Which rule of the group, from 0"),
      }),
      async call({ alert_id, group, offer }, by) {
        const source = { alerts: [alert_id], findings: [], simulations: [] };
        const chosen = (await engine.rules.generate(source)).groups[group]?.[offer];
        if (chosen === undefined) throw new SentinelError("NOT_FOUND", "No such rule can be made of this alert.");
        // Made of confirmed attacks anew: no word of a worker gets into a rule. Its maker is whoever gave the task, so that four eyes
        // remain four.
        const { definition, name, samples } = chosen;
        const kept = { definition, name: `By the assistant: ${name}`.slice(0, 120), source };
        return { json: await engine.rules.create({ ...kept, samples: samples.map(({ id }) => id) }, by) };
      },
    }),
  ];
}
