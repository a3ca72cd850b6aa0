import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GroupPlaces, removeGroups } from "./control-groups.ts";

/** Name of the folders that the groups of this data directory's sandboxes lie in: no other engine's. */
export function groupName(directory: string): string {
  return `sentinel-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`;
}

function noteFile(directory: string): string {
  return join(directory, "groups.json");
}

/** Notes where groups are made, so that what outlives a crash of the supervisor can be removed by the next one. */
export function noteGroups(directory: string, groups: GroupPlaces | undefined): void {
  writeFileSync(noteFile(directory), JSON.stringify(groups?.folders ?? {}), { mode: 0o600 });
}

/** Ends and removes what an earlier supervisor left, wherever its own group lay. @returns how many groups that were */
export function reapGroups(directory: string): number {
  let folders: unknown[];
  try {
    folders = Object.values(JSON.parse(readFileSync(noteFile(directory), "utf8")) as Record<string, unknown>);
  } catch {
    return 0;
  }
  // SECURITY: nothing but folders of this data directory's own name are emptied.
  const own = [...new Set(folders)].filter(
    (path): path is string => typeof path === "string" && path.endsWith(`/${groupName(directory)}`),
  );
  return own.reduce((sum, path) => sum + removeGroups(path), 0);
}
