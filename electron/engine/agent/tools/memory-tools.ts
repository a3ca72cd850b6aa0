import { z } from "zod";
import type { Memory } from "../../memory/memory.ts";
import { defineTool, type Tool } from "./tool-box.ts";

/** What the agent remembers. What is stored keeps the label of what it was made of; what is found has the labels of all that is found. */
export function memoryTools(memory: Pick<Memory, "search" | "store">): Tool[] {
  return [
    defineTool({
      name: "memory.search",
      description: "Texts from memory that are about something, the nearest first.",
      input: z.strictObject({
        q: z.string().trim().min(1).max(4000),
        limit: z.number().int().min(1).max(50).default(10),
      }),
      async call({ q, limit }, by, signal) {
        const { found, label } = await memory.search({ q, limit, who: [by.actor] }, signal);
        const json = found.map(({ id, text, source }) => ({ id, text, source: source.id }));
        return { json, label, origins: [...new Set(json.map(({ source }) => source))] };
      },
    }),
    defineTool({
      name: "memory.store",
      description: "Keeps a text in memory under a title. Can be undone.",
      input: z.strictObject({
        text: z.string().min(1).max(100_000),
        title: z.string().min(1).max(200).default("From a task"),
      }),
      async call({ text, title }, by, _signal, { label, origins }) {
        // SECURITY: as trusted as what it was made of, and no more.
        const source = { kind: "tool_result" as const, title };
        const { id, chunks } = await memory.store({ text, label, source, parents: origins }, by);
        return { json: { id, chunks: chunks.length } };
      },
    }),
  ];
}
