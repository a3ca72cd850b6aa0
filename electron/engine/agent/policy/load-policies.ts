import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { SentinelError } from "../../../../shared/errors.ts";
import { isRecord, type Json } from "../flow/json.ts";
import { refusePatterns } from "../flow/linear-patterns.ts";
import { type PolicyBook, PolicyFile } from "./tool-policy.ts";

/** Largest policy file, bytes. */
const mostBytes = 1_048_576;

export interface LoadedPolicies {
  readonly book: PolicyBook;
  /** Files and folders that cannot be read, with why. What they name, or might name, is denied. */
  readonly problems: readonly { readonly file: string; readonly why: string }[];
}

/**
 * Reads every `*.yaml` and `*.yml` of some folders, in the order of the folders and of the names. A tool or list that two files name is the
 * later one's. What a file names that cannot be used is denied until a later file names it; where it cannot even be said what a file names,
 * so is everything that was said before it.
 */
export function loadPolicies(folders: readonly string[]): LoadedPolicies {
  const lists: Record<string, readonly string[]> = Object.create(null);
  const tools: Record<string, PolicyBook["tools"][string]> = Object.create(null);
  const problems: { file: string; why: string }[] = [];
  /** Tools that a file names that cannot be used, and no later one that can. */
  const denied = new Set<string>();
  for (const folder of folders) {
    for (const file of filesIn(folder)) {
      let given: unknown;
      try {
        given = readYaml(file);
        const read = parsePolicy(given);
        Object.assign(lists, read.lists);
        Object.assign(tools, read.tools);
        for (const tool of Object.keys(read.tools)) denied.delete(tool);
      } catch (error) {
        problems.push({ file, why: error instanceof Error ? error.message : String(error) });
        // SECURITY: a stricter rule that cannot be used must not leave the looser one before it in force.
        drop(lists, namesUnder(given, "lists"));
        const named = namesUnder(given, "tools");
        if (named === null) drop(tools, null);
        for (const tool of named ?? []) denied.add(tool);
      }
    }
  }
  // SECURITY: at the end: a rule for all of a server that comes later does not let in what was named.
  drop(tools, [...denied].flatMap(withItsServer));
  for (const [tool, { endorse }] of Object.entries(tools)) {
    for (const way of Object.values(endorse).flat()) {
      if (typeof way === "string" || way.list in lists) continue;
      problems.push({
        file: tool,
        why: `It endorses by the list ${way.list}, which no file has: nothing is endorsed by it.`,
      });
    }
  }
  return { book: { lists: { ...lists }, tools: { ...tools } }, problems };
}

/** The files of a folder; of one that cannot be read the folder itself, which no file is. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [folder];
  }
}

/** The names that a file has under a heading, whatever it says of them; null: that cannot be said. */
function namesUnder(given: unknown, heading: "lists" | "tools"): string[] | null {
  // One with other headings, or of another version, may mean anything.
  if (!isRecord(given) || given.version !== 1) return null;
  if (Object.keys(given).some((key) => !["version", "lists", "tools"].includes(key))) return null;
  const named = given[heading];
  if (named === undefined || named === null) return [];
  return isRecord(named) ? Object.keys(named) : null;
}

/** A tool that is denied by name is not let in by a rule for all of its server. */
const withItsServer = (tool: string) => (tool.includes("/") ? [tool, `${tool.slice(0, tool.indexOf("/"))}/*`] : [tool]);

/** @param names null: all */
function drop(from: Record<string, unknown>, names: readonly string[] | null): void {
  for (const name of names ?? Object.keys(from)) delete from[name];
}

function readYaml(file: string): unknown {
  const text = readFileSync(file, "utf8");
  if (text.length > mostBytes) throw new SentinelError("SETTING_INVALID", `It is larger than ${mostBytes} bytes.`);
  // SECURITY: no tags, no merging of aliases: the file says what it says.
  return parse(text, { schema: "core", maxAliasCount: 0, uniqueKeys: true, strict: true });
}

/** @throws SentinelError SETTING_INVALID naming what is wrong and where in the file */
function parsePolicy(given: unknown): PolicyFile {
  const parsed = PolicyFile.safeParse(given);
  if (parsed.success) {
    for (const [tool, { arguments: schema }] of Object.entries(parsed.data.tools)) {
      const why = schema === undefined ? null : refusePatterns(schema as Json);
      if (why !== null) throw new SentinelError("SETTING_INVALID", `tools.${tool}.arguments: ${why}.`);
    }
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  throw new SentinelError("SETTING_INVALID", `${issue.path.join(".") || "It"}: ${issue.message}.`);
}
