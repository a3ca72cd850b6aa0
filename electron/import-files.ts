import { basename } from "node:path";
import { SentinelError } from "../shared/errors.ts";
import type { Principal } from "./engine/base/principals.ts";
import type { Engine } from "./engine/engine-interface.ts";
import { readFileSource } from "./engine/evidence/file-source.ts";

/**
 * Files that were chosen in the system's dialog, or opened with the application, become evidence, one after the other; their progress is
 * on the import screen. One that is refused does not stop the others.
 *
 * @returns those that were refused, and why, in words
 * @throws whatever is no SentinelError, once all files had their turn
 */
export async function importFiles(
  paths: readonly string[],
  evidence: Pick<Engine["evidence"], "import">,
  by: Principal,
  signal: AbortSignal,
): Promise<string[]> {
  const refused: string[] = [];
  const defects: unknown[] = [];
  for (const path of paths) {
    const file_name = basename(path);
    try {
      // SECURITY: links are refused, and a file that changes while it is read.
      await evidence.import(readFileSource(path), { file_name, channel: "dialog" }, by, signal);
    } catch (error) {
      if (error instanceof SentinelError) refused.push(`${file_name}: ${error.toJSON().message}`);
      else defects.push(error);
      if (signal.aborted) break;
    }
  }
  if (defects.length > 0) throw defects[0];
  return refused;
}
