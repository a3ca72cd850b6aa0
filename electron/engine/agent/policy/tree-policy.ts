import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { decidePath, type PathOperation, type PathRoots } from "./path-policy.ts";
import type { Refusal } from "./path-text.ts";

/** Files and folders below a folder that are looked at. */
const mostEntries = 20_000;

/**
 * Why a program that goes through a whole folder must not: something below it is never touched, or cannot be told. Null: it may. What is
 * put there meanwhile is the sandbox's to mask.
 *
 * @param path real absolute path of a file or folder that may itself be used
 * @param follows whether the program follows links below it
 */
export function refuseTree(path: string, operation: PathOperation, roots: PathRoots, follows: boolean): Refusal | null {
  const folders = [path];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let found: Dirent[];
    try {
      found = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR" || (error as NodeJS.ErrnoException).code === "ENOENT")
        continue;
      return { rule: "tree", reason: "A folder below it cannot be looked at." };
    }
    for (const entry of found) {
      entries += 1;
      if (entries > mostEntries) {
        return { rule: "tree", reason: `More than ${mostEntries} files lie below it: name a folder with fewer.` };
      }
      const below = join(folder, entry.name);
      if (entry.isSymbolicLink() && !follows) continue;
      const decision = decidePath(below, operation, roots);
      if (!decision.allowed) {
        return {
          rule: decision.rule,
          reason: "Something below it is never used: name the files, or a folder without it.",
        };
      }
      if (entry.isDirectory()) folders.push(below);
    }
  }
  return null;
}
