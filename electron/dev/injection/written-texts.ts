import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A line of a file: an injection, an honest text, or an injection beside its honest twin, of the same setting and with many of its words. */
const Line = z
  .strictObject({ attack: z.string().optional(), honest: z.string().optional() })
  .refine(({ attack, honest }) => (attack ?? honest) !== undefined, "neither an injection nor an honest text");
export type WrittenText = z.infer<typeof Line>;

const folder = join(import.meta.dirname, "written");

/** What was written one by one for the fit, and by no grammar: above all quiet injections, and honest texts near to them. */
export function readWrittenTexts(): WrittenText[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"))
    .map((line) => Line.parse(JSON.parse(line)));
}
