import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { SentinelError } from "../../../../shared/errors.ts";
import type { Json } from "../flow/json.ts";
import { refusePatterns } from "../flow/linear-patterns.ts";
import { type PolicyBook, PolicyFile } from "./tool-policy.ts";

/** Largest policy file, bytes. */
const mostBytes = 1_048_576;

export interface LoadedPolicies {
  readonly book: PolicyBook;
  /** Files that say nothing because they cannot be read, with why. What they name is denied. */
  readonly problems: readonly { readonly file: string; readonly why: string }[];
}

/**
 * Reads every `*.yaml` and `*.yml` of some folders, in the order of the folders and of the names. A tool or list that two files name is the
 * later one's; a tool that only a file names which cannot be read is denied, as is every tool that none names.
 */
export function loadPolicies(folders: readonly string[]): LoadedPolicies {
  const lists: Record<string, readonly string[]> = Object.create(null);
  const tools: Record<string, PolicyBook["tools"][string]> = Object.create(null);
  const problems: { file: string; why: string }[] = [];
  for (const folder of folders) {
    for (const name of namesIn(folder, problems)) {
      const file = join(folder, name);
      try {
        const read = readPolicy(file);
        Object.assign(lists, read.lists);
        Object.assign(tools, read.tools);
      } catch (error) {
        problems.push({ file, why: error instanceof Error ? error.message : String(error) });
      }
    }
  }
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

function namesIn(folder: string, problems: { file: string; why: string }[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    problems.push({ file: folder, why: `The folder cannot be read: ${(error as NodeJS.ErrnoException).code}.` });
    return [];
  }
}

/** @throws SentinelError SETTING_INVALID naming what is wrong and where in the file */
function readPolicy(file: string): PolicyFile {
  const text = readFileSync(file, "utf8");
  if (text.length > mostBytes) throw new SentinelError("SETTING_INVALID", `It is larger than ${mostBytes} bytes.`);
  // SECURITY: no tags, no merging of aliases: the file says what it says.
  const given: unknown = parse(text, { schema: "core", maxAliasCount: 0, uniqueKeys: true, strict: true });
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
