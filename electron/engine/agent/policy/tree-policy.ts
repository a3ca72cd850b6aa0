import type { Dir } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { takeTurns } from "../../base/turns.ts";
import { decidePath, type PathOperation, type PathRoots } from "./path-policy.ts";
import type { Refusal } from "./path-text.ts";

/** Files and folders below a folder that are looked at. */
const mostEntries = 20_000;
/** Names that are read from a folder at once. */
const batch = 256;

/**
 * Why a program that goes through a whole folder must not: something below it is never touched, or cannot be told. Null: it may. What is
 * put there meanwhile is the sandbox's to mask. Other work has its turn while it looks.
 *
 * @param path real absolute path of a file or folder that may itself be used
 * @param follows whether the program follows links below it
 * @returns rejects with the signal's reason
 */
export async function refuseTree(
  path: string,
  operation: PathOperation,
  roots: PathRoots,
  follows: boolean,
  signal: AbortSignal,
): Promise<Refusal | null> {
  const pause = takeTurns(signal);
  const folders = [path];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await pause();
    let found: Dir;
    try {
      found = await opendir(folder, { bufferSize: batch });
    } catch (error) {
      if (isGone(error)) continue;
      return unseen;
    }
    try {
      // It is closed however this ends.
      for await (const entry of found) {
        await pause();
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
    } catch (error) {
      signal.throwIfAborted();
      if (isSystemError(error)) return unseen;
      throw error;
    }
  }
  return null;
}

const unseen: Refusal = { rule: "tree", reason: "A folder below it cannot be looked at." };

const isSystemError = (error: unknown) => typeof (error as NodeJS.ErrnoException).syscall === "string";

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOTDIR" || code === "ENOENT";
}
